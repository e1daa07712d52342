/* SPDX-License-Identifier: Apache-2.0
 *
 * The performance monitors of a vCPU that has them: their reset state, cycles, events, overflow and its interrupt, all
 * counters. EL2 is not counted. The vCPU dirties everything before each reset. Arm DDI 0487, "The Performance
 * Monitors Extension".
 */
#include "../check.h"

#define PPI 23u
#define SW_INCR 0x00u
#define INST_RETIRED 0x08u
#define CPU_CYCLES 0x11u
#define NSH (1u << 27) /* count at EL2 too */
#define CYCLE (1u << 31)
#define PMCR_E 1u
#define PMCR_P 2u
#define PMCR_C 4u
#define PMCR_LC 0x40u
#define CALLS 100u
#define CALL_COST 12u /* instructions of the loop around a call, and some; EL2 needs twice as many for it */

static volatile uint32_t fired, overflowed;

static void handler(uint32_t intid)
{
    (void)intid;
    overflowed |= (uint32_t)sysreg_read(pmovsclr_el0);
    sysreg_write(pmovsclr_el0, 0xffffffff);
    isb();
    fired++;
}

static uint32_t counters(void) { return (uint32_t)sysreg_read(pmcr_el0) >> 11 & 31; }

static void all_off(void)
{
    sysreg_write(pmcntenclr_el0, 0xffffffff);
    sysreg_write(pmintenclr_el1, 0xffffffff);
    sysreg_write(pmovsclr_el0, 0xffffffff);
    sysreg_write(pmcr_el0, PMCR_LC | PMCR_P | PMCR_C | PMCR_E);
    isb();
    fired = overflowed = 0;
}

static void select(uint32_t n)
{
    sysreg_write(pmselr_el0, n);
    isb();
}

static void count(uint32_t n, uint32_t event, uint64_t from)
{
    select(n);
    sysreg_write(pmxevtyper_el0, event);
    sysreg_write(pmxevcntr_el0, from);
    sysreg_write(pmcntenset_el0, 1u << n);
    isb();
}

static uint64_t counted(uint32_t n)
{
    isb();
    select(n);
    return sysreg_read(pmxevcntr_el0);
}

static void increment(uint32_t n, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        sysreg_write(pmswinc_el0, 1u << n);
    isb();
}

/* What an earlier life left, and what this one leaves. */
static void check_reset(void)
{
    uint64_t dirty = sysreg_read(pmccntr_el0) | sysreg_read(pmccfiltr_el0) | sysreg_read(pmselr_el0);

    check_equal("off", sysreg_read(pmcr_el0) & PMCR_E, 0);
    check_equal("nothing-enabled", sysreg_read(pmcntenset_el0) | sysreg_read(pmintenset_el1), 0);
    check_equal("nothing-overflowed", sysreg_read(pmovsset_el0), 0);
    check_equal("el0-has-none", sysreg_read(pmuserenr_el0), 0);
    for (uint32_t n = 0; n < counters(); n++) {
        select(n);
        dirty |= sysreg_read(pmxevcntr_el0) | sysreg_read(pmxevtyper_el0);
    }
    check_equal("counters-zero", dirty, 0);
}

static void leave_dirty(void)
{
    for (uint32_t n = 0; n < counters(); n++)
        count(n, CPU_CYCLES, 0xfffffff0);
    select(31);
    sysreg_write(pmxevtyper_el0, NSH);
    sysreg_write(pmcntenset_el0, 0xffffffff);
    sysreg_write(pmintenset_el1, 0xffffffff);
    sysreg_write(pmuserenr_el0, 0xf);
    sysreg_write(pmcr_el0, PMCR_LC | PMCR_E);
    isb();
    gic_enable(PPI);
}

static void check_cycles(void)
{
    uint64_t before, after;

    all_off();
    sysreg_write(pmcntenset_el0, CYCLE);
    isb();
    before = sysreg_read(pmccntr_el0);
    check_settle();
    after = sysreg_read(pmccntr_el0);
    check_that("cycles-count", after > before, "they stand still");
    sysreg_write(pmcntenclr_el0, CYCLE);
    isb();
    before = sysreg_read(pmccntr_el0);
    check_settle();
    check_equal("cycles-stop", sysreg_read(pmccntr_el0), before);
    sysreg_write(pmcr_el0, PMCR_LC | PMCR_C | PMCR_E);
    isb();
    check_equal("cycles-to-zero", sysreg_read(pmccntr_el0), 0);
    sysreg_write(pmccntr_el0, ~0ul - 1000);
    sysreg_write(pmintenset_el1, CYCLE);
    sysreg_write(pmcntenset_el0, CYCLE);
    isb();
    check_that("cycles-overflow", check_wait(&fired, 1) && overflowed == CYCLE, "no interrupt of it");
}

static void check_events(void)
{
    uint32_t last = counters() - 1, wrong = 0;

    all_off();
    check_that("has-counters", counters() >= 1, "PMCR_EL0.N is 0");
    for (uint32_t n = 0; n <= last; n++) {
        count(n, SW_INCR, 0);
        increment(n, 3 + n);
        wrong += counted(n) != 3 + n;
    }
    check_equal("each-counts", wrong, 0);
    sysreg_write(pmcr_el0, PMCR_LC | PMCR_P | PMCR_E);
    isb();
    check_equal("events-to-zero", counted(0) | counted(last), 0);

    all_off();
    count(last, SW_INCR, 0xffffffff);
    sysreg_write(pmintenset_el1, 1u << last);
    increment(last, 1);
    check_that("event-overflow", check_wait(&fired, 1) && overflowed == 1u << last, "no interrupt of it");
    check_settle();
    check_equal("event-overflow-once", fired, 1);

    all_off();
    count(0, SW_INCR, 0xffffffff);
    increment(0, 1);
    check_settle();
    check_equal("overflow-without-interrupt", fired, 0);
    check_equal("overflow-is-seen", sysreg_read(pmovsset_el0), 1);
    sysreg_write(pmintenset_el1, 1); /* the line goes up now */
    isb();
    check_that("interrupt-late", check_wait(&fired, 1), "never came");
}

/* Instructions of CALLS calls of EL2. */
static uint64_t calls(uint32_t filter)
{
    all_off();
    count(0, INST_RETIRED | filter, 0);
    for (uint32_t i = 0; i < CALLS; i++)
        psci_version();
    sysreg_write(pmcntenclr_el0, 1);
    return counted(0);
}

static void check_el2(void)
{
    uint64_t version = sysreg_read(id_aa64dfr0_el1) >> 8 & 15;
    uint64_t plain = calls(0), with_el2 = calls(NSH);

    check_that("instructions-count", plain >= CALLS, "too few");
    check_that("el2-not-counted", plain < CALLS * CALL_COST, "EL2's instructions are in it");
    check_that("el2-hidden", version < 4 || with_el2 < CALLS * CALL_COST, "and MDCR_EL2.HPMD would keep them out");
}

void guest_main(void)
{
    check_reset();
    irq_set_handler(PPI, handler);
    gic_enable(PPI);
    irq_unmask();
    check_that("version", (sysreg_read(id_aa64dfr0_el1) >> 8 & 15) != 0, "PMUVer is 0");
    check_equal("in-devicetree", dtb_interrupt("arm,armv8-pmuv3", 0, 0), PPI);
    check_cycles();
    check_events();
    check_el2();
    irq_mask();
    all_off();
    leave_dirty();
    print("END of a life\n");
    psci_system_reset();
}
