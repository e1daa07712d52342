/* SPDX-License-Identifier: Apache-2.0
 *
 * probe: what a hypervisor costs its guest, in ticks of the virtual counter. Under QEMU with
 * `-icount shift=0,sleep=off` and a 1 GHz counter a tick is an executed instruction at any exception
 * level, exact and repeatable. See README.md for the rows.
 */
#include "guest.h"
#include "measure.h"

#define SGI_SELF     1u
#define SGI_OTHER    2u
#define DELTA        20000u    /* ticks to the next timer interrupt, at least */
#define NOISE_TICKS  50000000u /* of spinning without an interrupt of our own */
#define NOISE_MARGIN 24u       /* a hole is that much longer than the loop */

extern char probe_vectors[], probe_vectors_gicv2[];
void probe_irq(uint64_t ticks);
void probe_irq_gicv2(uint64_t ticks);

static int64_t null_cost;
static int32_t a[SAMPLES], b[SAMPLES], c[SAMPLES], d[SAMPLES];

/* What the handler saw last. */
static volatile struct {
    uint64_t seen, ticks;
    uint32_t ack, eoi, intid;
} irq;
static volatile uint64_t other_seen, other_ticks, other_ready;

/* Whether the interrupt ends here: the other vCPU's is only noted. */
static bool noted(uint64_t intid, uint64_t ticks)
{
    if (intid != SGI_OTHER)
        return false;
    other_ticks = ticks;
    dsb();
    other_seen = 1;
    return true;
}

void probe_irq(uint64_t ticks)
{
    uint64_t t0 = stamp();
    uint64_t intid = sysreg_read(icc_iar1_el1);
    uint64_t t1 = stamp(), t2;

    if (intid == MACHINE_INTID_VTIMER)
        timer_stop();
    if (intid >= GIC_INTID_SPECIAL)
        return;
    t2 = stamp();
    sysreg_write(icc_eoir1_el1, intid);
    irq.eoi = (uint32_t)(stamp() - t2);
    if (noted(intid, ticks))
        return;
    irq.ack = (uint32_t)(t1 - t0);
    irq.ticks = ticks;
    irq.intid = (uint32_t)intid;
    irq.seen = 1;
}

/* The same by a CPU interface in memory. */
void probe_irq_gicv2(uint64_t ticks)
{
    uint64_t t0 = stamp();
    uint32_t token = mmio_read32(gic.gicc + GICC_IAR);
    uint64_t t1 = stamp(), t2;
    uint32_t intid = gic_intid(token);

    if (intid == MACHINE_INTID_VTIMER)
        timer_stop();
    if (intid >= GIC_INTID_SPECIAL)
        return;
    t2 = stamp();
    mmio_write32(gic.gicc + GICC_EOIR, token);
    irq.eoi = (uint32_t)(stamp() - t2);
    if (noted(intid, ticks))
        return;
    irq.ack = (uint32_t)(t1 - t0);
    irq.ticks = ticks;
    irq.intid = intid;
    irq.seen = 1;
}

static void take_vectors(void)
{
    if (gic.version == 2)
        sysreg_write(vbar_el1, probe_vectors_gicv2);
    else
        sysreg_write(vbar_el1, probe_vectors);
    isb();
}

/* PSCI_VERSION; the stamps and the call in one block, so that nothing else lies between them. */
#define TICKS_OF_CALL(instruction)                                                                              \
    ({                                                                                                          \
        register uint64_t x0 __asm__("x0") = PSCI_VERSION;                                                      \
        uint64_t t0_, t1_;                                                                                      \
        __asm__ volatile("isb\n\tmrs %1, cntvct_el0\n\tisb\n\t" instruction "\n\tisb\n\tmrs %2, cntvct_el0\n\tisb" \
                         : "+r"(x0), "=&r"(t0_), "=&r"(t1_)                                                     \
                         :                                                                                      \
                         : "x1", "x2", "x3", "memory");                                                         \
        answer = (int32_t)x0;                                                                                   \
        (int32_t)(t1_ - t0_);                                                                                   \
    })

static void measure_calls(void)
{
    int32_t answer;
    bool faulted;
    uint32_t i;

    fault_expect();
    TICKS_OF_CALL("hvc #0");
    faulted = fault_taken(NULL);
    if (faulted || answer < 0) {
        report_absent("hvc_psci_version");
    } else {
        for (i = 0; i < SAMPLES; i++)
            a[i] = TICKS_OF_CALL("hvc #0");
        report_samples("hvc_psci_version", a, null_cost);
    }
    fault_expect();
    TICKS_OF_CALL("smc #0");
    faulted = fault_taken(NULL);
    if (faulted || answer < 0) {
        report_absent("smc_psci_version");
    } else {
        for (i = 0; i < SAMPLES; i++)
            a[i] = TICKS_OF_CALL("smc #0");
        report_samples("smc_psci_version", a, null_cost);
    }
}

static void measure_mmio(void)
{
    uint64_t sgi = gic_frame(SGI_SELF);
    uint32_t i;

    for (i = 0; i < SAMPLES; i++) {
        a[i] = TICKS_OF(mmio_read32(MACHINE_GICD + GICD_TYPER));
        b[i] = TICKS_OF(mmio_read32(MACHINE_GICD + GICD_ISENABLER + 4));
        c[i] = TICKS_OF(mmio_write32(MACHINE_GICD + GICD_ISENABLER + 4, 0));
        d[i] = TICKS_OF(mmio_read32(sgi + GICD_ISENABLER));
    }
    report_samples("mmio_gicd_typer_read", a, null_cost);
    report_samples("mmio_gicd_isenabler1_read", b, null_cost);
    report_samples("mmio_gicd_isenabler1_write0", c, null_cost);
    report_samples("mmio_gicr_isenabler0_read", d, null_cost);
    for (i = 0; i < SAMPLES; i++) {
        a[i] = TICKS_OF(mmio_write32(sgi + GICD_ICENABLER, 1u << MACHINE_INTID_VTIMER));
        b[i] = TICKS_OF(mmio_write32(sgi + GICD_ISENABLER, 1u << MACHINE_INTID_VTIMER));
    }
    report_samples("mmio_gicr_isenabler0_write_timer", b, null_cost);
    report_samples("mmio_gicr_icenabler0_write_timer", a, null_cost);
}

/* Deadlines at changing distances, so that no pattern hides. */
static uint64_t next_deadline(uint32_t i)
{
    uint64_t deadline = sysreg_read(cntvct_el0) + DELTA + i * 397u % 4099u;

    irq.seen = 0;
    timer_set(deadline);
    return deadline;
}

/* No YIELD in this loop: the largest step of its own clock is the hole. */
static int32_t spin_until_irq(void)
{
    uint64_t last = sysreg_read(cntvct_el0), now, hole = 0, seen, done = 0;

    do {
        seen = done;
        now = sysreg_read(cntvct_el0);
        done = irq.seen;
        hole = now - last > hole ? now - last : hole;
        last = now;
    } while (!seen);
    return (int32_t)hole;
}

static void measure_timer_spin(void)
{
    uint32_t i;

    for (i = 0; i < SAMPLES; i++) {
        uint64_t deadline = next_deadline(i);

        d[i] = spin_until_irq();
        a[i] = (int32_t)(irq.ticks - deadline);
        b[i] = (int32_t)irq.ack;
        c[i] = (int32_t)irq.eoi;
    }
    report_samples("timer_latency_spin", a, 0);
    report_samples("irq_ack_iar", b, null_cost);
    report_samples("irq_eoi_eoir", c, null_cost);
    report_samples("timer_irq_total_gap", d, 0);
}

static void measure_timer_wfi(void)
{
    uint32_t i;

    for (i = 0; i < SAMPLES; i++) {
        uint64_t deadline = next_deadline(i);

        irq_mask(); /* or the interrupt could slip in before the WFI */
        while (!irq.seen) {
            __asm__ volatile("wfi\n\tmsr daifclr, #2\n\tisb\n\tmsr daifset, #2" : : : "memory");
        }
        irq_unmask();
        a[i] = (int32_t)(irq.ticks - deadline);
    }
    report_samples("timer_latency_wfi", a, 0);
}

static void measure_sgi_gicv2(void)
{
    uint64_t before;
    uint32_t i;

    for (i = 0; i < SAMPLES; i++) {
        irq.seen = 0;
        before = stamp();
        mmio_write32(gic.gicd + GICD_SGIR, 2u << 24 | SGI_SELF);
        isb();
        while (!irq.seen)
            cpu_yield();
        a[i] = (int32_t)(irq.ticks - before);
    }
    report_samples("self_sgi_latency", a, 0);
    report_absent("sgi_write_alone");
}

static void measure_sgi(void)
{
    uint64_t sgi = (uint64_t)SGI_SELF << 24 | 1ul << (sysreg_read(mpidr_el1) & 0xf);
    uint32_t i;

    if (gic.version == 2) {
        measure_sgi_gicv2();
        return;
    }
    for (i = 0; i < SAMPLES; i++) {
        uint64_t before;

        irq.seen = 0;
        irq_mask();
        b[i] = TICKS_OF(sysreg_write(icc_sgi1r_el1, sgi));
        irq_unmask();
        while (!irq.seen)
            cpu_yield();
        irq.seen = 0;
        before = stamp();
        sysreg_write(icc_sgi1r_el1, sgi);
        isb();
        while (!irq.seen)
            cpu_yield();
        a[i] = (int32_t)(irq.ticks - before);
    }
    report_samples("self_sgi_latency", a, 0);
    report_samples("sgi_write_alone", b, null_cost);
}

/* How often a spinning guest without interrupts is held up, and for how long at most. */
static void measure_noise(void)
{
    uint64_t last = sysreg_read(cntvct_el0), now, quantum = ~0ul, end, worst = 0;
    uint32_t events = 0, i;

    for (i = 0; i < 64; i++) {
        now = sysreg_read(cntvct_el0);
        quantum = now - last < quantum ? now - last : quantum;
        last = now;
    }
    last = sysreg_read(cntvct_el0);
    end = last + NOISE_TICKS;
    while ((now = sysreg_read(cntvct_el0)) < end) {
        events += now - last > quantum + NOISE_MARGIN;
        worst = now - last > worst ? now - last : worst;
        last = now;
    }
    report_value("noise_over_ticks", events);
    report_value("noise_worst_gap", (int64_t)worst);
}

static void other_main(void)
{
    take_vectors();
    gic_enable(SGI_OTHER);
    dsb();
    other_ready = 1;
    irq_unmask();
    for (;;)
        cpu_wfi();
}

/* Needs a second vCPU. QEMU runs vCPUs in turn: the sender's and the receiver's instructions add up. */
static void measure_ipi(void)
{
    bool in_memory = gic.version == 2; /* not looked up while the time runs */
    uint64_t limit, gicd = gic.gicd;
    uint32_t i;

    if (psci_affinity_info(1) != PSCI_AFFINITY_OFF || cpu_start(1, other_main) != PSCI_SUCCESS) {
        report_absent("ipi_latency_serialised");
        report_absent("ipi_send_cost");
        return;
    }
    limit = timer_now() + timer_frequency();
    while (!other_ready && timer_now() < limit)
        cpu_yield();
    cpu_spin_ticks(10000); /* until it is in WFI */
    for (i = 0; i < SAMPLES && other_ready; i++) {
        uint64_t before;

        other_seen = 0;
        dsb();
        before = stamp();
        if (in_memory)
            mmio_write32(gicd + GICD_SGIR, 1u << 17 | SGI_OTHER);
        else
            sysreg_write(icc_sgi1r_el1, (uint64_t)SGI_OTHER << 24 | 1u << 1);
        b[i] = (int32_t)(stamp() - before);
        while (!other_seen)
            cpu_yield();
        a[i] = (int32_t)(other_ticks - before);
        cpu_spin_ticks(1000);
    }
    report_samples("ipi_latency_serialised", a, 0);
    report_samples("ipi_send_cost", b, null_cost);
}

/* Instructions from reset to our first one: the physical counter then, if we may read it. */
static void measure_boot(void)
{
    uint64_t physical, before, after;

    report_value("cntfrq", (int64_t)timer_frequency());
    fault_expect();
    before = sysreg_read(cntvct_el0);
    physical = sysreg_read(cntpct_el0);
    after = sysreg_read(cntvct_el0);
    if (fault_taken(NULL))
        report_absent("boot_cntpct");
    else
        report_value("boot_cntpct", (int64_t)(boot_cntvct + physical - before - (after - before) / 2));
}

/* A second life says when it began, and that is all: nothing else is left of the first. */
static void measure_restart(void)
{
    uint64_t physical;

    fault_expect();
    physical = sysreg_read(cntpct_el0);
    if (fault_taken(NULL))
        return;
    report_value("reset_at", (int64_t)physical);
    psci_system_reset();
}

void guest_main(void)
{
    uint64_t physical;
    uint32_t i;

    fault_expect();
    physical = sysreg_read(cntpct_el0);
    if (!fault_taken(NULL) && physical > NOISE_TICKS) { /* after measure_noise() of an earlier life */
        report_value("restarted_at", (int64_t)(physical - (timer_now() - boot_cntvct))); /* not how long .bss took */
        report_end();
    }
    measure_boot();
    for (i = 0; i < SAMPLES; i++)
        a[i] = TICKS_OF((void)0);
    report_samples("null", a, 0);
    null_cost = a[0];

    gic_enable(MACHINE_INTID_VTIMER);
    gic_enable(SGI_SELF);
    measure_calls();
    measure_mmio();
    take_vectors();
    irq_unmask();
    measure_timer_spin();
    measure_timer_wfi();
    measure_sgi();
    measure_noise();
    measure_ipi();
    irq_mask();
    measure_restart();
    report_end();
}
