/* SPDX-License-Identifier: Apache-2.0
 *
 * Delivery through the list registers, case by case: what may never be lost, come twice, or come
 * while it is not let in. The same over all combinations is test_vgic_random.c.
 */
#include "vgic_guest.h"

#define UART HV_GUEST_UART_INTID
#define SPI_LEVEL 40u
#define SPI_EDGE 41u
#define NOTHING 1023u

static void start(void)
{
    machine_line_is_the_tests = true;
    machine_start();
    routes_begin();
    gicd_write(GICD_CTLR, 3);
}

static void lrs_of(uint64_t state, uint32_t *count)
{
    *count = 0;
    for (uint32_t n = 0; n < fake_lr_count(); n++)
        *count += *fake_lr(n) >> 62 == state;
}

static void an_sgi_is_acknowledged_and_ended(void)
{
    start();
    set_up(0, 3, 0x80);
    sgi_send(3, 1, false, 1);
    CHECK(bit_read(GICD_ISPENDR, 0, 3));
    CHECK_EQ(ack(), 3);
    CHECK(!bit_read(GICD_ISPENDR, 0, 3));
    CHECK(bit_read(GICD_ISACTIVER, 0, 3));
    CHECK(fake_guest_eoi(3));
    CHECK(!bit_read(GICD_ISACTIVER, 0, 3));
    CHECK_EQ(ack(), NOTHING);
}

static void an_sgi_of_the_other_group_is_not_sent(void)
{
    start();
    set_up(0, 3, 0x80);
    sgi_send(3, 1, false, 0);
    CHECK_EQ(ack(), NOTHING);
    group_write(0, 3, false);
    sgi_send(3, 1, false, 0);
    CHECK_EQ(ack(), 3);
}

static void an_sgi_reaches_the_others_and_not_self(void)
{
    start();
    set_up(0, 5, 0x80);
    set_up(1, 5, 0x80);
    sgi_send(5, 0, true, 1);
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
    on_pcpu(1);
    CHECK_EQ(ack(), 5);
}

static void an_sgi_to_nobody_goes_nowhere(void)
{
    start();
    set_up(0, 5, 0x80);
    sgi_send_nowhere(5);
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
    on_pcpu(1);
    CHECK_EQ(ack(), NOTHING);
    on_pcpu(2);
    CHECK_EQ(ack(), NOTHING);
}

static void a_device_interrupt_is_ended_by_the_guest_alone(void)
{
    start();
    set_up(0, SPI_LEVEL, 0x80);
    fake_gic_line(SPI_LEVEL, 0, true);
    CHECK(machine_settle());
    CHECK(fake_irq(SPI_LEVEL, 0)->active); /* EL2 dropped the priority and no more */
    CHECK_EQ(ack(), SPI_LEVEL);
    fake_gic_line(SPI_LEVEL, 0, false);
    CHECK(fake_guest_eoi(SPI_LEVEL));
    CHECK(!fake_irq(SPI_LEVEL, 0)->active); /* through the list register's HW bit */
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
}

static void a_device_interrupt_of_another_partition_never_comes(void)
{
    start();
    gicd_write(GICD_ISENABLER + 4, ~0u);
    gicd_write(GICD_ISPENDR + 4, ~0u & ~BIT(UART % 32));
    CHECK(!fake_irq(50, 2)->pending); /* rogue's */
    CHECK(!fake_irq(50, 2)->enabled);
    CHECK(!fake_irq(34, 0)->pending); /* nobody's */
    CHECK(!fake_irq(33, 0)->pending); /* the hypervisor's UART has the same number as the guest's */
}

static void the_best_priority_comes_first(void)
{
    start();
    for (uint32_t i = 0; i < 4; i++) {
        set_up(0, i, (uint8_t)(0xa0 - 0x20 * i));
        bit_write(GICD_ISPENDR, 0, i);
    }
    for (uint32_t i = 4; i-- > 0;)
        CHECK_EQ(ack(), i);
}

/* More than the list registers hold: nothing is lost, the best are always in. */
static void overflow_loses_nothing(void)
{
    start();
    for (uint32_t i = 0; i < 16; i++) {
        set_up(0, i, (uint8_t)(0xf0 - 0x10 * i + (i == 0 ? 8 : 0)));
        bit_write(GICD_ISPENDR, 0, i);
    }
    for (uint32_t i = 16; i-- > 0;) {
        CHECK_EQ(ack(), i);
        CHECK(fake_guest_eoi(i));
        CHECK(machine_settle());
    }
    CHECK_EQ(ack(), NOTHING);
}

/* Who was thrown out of a list register by a better one comes back without anybody's help. */
static void the_evicted_one_comes_back(void)
{
    start();
    for (uint32_t i = 0; i < 4; i++) {
        set_up(0, i, 0xa0);
        bit_write(GICD_ISPENDR, 0, i);
    }
    set_up(0, 9, 0x10);
    bit_write(GICD_ISPENDR, 0, 9);
    CHECK_EQ(ack(), 9);
    CHECK(fake_guest_eoi(9));
    for (uint32_t n = 0; n < 4; n++) {
        CHECK(machine_settle());
        uint32_t got = ack();
        CHECK(got < 4);
        CHECK(fake_guest_eoi(got));
    }
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
}

/* A line that is evicted and then falls is not remembered. */
static void an_evicted_line_that_falls_is_gone(void)
{
    start();
    set_up(0, UART, 0xa0);
    vgic_set_level(CONTROL, UART, true);
    for (uint32_t i = 0; i < 4; i++) {
        set_up(0, i, 0x10);
        bit_write(GICD_ISPENDR, 0, i);
    }
    vgic_set_level(CONTROL, UART, false);
    for (uint32_t n = 0; n < 4; n++) {
        uint32_t got = ack();
        CHECK(got < 4);
        CHECK(fake_guest_eoi(got));
        CHECK(machine_settle());
    }
    CHECK_EQ(ack(), NOTHING);
    CHECK(!bit_read(GICD_ISPENDR, 0, UART));
}

/* The line is high again, or still, when the guest is done: it comes again. */
static void a_line_that_stays_high_comes_again(void)
{
    start();
    set_up(0, UART, 0xa0);
    vgic_set_level(CONTROL, UART, true);
    for (uint32_t n = 0; n < 3; n++) {
        CHECK_EQ(ack(), UART);
        CHECK_EQ(ack(), NOTHING);
        CHECK(fake_guest_eoi(UART));
        CHECK(machine_settle());
    }
    vgic_set_level(CONTROL, UART, false);
    CHECK_EQ(ack(), NOTHING);
}

/* The guest set it pending, the line rose while it was in the list register. */
static void a_line_that_rises_behind_a_set_pending_is_not_lost(void)
{
    start();
    set_up(0, UART, 0xa0);
    bit_write(GICD_ISPENDR, 0, UART);
    vgic_set_level(CONTROL, UART, true);
    CHECK_EQ(ack(), UART);
    CHECK(fake_guest_eoi(UART));
    CHECK(machine_settle());
    CHECK_EQ(ack(), UART);
}

/* What the guest set pending itself stays pending when the line falls. */
static void a_set_pending_outlives_the_line(void)
{
    start();
    set_up(0, UART, 0xa0);
    bit_write(GICD_ISPENDR, 0, UART);
    vgic_set_level(CONTROL, UART, true);
    vgic_set_level(CONTROL, UART, false);
    CHECK_EQ(ack(), UART);
}

static void disabled_is_not_delivered_and_not_lost(void)
{
    start();
    set_up(0, 3, 0x80);
    bit_write(GICD_ISPENDR, 0, 3);
    bit_write(GICD_ICENABLER, 0, 3);
    CHECK_EQ(ack(), NOTHING);
    CHECK(bit_read(GICD_ISPENDR, 0, 3));
    bit_write(GICD_ISENABLER, 0, 3);
    CHECK_EQ(ack(), 3);
}

static void the_group_enables_let_nothing_through(void)
{
    start();
    set_up(0, 3, 0x80);
    bit_write(GICD_ISPENDR, 0, 3);
    gicd_write(GICD_CTLR, 1);
    CHECK_EQ(ack(), NOTHING);
    gicd_write(GICD_CTLR, 2);
    CHECK_EQ(ack(), 3);
}

static void a_change_of_group_takes_effect(void)
{
    start();
    gicd_write(GICD_CTLR, 2);
    bit_write(GICD_ISENABLER, 0, 3);
    bit_write(GICD_ISPENDR, 0, 3);
    CHECK_EQ(ack(), NOTHING); /* group 0 is off */
    group_write(0, 3, true);
    CHECK_EQ(ack(), 3);
}

static void a_change_of_priority_takes_effect(void)
{
    start();
    set_up(0, 3, 0x80);
    set_up(0, 4, 0x40);
    bit_write(GICD_ISPENDR, 0, 3);
    bit_write(GICD_ISPENDR, 0, 4);
    priority_set(0, 3, 0x20);
    CHECK_EQ(ack(), 3);
}

static void a_disable_from_another_vcpu_takes_effect(void)
{
    start();
    set_up(0, SPI_EDGE, 0x80);
    fake_gic_pulse(SPI_EDGE, 0);
    CHECK(machine_settle());
    on_pcpu(1);
    bit_write(GICD_ICENABLER, 0, SPI_EDGE);
    CHECK(machine_settle());
    on_pcpu(0);
    CHECK_EQ(ack(), NOTHING);
    bit_write(GICD_ISENABLER, 0, SPI_EDGE);
    CHECK_EQ(ack(), SPI_EDGE);
}

static void a_clear_from_another_vcpu_takes_effect(void)
{
    start();
    set_up(0, SPI_EDGE, 0x80);
    fake_gic_pulse(SPI_EDGE, 0);
    CHECK(machine_settle());
    on_pcpu(1);
    bit_write(GICD_ICPENDR, 0, SPI_EDGE);
    CHECK(machine_settle());
    on_pcpu(0);
    CHECK_EQ(ack(), NOTHING);
    fake_gic_pulse(SPI_EDGE, 0); /* and the device may interrupt again */
    CHECK(machine_settle());
    CHECK_EQ(ack(), SPI_EDGE);
}

static void a_route_moves_what_is_pending(void)
{
    start();
    set_up(0, SPI_EDGE, 0x80);
    fake_gic_pulse(SPI_EDGE, 0);
    CHECK(machine_settle());
    route(SPI_EDGE, 1);
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
    on_pcpu(1);
    CHECK_EQ(ack(), SPI_EDGE);
    CHECK(fake_guest_eoi(SPI_EDGE));
    CHECK(!fake_irq(SPI_EDGE, 0)->active);
}

/* Active on one vCPU, routed to the other one since, deactivated by that one. */
static void a_deactivation_finds_where_it_is_active(void)
{
    start();
    set_up(0, SPI_EDGE, 0x80);
    fake_gic_pulse(SPI_EDGE, 0);
    CHECK(machine_settle());
    CHECK_EQ(ack(), SPI_EDGE);
    on_pcpu(1);
    route(SPI_EDGE, 1);
    bit_write(GICD_ICACTIVER, 0, SPI_EDGE);
    CHECK(machine_settle());
    CHECK(!fake_irq(SPI_EDGE, 0)->active);
    fake_gic_pulse(SPI_EDGE, 0);
    CHECK(machine_settle());
    on_pcpu(0);
    CHECK(!bit_read(GICD_ISACTIVER, 0, SPI_EDGE));
    CHECK(!fake_guest_eoi(SPI_EDGE));
    on_pcpu(1);
    CHECK_EQ(ack(), SPI_EDGE);
}

static void set_active_holds_back(void)
{
    start();
    set_up(0, 3, 0x80);
    bit_write(GICD_ISPENDR, 0, 3);
    bit_write(GICD_ISACTIVER, 0, 3);
    CHECK_EQ(ack(), NOTHING);
    bit_write(GICD_ICACTIVER, 0, 3);
    CHECK_EQ(ack(), 3);
    bit_write(GICD_ISACTIVER, 0, 3); /* it is */
    CHECK(fake_guest_eoi(3));
    CHECK(!bit_read(GICD_ISACTIVER, 0, 3));
}

/* An SPI that waited in a list register when its vCPU went off goes where it is routed next. */
static void cpu_off_keeps_the_partitions_interrupts(void)
{
    start();
    route(SPI_EDGE, 1);
    set_up(0, SPI_EDGE, 0x80);
    fake_gic_pulse(SPI_EDGE, 0);
    CHECK(machine_settle());
    on_pcpu(1);
    part_cpu_off(part_vcpu(1));
    pcpu_self()->vcpu = NULL;
    on_pcpu(0);
    CHECK(bit_read(GICD_ISPENDR, 0, SPI_EDGE));
    route(SPI_EDGE, 0);
    CHECK(machine_settle());
    CHECK_EQ(ack(), SPI_EDGE);
}

static void nothing_is_left_after_a_restart(void)
{
    start();
    set_up(0, SPI_LEVEL, 0x80);
    set_up(0, 3, 0x80);
    bit_write(GICD_ISPENDR, 0, 3);
    fake_gic_line(SPI_LEVEL, 0, true);
    CHECK(machine_settle());
    part_end(CONTROL, PART_END_RESTART);
    CHECK(machine_settle());
    CHECK_EQ(part_state(CONTROL), PART_RUNNING);
    CHECK_EQ(gicd_read(GICD_CTLR) & 3, 0);
    CHECK_EQ(bit_read(GICD_ISENABLER, 0, 3), HV_GIC_VERSION == 2);
    CHECK(!bit_read(GICD_ISENABLER, 0, SPI_LEVEL));
    CHECK(!fake_irq(SPI_LEVEL, 0)->enabled);
    CHECK(!fake_irq(SPI_LEVEL, 0)->active);
    CHECK_EQ(ack(), NOTHING);
}

/* With every list register active nothing better gets in; it does as soon as two are left. No
 * maintenance interrupt may be true already when the guest goes on. */
static void four_active_do_not_storm(void)
{
    uint32_t active;

    start();
    for (uint32_t i = 0; i < 4; i++) {
        set_up(0, i, 0xa0);
        bit_write(GICD_ISPENDR, 0, i);
    }
    for (uint32_t i = 0; i < 4; i++)
        ack();
    lrs_of(2, &active);
    CHECK_EQ(active, 4);
    set_up(0, 9, 0x10);
    bit_write(GICD_ISPENDR, 0, 9);
    CHECK(machine_settle());
    for (uint32_t i = 0; i < 4; i++) {
        CHECK(fake_guest_eoi(i));
        CHECK(machine_settle());
    }
    CHECK_EQ(ack(), 9);
}

/* Each sent again by its own handler, and one more: "no pending" is true already. */
static void active_and_pending_do_not_storm(void)
{
    start();
    for (uint32_t i = 0; i < 4; i++) {
        set_up(0, i, (uint8_t)(0xa0 - 0x10 * i));
        bit_write(GICD_ISPENDR, 0, i);
        CHECK_EQ(ack(), i);
        bit_write(GICD_ISPENDR, 0, i);
    }
    set_up(0, 9, 0xf0);
    bit_write(GICD_ISPENDR, 0, 9);
    CHECK(machine_settle());
    for (uint32_t i = 4; i-- > 0;) {
        CHECK(fake_guest_eoi(i));
        CHECK(machine_settle());
    }
    for (uint32_t i = 4; i-- > 0;) { /* again, by priority, and the weakest in the end */
        CHECK_EQ(ack(), i);
        CHECK(fake_guest_eoi(i));
        CHECK(machine_settle());
    }
    CHECK_EQ(ack(), 9);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(an_sgi_is_acknowledged_and_ended);
    if (HV_GIC_VERSION == 3) { /* with a GICv2 an SGI has the group of its target, and no enable */
        RUN(an_sgi_of_the_other_group_is_not_sent);
        RUN(disabled_is_not_delivered_and_not_lost);
    }
    RUN(an_sgi_reaches_the_others_and_not_self);
    RUN(an_sgi_to_nobody_goes_nowhere);
    RUN(a_device_interrupt_is_ended_by_the_guest_alone);
    RUN(a_device_interrupt_of_another_partition_never_comes);
    RUN(the_best_priority_comes_first);
    RUN(overflow_loses_nothing);
    RUN(the_evicted_one_comes_back);
    RUN(an_evicted_line_that_falls_is_gone);
    RUN(a_line_that_stays_high_comes_again);
    RUN(a_line_that_rises_behind_a_set_pending_is_not_lost);
    RUN(a_set_pending_outlives_the_line);
    RUN(the_group_enables_let_nothing_through);
    RUN(a_change_of_group_takes_effect);
    RUN(a_change_of_priority_takes_effect);
    RUN(a_disable_from_another_vcpu_takes_effect);
    RUN(a_clear_from_another_vcpu_takes_effect);
    RUN(a_route_moves_what_is_pending);
    RUN(a_deactivation_finds_where_it_is_active);
    RUN(set_active_holds_back);
    RUN(cpu_off_keeps_the_partitions_interrupts);
    RUN(nothing_is_left_after_a_restart);
    RUN(four_active_do_not_storm);
    RUN(active_and_pending_do_not_storm);
    return check_end();
}
