/* SPDX-License-Identifier: Apache-2.0
 *
 * The library's interrupt controller driver against whatever controller there is: GICv3 under Bulkhead, and
 * GICv2 too on bare QEMU (sdk/tests/test_guest_gicv2.py).
 */
#include "../check.h"

#define OUTER 1u
#define INNER 2u

static volatile uint32_t count[64], inner_seen, preempted;

static void note(uint32_t intid)
{
    count[intid]++;
    if (intid == MACHINE_INTID_VTIMER)
        timer_stop();
}

static void outer(uint32_t intid)
{
    count[intid]++;
    gic_send_sgi(INNER, 1);
    inner_seen = count[INNER];
    irq_unmask(); /* only what is more urgent comes in */
    check_wait(&count[INNER], inner_seen + 1);
    irq_mask();
    preempted = count[INNER] - inner_seen;
}

static void pend(uint32_t intid) { mmio_write32(gic_frame(intid) + GICD_ISPENDR + intid / 32 * 4, 1u << intid % 32); }

void guest_main(void)
{
    uint32_t i;

    print("gic version %u\n", gic.version);
    for (i = 0; i < 64; i++)
        irq_set_handler(i, note);
    irq_unmask();

    gic_enable(5);
    gic_send_sgi(5, 1);
    check_that("sgi-self", check_wait(&count[5], 1), "never came");
    gic_send_sgi_others(5);
    check_settle();
    check_equal("sgi-others-not-self", count[5], 1);

    gic_enable(MACHINE_INTID_VTIMER);
    timer_set(timer_now() + timer_frequency() / 1000);
    check_that("ppi", check_wait(&count[MACHINE_INTID_VTIMER], 1), "the timer's interrupt never came");

    gic_set_edge(MACHINE_INTID_PL011, true);
    gic_enable(MACHINE_INTID_PL011);
    pend(MACHINE_INTID_PL011);
    check_that("spi", check_wait(&count[MACHINE_INTID_PL011], 1), "never came");
    gic_disable(MACHINE_INTID_PL011);
    pend(MACHINE_INTID_PL011);
    check_settle();
    check_equal("disabled", count[MACHINE_INTID_PL011], 1);
    gic_enable(MACHINE_INTID_PL011);
    check_that("enabled-again", check_wait(&count[MACHINE_INTID_PL011], 2), "never came");

    irq_set_handler(OUTER, outer);
    gic_enable(OUTER);
    gic_enable(INNER);
    gic_set_priority(INNER, GIC_PRIORITY - 0x20);
    gic_send_sgi(OUTER, 1);
    check_wait(&count[OUTER], 1);
    check_equal("preempts", preempted, 1);
    check_equal("vcpus", gic_vcpu_count(), 1);
    check_done();
}
