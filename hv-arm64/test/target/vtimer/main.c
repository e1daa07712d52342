/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual timer: on time, level-triggered, maskable at each of its stages. And the physical one: it comes.
 */
#include "../check.h"

#define PPI MACHINE_INTID_VTIMER
#define PHYSICAL_PPI 30 /* EL1 physical timer */

static volatile uint32_t fired, keep;
static volatile uint64_t fired_at;

static void handler(uint32_t intid)
{
    (void)intid;
    fired_at = timer_now();
    if (++fired >= keep)
        timer_stop();
}

static uint32_t pending(void) { return mmio_read32(gic_frame(PPI) + GICD_ISPENDR) >> PPI & 1; }
static void start(uint32_t times)
{
    fired = 0;
    keep = times;
}

/* EL1's physical timer is the guest's as well, with an interrupt of its own. */
static void physical_handler(uint32_t intid)
{
    (void)intid;
    sysreg_write(cntp_ctl_el0, 0);
    isb();
    fired++;
    fired_at = sysreg_read(cntpct_el0);
}

static void check_physical(void)
{
    uint64_t deadline = sysreg_read(cntpct_el0) + timer_frequency() / 1000;

    irq_set_handler(PHYSICAL_PPI, physical_handler);
    gic_enable(PHYSICAL_PPI);
    start(1);
    sysreg_write(cntp_cval_el0, deadline);
    sysreg_write(cntp_ctl_el0, 1);
    isb();
    check_that("physical", check_wait(&fired, 1) && fired == 1 && fired_at >= deadline, "not once, at its time");
}

static void check_deadline(const char *name, uint64_t distance, bool wfi)
{
    uint64_t deadline = timer_now() + distance;

    start(1);
    timer_set(deadline);
    if (wfi) {
        irq_mask();
        while (!fired) {
            cpu_wfi();
            irq_unmask();
            irq_mask();
        }
        irq_unmask();
    }
    check_that(name, check_wait(&fired, 1) && fired == 1 && fired_at >= deadline, "not once, at its time");
}

/* Enabled, and the CPU keeps interrupts masked: the state in the controller follows the timer's line. */
static void check_masked(void)
{
    start(1);
    irq_mask();
    timer_set(timer_now());
    check_settle();
    check_equal("masked-is-pending", pending(), 1);
    check_equal("masked-not-active", mmio_read32(gic_frame(PPI) + GICD_ISACTIVER) >> PPI & 1, 0);
    timer_stop();
    check_equal("masked-line-low", pending(), 0);
    irq_unmask();
    check_settle();
    check_equal("masked-never-came", fired, 0);
    timer_set(timer_now());
    check_that("unmasked-comes", check_wait(&fired, 1), "never came");
}

void guest_main(void)
{
    uint64_t before, after;
    uint32_t i, backwards = 0;

    check_that("frequency", timer_frequency() >= 1000000, "CNTFRQ_EL0 is below 1 MHz");
    before = timer_now();
    for (i = 0; i < 1000; i++) {
        after = timer_now();
        backwards += after < before;
        before = after;
    }
    check_equal("counter-forwards", backwards, 0);

    irq_set_handler(PPI, handler);
    gic_enable(PPI);
    irq_unmask();
    check_deadline("deadline", timer_frequency() / 1000, false);
    check_deadline("deadline-in-wfi", timer_frequency() / 1000, true);
    check_physical();
    start(1);
    timer_set(timer_now() - 1);
    check_that("past-deadline", check_wait(&fired, 1), "never came");
    sysreg_write(cntv_tval_el0, timer_frequency() / 1000);
    start(1);
    sysreg_write(cntv_ctl_el0, 1);
    isb();
    check_that("tval", check_wait(&fired, 1), "never came");

    start(5); /* the handler leaves it on four times */
    timer_set(timer_now());
    check_that("level-comes-again", check_wait(&fired, 5), "once, although the line stayed high");
    check_settle();
    check_equal("level-ends", fired, 5);

    start(1);
    sysreg_write(cntv_cval_el0, 0);
    sysreg_write(cntv_ctl_el0, 3); /* IMASK */
    isb();
    check_settle();
    check_equal("imask-holds-back", fired, 0);
    check_equal("imask-istatus", sysreg_read(cntv_ctl_el0) & 4, 4);
    check_equal("imask-not-pending", pending(), 0);
    sysreg_write(cntv_ctl_el0, 1);
    isb();
    check_that("imask-off-lets-in", check_wait(&fired, 1), "never came");

    start(1);
    gic_disable(PPI);
    timer_set(timer_now());
    check_settle();
    check_equal("disabled-holds-back", fired, 0);
    check_equal("disabled-is-pending", pending(), 1);
    timer_stop();
    check_equal("line-low-not-pending", pending(), 0);
    timer_set(timer_now());
    gic_enable(PPI);
    check_that("enabled-comes", check_wait(&fired, 1), "never came");
    timer_stop();
    check_settle();
    check_equal("no-more", fired, 1);
    check_masked();
    check_done();
}
