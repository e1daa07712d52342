/* SPDX-License-Identifier: Apache-2.0
 *
 * What is delivered, when, and in which order, on one vCPU: the state machine of the interrupt controller
 * seen from the CPU interface. Handlers log what they were called for.
 */
#include "../interface.h"

#define SPI     MACHINE_INTID_PL011
#define LOG_MAX 64u

static volatile uint32_t log_count;
static uint32_t log[LOG_MAX];
static volatile uint32_t active_seen, priority_seen;

static void note(uint32_t intid)
{
    if (log_count < LOG_MAX)
        log[log_count] = intid;
    log_count++;
}

/* Lets in what is pending, and nothing after. */
static void let_in(void)
{
    uint32_t seen;

    irq_unmask();
    do {
        seen = log_count;
        check_settle();
    } while (log_count != seen);
    irq_mask();
}

static void check_log(const char *name, uint32_t count, uint32_t first)
{
    if (log_count == count && (count == 0 || log[0] == first))
        print("PASS %s\n", name);
    else
        print("FAIL %s: %u interrupts, the first is %u; expected %u, %u\n", name, log_count, log_count ? log[0] : 0, count,
              first);
    log_count = 0;
}

static void check_simple(void)
{
    gic_send_sgi(1, 1);
    let_in();
    check_log("sgi-self", 1, 1);
    gic_send_sgi(1, 1);
    gic_send_sgi(1, 1);
    let_in();
    check_log("sgi-twice-is-once", 1, 1);
    gic_send_sgi_others(1);
    let_in();
    check_log("sgi-others-not-self", 0, 0);
    bank_set(3, GICD_ISPENDR);
    let_in();
    check_log("ispendr-sgi", 1, 3);
    bank_set(MACHINE_INTID_VTIMER, GICD_ISPENDR);
    let_in();
    check_log("ispendr-ppi", 1, MACHINE_INTID_VTIMER);
    bank_set(SPI, GICD_ISPENDR);
    let_in();
    check_log("ispendr-spi", 1, SPI);
    gic_send_sgi(2, 1);
    bank_set(2, GICD_ICPENDR);
    let_in();
    check_log("icpendr-cancels", 0, 0);
}

/* A GICv2's SGIs are always enabled. */
static void check_disabled_sgi(void)
{
    gic_disable(4);
    gic_send_sgi(4, 1);
    let_in();
    check_log("disabled-sgi-waits", 0, 0);
    check_equal("disabled-sgi-is-pending", bank_get(4, GICD_ISPENDR), 1);
    gic_enable(4);
    let_in();
    check_log("enabled-sgi-comes", 1, 4);
    gic_send_sgi(4, 1); /* already on its way to the vCPU when it is disabled */
    gic_disable(4);
    let_in();
    check_log("disabled-late-waits", 0, 0);
    gic_enable(4);
    let_in();
    check_log("disabled-late-comes", 1, 4);
}

static void check_disabled_spi(void)
{
    gic_disable(SPI);
    bank_set(SPI, GICD_ISPENDR);
    let_in();
    check_log("disabled-spi-waits", 0, 0);
    gic_enable(SPI);
    let_in();
    check_log("enabled-spi-comes", 1, SPI);
}

/* More than there are list registers, most urgent first: SGI 15 has the lowest number of priority. */
static void check_many(void)
{
    uint32_t i, wrong = 0, seen = 0;

    for (i = 0; i < 16; i++)
        gic_set_priority(i, (uint8_t)(0xf0 - 0x10 * i));
    for (i = 0; i < 16; i++)
        gic_send_sgi(i, 1);
    let_in();
    for (i = 0; i < 16; i++)
        wrong += log[i] != 15 - i;
    check_equal("sixteen-in-priority-order", wrong, 0);
    check_log("sixteen-once-each", 16, 15);
    for (i = 16; i-- > 0;) /* the least urgent fills the list registers first */
        gic_send_sgi(15 - i, 1);
    bank_set(SPI, GICD_ISPENDR);
    bank_set(MACHINE_INTID_VTIMER, GICD_ISPENDR);
    let_in();
    check_log("eighteen-once-each", 18, 15);
    for (i = 0; i < 16; i++)
        gic_set_priority(i, GIC_PRIORITY);
    for (i = 0; i < 16; i++)
        gic_send_sgi(i, 1);
    let_in();
    for (i = 0; i < 16; i++)
        seen |= 1u << log[i];
    check_equal("equal-priority-all", seen, 0xffff);
    log_count = 0;
    gic_send_sgi(11, 1);
    check_equal("hppir-without-ack", interface_hppir(), 11);
    let_in();
    check_log("hppir-left-it", 1, 11);
}

static void urgent(uint32_t intid)
{
    priority_seen = interface_rpr();
    note(intid);
}

static void interrupted(uint32_t intid)
{
    active_seen = bank_get(intid, GICD_ISACTIVER);
    gic_send_sgi(7, 1); /* as urgent as this one: waits */
    gic_send_sgi(8, 1); /* more urgent: comes in between */
    irq_unmask();
    check_settle();
    irq_mask();
    note(intid);
}

static void check_preemption(void)
{
    irq_set_handler(6, interrupted);
    irq_set_handler(8, urgent);
    gic_set_priority(8, 0x20);
    gic_send_sgi(6, 1);
    let_in();
    check_that("preemption-order", log_count == 3 && log[0] == 8 && log[1] == 6 && log[2] == 7, "not 8, 6, 7");
    check_equal("active-in-handler", active_seen, 1);
    check_equal("inactive-after", bank_get(6, GICD_ISACTIVER), 0);
    check_equal("running-priority", priority_seen, 0x20);
    gic_set_priority(8, GIC_PRIORITY);
    irq_set_handler(6, note);
    irq_set_handler(8, note);
    log_count = 0;
}

static void check_masks(void)
{
    interface_set_pmr(0x80);
    gic_send_sgi(1, 1);
    let_in();
    check_log("pmr-holds-back", 0, 0);
    interface_set_pmr(0xf8);
    let_in();
    check_log("pmr-lets-in", 1, 1);
    interface_enable(false);
    gic_send_sgi(1, 1);
    let_in();
    check_log("group-off-holds-back", 0, 0);
    interface_enable(true);
    let_in();
    check_log("group-on-lets-in", 1, 1);
    distributor_enable(false);
    gic_send_sgi(1, 1);
    let_in();
    check_log("distributor-off-holds-back", 0, 0);
    distributor_enable(true);
    let_in();
    check_log("distributor-on-lets-in", 1, 1);
}

/* Acknowledged by hand: EOImode 1 keeps it active until ICC_DIR_EL1. */
static void check_two_steps(void)
{
    uint32_t intid;

    interface_two_steps(true);
    gic_send_sgi(9, 1);
    intid = gic_ack();
    check_equal("eoimode-ack", intid, 9);
    gic_eoi(intid);
    check_equal("eoimode-priority-dropped", interface_rpr(), 0xff);
    check_equal("eoimode-still-active", bank_get(9, GICD_ISACTIVER), 1);
    gic_send_sgi(9, 1);
    check_equal("active-and-pending", bank_get(9, GICD_ISPENDR), 1);
    check_equal("active-not-again", gic_ack(), 1023);
    interface_deactivate(intid);
    check_settle();
    check_equal("inactive-again", gic_ack(), 9);
    gic_eoi(9);
    interface_deactivate(9);
    interface_two_steps(false);
    check_equal("two-steps-inactive", bank_get(9, GICD_ISACTIVER), 0);
    bank_set(10, GICD_ISACTIVER);
    gic_send_sgi(10, 1);
    let_in();
    check_log("isactiver-holds-back", 0, 0);
    bank_set(10, GICD_ICACTIVER);
    let_in();
    check_log("icactiver-lets-in", 1, 10);
}

void guest_main(void)
{
    uint32_t i;

    for (i = 0; i < 16; i++) {
        irq_set_handler(i, note);
        gic_enable(i);
    }
    irq_set_handler(SPI, note);
    gic_enable(SPI);
    irq_set_handler(MACHINE_INTID_VTIMER, note);
    gic_enable(MACHINE_INTID_VTIMER);
    check_simple();
    if (gic.version == 3)
        check_disabled_sgi();
    check_disabled_spi();
    check_many();
    check_preemption();
    check_masks();
    check_two_steps();
    check_done();
}
