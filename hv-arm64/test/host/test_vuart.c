/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual PL011 as a guest's driver sees it. Arm DDI 0183.
 */
#include "lib/ring.h"
#include "vgic_guest.h"
#include "vdev/vuart.h"

#define INTID HV_GUEST_UART_INTID
#define NOTHING 1023u
#define RX_KEPT 128u

static uint32_t uart_read(uint32_t offset)
{
    return (uint32_t)guest_load(HV_GUEST_UART_IPA + offset, 4);
}

static void uart_write(uint32_t offset, uint32_t value)
{
    guest_store(HV_GUEST_UART_IPA + offset, 4, value);
}

static void start(void)
{
    machine_start();
    gicd_write(GICD_CTLR, 3);
    set_up(0, INTID, 0x80);
}

static void it_identifies_itself(void)
{
    static const uint8_t ids[] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

    start();
    for (uint32_t i = 0; i < 8; i++)
        CHECK_EQ(uart_read(UARTPERIPHID + 4 * i), ids[i]);
    CHECK_EQ(uart_read(UARTCR), 0x300); /* "UARTCR": transmit and receive on at reset */
    CHECK_EQ(uart_read(UARTIFLS), 0x12);
    CHECK_EQ(uart_read(UARTFR), field_mask(UARTFR, TXFE) | field_mask(UARTFR, RXFE));
    CHECK_EQ(uart_read(0x50), 0);
    CHECK_EQ(uart_read(UARTPERIPHID - 4), 0);
}

static void its_registers_keep_what_they_have_bits_for(void)
{
    static const struct { uint32_t offset, mask; } registers[] = {
        { UARTILPR, 0xff }, { UARTIBRD, 0xffff }, { UARTFBRD, 0x3f }, { UARTLCR_H, 0xff },
        { UARTCR, 0xffff }, { UARTIFLS, 0x3f }, { UARTDMACR, 7 }, { UARTIMSC, 0x7ff },
    };

    start();
    for (uint32_t i = 0; i < ARRAY_COUNT(registers); i++) {
        uart_write(registers[i].offset, ~0u);
        CHECK_EQ(uart_read(registers[i].offset), registers[i].mask);
        uart_write(registers[i].offset, 0);
        CHECK_EQ(uart_read(registers[i].offset), 0);
    }
}

static void a_full_ring_is_a_full_fifo(void)
{
    start();
    for (uint32_t i = 0; i < RING_SIZE; i++) {
        CHECK(!(uart_read(UARTFR) & field_mask(UARTFR, TXFF)));
        uart_write(UARTDR, 'x');
    }
    CHECK(uart_read(UARTFR) & field_mask(UARTFR, TXFF));
    uart_write(UARTDR, 'l'); /* lost, as on hardware */
    CHECK(uart_read(UARTFR) & field_mask(UARTFR, TXFF));
    (void)console_said();
    CHECK(uart_read(UARTFR) & field_mask(UARTFR, TXFE));
    CHECK(!console_has("l|xxxx"));
}

/* "UARTTXINTR": a transition. */
static void room_interrupts_when_it_comes(void)
{
    start();
    uart_write(UARTIMSC, (uint32_t)field_mask(UARTIMSC, TXIM));
    CHECK_EQ(ack(), NOTHING); /* there was room all the time */
    uart_write(UARTDR, 'a');
    CHECK_EQ(ack(), INTID);
    uart_write(UARTICR, (uint32_t)field_mask(UARTIMSC, TXIM));
    CHECK(fake_guest_eoi(INTID));
    CHECK(machine_settle());
    vuart_poll(0); /* a kick for another reason brings no room */
    CHECK_EQ(ack(), NOTHING);
    while (!(uart_read(UARTFR) & field_mask(UARTFR, TXFF)))
        uart_write(UARTDR, 'x');
    uart_write(UARTICR, (uint32_t)field_mask(UARTIMSC, TXIM));
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
    (void)console_said();
    CHECK(machine_settle());
    CHECK_EQ(ack(), INTID);
    uart_write(UARTICR, (uint32_t)field_mask(UARTIMSC, TXIM));
    CHECK(fake_guest_eoi(INTID));
    vuart_poll(0);
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING); /* once */
}

static void input_interrupts_until_it_is_read(void)
{
    start();
    uart_write(UARTIMSC, (uint32_t)field_mask(UARTIMSC, RXIM));
    on_pcpu(2);
    CHECK(vuart_receive(CONTROL, 'h'));
    CHECK(vuart_receive(CONTROL, 'i'));
    CHECK(machine_settle());
    on_pcpu(0);
    CHECK_EQ(ack(), INTID);
    CHECK(!(uart_read(UARTFR) & field_mask(UARTFR, RXFE)));
    CHECK_EQ(uart_read(UARTDR), 'h');
    CHECK(fake_guest_eoi(INTID));
    CHECK(machine_settle());
    CHECK_EQ(ack(), INTID);
    CHECK_EQ(uart_read(UARTDR), 'i');
    CHECK(uart_read(UARTFR) & field_mask(UARTFR, RXFE));
    CHECK_EQ(uart_read(UARTDR), 0);
    CHECK(fake_guest_eoi(INTID));
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
}

static void masked_is_not_interrupting(void)
{
    start();
    on_pcpu(2);
    CHECK(vuart_receive(CONTROL, 'h'));
    CHECK(machine_settle());
    on_pcpu(0);
    CHECK_EQ(ack(), NOTHING);
    CHECK_EQ(uart_read(UARTRIS), field_mask(UARTIMSC, RXIM) | field_mask(UARTIMSC, RTIM));
    CHECK_EQ(uart_read(UARTMIS), 0);
    uart_write(UARTIMSC, (uint32_t)field_mask(UARTIMSC, RTIM));
    CHECK_EQ(uart_read(UARTMIS), field_mask(UARTIMSC, RTIM));
    CHECK_EQ(ack(), INTID);
}

static void input_that_is_not_read_is_lost_to_that_guest(void)
{
    start();
    on_pcpu(2);
    for (uint32_t i = 0; i < RX_KEPT; i++)
        CHECK(vuart_receive(CONTROL, (uint8_t)i));
    CHECK(!vuart_receive(CONTROL, 'x'));
    CHECK(vuart_receive(ROGUE, 'x'));
    on_pcpu(0);
    CHECK(uart_read(UARTFR) & field_mask(UARTFR, RXFF));
    for (uint32_t i = 0; i < RX_KEPT; i++)
        CHECK_EQ(uart_read(UARTDR), i);
    CHECK(uart_read(UARTFR) & field_mask(UARTFR, RXFE));
}

static void a_restart_resets_it(void)
{
    start();
    uart_write(UARTIMSC, 0x7ff);
    uart_write(UARTLCR_H, 0x70);
    on_pcpu(2);
    CHECK(vuart_receive(CONTROL, 'x'));
    part_end(CONTROL, PART_END_RESTART);
    CHECK(machine_settle());
    on_pcpu(0);
    CHECK_EQ(uart_read(UARTIMSC), 0);
    CHECK_EQ(uart_read(UARTLCR_H), 0);
    CHECK(uart_read(UARTFR) & field_mask(UARTFR, RXFE));
    CHECK_EQ(ack(), NOTHING);
}

static void a_restart_ends_an_open_line(void)
{
    start();
    (void)console_said();
    uart_write(UARTDR, 'r');
    part_end(CONTROL, PART_END_RESTART);
    CHECK(machine_settle());
    on_pcpu(0);
    uart_write(UARTDR, 'n');
    uart_write(UARTDR, '\n');
    part_end(CONTROL, PART_END_RESTART); /* now there is none to end */
    CHECK(machine_settle());
    on_pcpu(0);
    CHECK(console_has("control|+ \r\n") || console_has("control| r\r\n")); /* another speaker may stand in between */
    CHECK(console_has("control| n\r\n"));
    CHECK(!console_has("control| \r\n"));
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(it_identifies_itself);
    RUN(its_registers_keep_what_they_have_bits_for);
    RUN(a_full_ring_is_a_full_fifo);
    RUN(room_interrupts_when_it_comes);
    RUN(input_interrupts_until_it_is_read);
    RUN(masked_is_not_interrupting);
    RUN(input_that_is_not_read_is_lost_to_that_guest);
    RUN(a_restart_resets_it);
    RUN(a_restart_ends_an_open_line);
    return check_end();
}
