/* SPDX-License-Identifier: Apache-2.0
 *
 * On a shared pCPU: everything that the CPU holds for a vCPU is what it was, after others had their turn. The others are
 * this same guest with the boot argument `neighbour`: they fill all of it with their own, for ever.
 */
#include "../interface.h"

#define HOLE_NS   1500u /* of which nothing was seen: others ran meanwhile */
#define ROUNDS    40u
#define DAIF_D    8     /* PSTATE.D, as MSR DAIFSet has it */
#define MDSCR_ON  (1ul << 15 | 1ul << 13) /* MDE, and KDE: at EL1 too */
#define BCR_ON    (0xful << 5 | 3ul << 1 | 1) /* all four bytes, EL1 and EL0, enabled */
#define EC_BREAKPOINT 0x31u
#define PHYSICAL_PPI  30u

void state_fill(uint64_t seed);           /* registers.S: FP, SIMD */
uint64_t state_differs(uint64_t seed);    /* how many of them */
void breakpoint_here(void);               /* the address that breakpoints are set to */

static uint64_t hole;
static volatile uint32_t breakpoints, fired;
static volatile uint64_t fired_at;

static void wait_holes(uint32_t count)
{
    uint64_t last = sysreg_read(cntpct_el0), now;

    while (count != 0) {
        now = sysreg_read(cntpct_el0);
        count -= now - last > hole;
        last = now;
    }
}

/* ---- system registers ---- */

static void system_fill(uint64_t seed)
{
    sysreg_write(tpidr_el0, seed + 1);
    sysreg_write(tpidrro_el0, seed + 2);
    sysreg_write(contextidr_el1, (uint32_t)seed + 3);
    sysreg_write(far_el1, seed + 4);
    sysreg_write(esr_el1, (uint32_t)seed & 0xffffff);
    sysreg_write(elr_el1, seed + 5);
    sysreg_write(sp_el0, seed * 16);
    sysreg_write(csselr_el1, seed & 1);
    sysreg_write(cntkctl_el1, seed & 3);
    sysreg_write(cntv_cval_el0, seed + 6); /* both are off */
    sysreg_write(cntp_cval_el0, seed + 7);
}

static uint32_t system_differs(uint64_t seed)
{
    return (sysreg_read(tpidr_el0) != seed + 1) + (sysreg_read(tpidrro_el0) != seed + 2) +
           (sysreg_read(contextidr_el1) != (uint32_t)seed + 3) + (sysreg_read(far_el1) != seed + 4) +
           (sysreg_read(esr_el1) != ((uint32_t)seed & 0xffffff)) + (sysreg_read(elr_el1) != seed + 5) +
           (sysreg_read(sp_el0) != seed * 16) + (sysreg_read(csselr_el1) != (seed & 1)) +
           (sysreg_read(cntkctl_el1) != (seed & 3)) + (sysreg_read(cntv_cval_el0) != seed + 6) +
           (sysreg_read(cntp_cval_el0) != seed + 7);
}

/* ---- breakpoints ---- */

static bool hook(struct frame *frame, uint64_t vector)
{
    uint64_t mdscr = sysreg_read(mdscr_el1);

    if (ESR_EC(sysreg_read(esr_el1)) != EC_BREAKPOINT)
        return false;
    breakpoints++;
    sysreg_write(mdscr_el1, mdscr & ~MDSCR_ON); /* or it would never get on */
    (void)frame, (void)vector;
    isb();
    return true;
}

static void breakpoint_set(bool on, uint64_t address)
{
    sysreg_write(oslar_el1, 0);
    sysreg_write(dbgbvr1_el1, address);
    sysreg_write(dbgbcr1_el1, on ? BCR_ON : 0);
    sysreg_write(dbgwvr0_el1, address + 0x1000);
    sysreg_write(mdscr_el1, on ? MDSCR_ON : 0);
    isb();
    __asm__ volatile("msr daifclr, %0" : : "i"(DAIF_D) : "memory");
}

static void check_breakpoints(void)
{
    uint32_t n;

    cpu_this()->fault_hook = hook;
    for (n = 0; n < ROUNDS; n++) { /* the neighbours have theirs at the same address */
        breakpoint_here();
        wait_holes(1);
    }
    check_equal("others-breakpoints", breakpoints, 0);
    breakpoint_set(false, (uint64_t)breakpoint_here + 8);
    wait_holes(4);
    check_equal("breakpoint-value", sysreg_read(dbgbvr1_el1), (uint64_t)breakpoint_here + 8);
    check_equal("watchpoint-value", sysreg_read(dbgwvr0_el1), (uint64_t)breakpoint_here + 0x1008);
    check_equal("os-lock-open", sysreg_read(oslsr_el1) & 2, 0);
    for (n = 0; n < ROUNDS; n++) {
        breakpoint_set(true, (uint64_t)breakpoint_here);
        wait_holes(1);
        breakpoint_here();
    }
    check_equal("own-breakpoints", breakpoints, ROUNDS);
    breakpoint_set(false, 0);
    sysreg_write(oslar_el1, 1);
    wait_holes(4);
    check_equal("os-lock-closed", sysreg_read(oslsr_el1) & 2, 2);
}

/* ---- timers ---- */

static void tick(uint32_t intid)
{
    fired_at = sysreg_read(cntpct_el0);
    if (intid == MACHINE_INTID_VTIMER)
        timer_stop();
    else
        sysreg_write(cntp_ctl_el0, 0);
    isb();
    fired++;
}

static void timer_at(uint32_t intid, uint64_t deadline)
{
    if (intid == MACHINE_INTID_VTIMER) {
        timer_set(deadline - sysreg_read(cntpct_el0) + sysreg_read(cntvct_el0));
        return;
    }
    sysreg_write(cntp_cval_el0, deadline);
    sysreg_write(cntp_ctl_el0, 1);
    isb();
}

/* Deadlines all over some frames, in its own turns and in others'. Each is met: once, not before its time, and in the first turn after. */
static void check_timer(const char *name, uint32_t intid)
{
    uint32_t n, wrong = 0;

    irq_set_handler(intid, tick);
    gic_enable(intid);
    for (n = 0; n < ROUNDS; n++) {
        uint64_t deadline = sysreg_read(cntpct_el0) + timer_frequency() / 1000000 * (37 * n + 11);
        uint64_t last, now, holes_after = 0;

        fired = 0;
        timer_at(intid, deadline);
        irq_unmask();
        last = sysreg_read(cntpct_el0);
        while (!fired && holes_after < 3) {
            now = sysreg_read(cntpct_el0);
            holes_after += now - last > hole && last > deadline;
            last = now;
        }
        irq_mask();
        wrong += fired != 1 || fired_at < deadline || holes_after > 0;
    }
    check_equal(name, wrong, 0);
}

/* ---- interrupts ---- */

/* Pending, active, priorities and the mask of the CPU interface. */
static void check_interrupts(void)
{
    uint32_t token, n, wrong = 0;

    gic_enable(5);
    gic_enable(6);
    for (n = 0; n < ROUNDS; n++) {
        interface_set_pmr(0xf0);
        gic_send_sgi(5, 1);
        isb();
        token = gic_ack();
        gic_set_priority(6, 0x80); /* more urgent than what is active: pending, but masked in PSTATE */
        gic_send_sgi(6, 1);
        wait_holes(2);
        wrong += gic_intid(token) != 5 || interface_rpr() != GIC_PRIORITY || !bank_get(5, GICD_ISACTIVER) ||
                 !bank_get(6, GICD_ISPENDR) || interface_hppir() != 6 || sysreg_read(icc_pmr_el1) != 0xf0;
        gic_eoi(token);
        token = gic_ack();
        wrong += gic_intid(token) != 6;
        wait_holes(1);
        gic_eoi(token);
        wrong += gic_intid(gic_ack()) != 1023 || bank_get(5, GICD_ISACTIVER) || bank_get(6, GICD_ISACTIVER);
    }
    check_equal("interface", wrong, 0);
}

/* The timer's interrupt active in the handler, while others take theirs: hardware has it once. */
static void check_active_timer(void)
{
    uint32_t token, n, wrong = 0;

    for (n = 0; n < ROUNDS; n++) {
        timer_set(timer_now());
        while (gic_intid(token = gic_ack()) == 1023)
            cpu_yield();
        wrong += gic_intid(token) != MACHINE_INTID_VTIMER;
        wait_holes(2);
        wrong += !bank_get(MACHINE_INTID_VTIMER, GICD_ISACTIVER);
        timer_stop();
        gic_eoi(token);
        wrong += bank_get(MACHINE_INTID_VTIMER, GICD_ISACTIVER) || gic_intid(gic_ack()) != 1023;
    }
    check_equal("active-timer", wrong, 0);
}

/* All of it, with values of its own, for ever. What interrupts it, it takes. */
static void neighbour(void)
{
    uint64_t seed = 0xdeadbeef00000000ul;

    cpu_this()->fault_hook = hook;
    irq_set_handler(MACHINE_INTID_VTIMER, tick);
    irq_set_handler(PHYSICAL_PPI, tick);
    gic_enable(MACHINE_INTID_VTIMER);
    gic_enable(PHYSICAL_PPI);
    irq_unmask();
    for (;; seed += 0x10001) {
        breakpoint_set(true, (uint64_t)breakpoint_here);
        breakpoint_here();
        sysreg_write(tpidr_el0, seed);
        sysreg_write(contextidr_el1, (uint32_t)seed);
        sysreg_write(far_el1, seed);
        sysreg_write(csselr_el1, ~seed & 1);
        state_fill(seed);
        timer_at(MACHINE_INTID_VTIMER, sysreg_read(cntpct_el0) + 20000);
        timer_at(PHYSICAL_PPI, sysreg_read(cntpct_el0) + 31000);
        interface_set_pmr(0xff);
        gic_send_sgi(7, 1);
        cpu_spin_ticks(timer_frequency() / 40000);
    }
}

void guest_main(void)
{
    uint64_t fp = 0;
    uint32_t n, system = 0;

    hole = timer_frequency() / 1000 * HOLE_NS / 1000000;
    if (dtb_bootargs_have("neighbour"))
        neighbour();
    wait_holes(40); /* the neighbours are at it */
    for (n = 0; n < ROUNDS; n++) {
        state_fill(0x1234567800000000ul * n + n);
        system_fill(0x111100000000ul * n + n);
        wait_holes(1 + n % 3);
        fp += state_differs(0x1234567800000000ul * n + n);
        system += system_differs(0x111100000000ul * n + n);
    }
    check_equal("fp", fp, 0);
    check_equal("system-registers", system, 0);
    check_breakpoints();
    check_timer("virtual-timer", MACHINE_INTID_VTIMER);
    check_timer("physical-timer", PHYSICAL_PPI);
    check_interrupts();
    check_active_timer();
    check_done();
}
