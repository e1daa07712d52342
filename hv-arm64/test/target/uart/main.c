/* SPDX-License-Identifier: Apache-2.0
 *
 * The PL011: identity, registers, output with the transmit interrupt, and input with the receive interrupt,
 * for which somebody must type a line after `READY for input`.
 */
#include "../check.h"

#define UARTDR    0x00u
#define UARTFR    0x18u
#define UARTIBRD  0x24u
#define UARTFBRD  0x28u
#define UARTLCRH  0x2cu
#define UARTIFLS  0x34u
#define UARTIMSC  0x38u
#define UARTRIS   0x3cu
#define UARTMIS   0x40u
#define UARTICR   0x44u
#define UARTPERIPHID 0xfe0u
#define RX        (1u << 4)
#define TX        (1u << 5)
#define RT        (1u << 6)
#define FR_RXFE   (1u << 4)
#define FR_TXFF   (1u << 5)
#define INPUT_SECONDS 20u

static const char text[] = "sent by interrupt\n";
static volatile uint32_t sent, tx_interrupts, rx_interrupts, received;
static char input[32];

static uint32_t uart(uint32_t offset) { return mmio_read32(MACHINE_PL011 + offset); }
static void set_uart(uint32_t offset, uint32_t value) { mmio_write32(MACHINE_PL011 + offset, value); }

static void handler(uint32_t intid)
{
    uint32_t status = uart(UARTMIS);

    (void)intid;
    if (status & TX) {
        tx_interrupts++;
        set_uart(UARTICR, TX);
        if (sent < sizeof(text) - 1)
            set_uart(UARTDR, (uint8_t)text[sent++]);
        else
            set_uart(UARTIMSC, uart(UARTIMSC) & ~TX);
    }
    if (status & (RX | RT)) {
        rx_interrupts++;
        while (!(uart(UARTFR) & FR_RXFE) && received < sizeof(input))
            input[received++] = (char)uart(UARTDR);
        set_uart(UARTICR, RX | RT);
    }
}

static void check_identity(void)
{
    uint32_t id = 0, cell = 0, i;

    for (i = 0; i < 4; i++) {
        id |= (uart(UARTPERIPHID + 4 * i) & 0xff) << (8 * i);
        cell |= (uart(UARTPERIPHID + 16 + 4 * i) & 0xff) << (8 * i);
    }
    check_equal("periph-id", id & 0xfffff, 0x41011); /* designer Arm, part 0x011; the revision is free */
    check_equal("cell-id", cell, 0xb105f00d);
}

static void check_registers(void)
{
    uint32_t old = uart(UARTLCRH);

    set_uart(UARTIBRD, 0x1234);
    set_uart(UARTFBRD, 0x15);
    check_equal("ibrd", uart(UARTIBRD), 0x1234);
    check_equal("fbrd", uart(UARTFBRD), 0x15);
    set_uart(UARTLCRH, 0x70);
    check_equal("lcrh", uart(UARTLCRH), 0x70);
    set_uart(UARTLCRH, old);
    set_uart(UARTIFLS, 0x09);
    check_equal("ifls", uart(UARTIFLS), 0x09);
    set_uart(UARTIFLS, 0x12);
    set_uart(UARTIMSC, RX);
    check_equal("imsc", uart(UARTIMSC), RX);
    set_uart(UARTIMSC, 0);
    check_equal("no-input-yet", uart(UARTFR) & FR_RXFE, FR_RXFE);
    check_equal("byte-access", mmio_read8(MACHINE_PL011 + UARTPERIPHID), 0x11);
}

/* The first byte is written, the rest by interrupt. */
static void check_output(void)
{
    set_uart(UARTICR, 0x7ff);
    set_uart(UARTIMSC, TX);
    set_uart(UARTDR, (uint8_t)text[sent++]);
    check_that("tx-by-interrupt", check_wait(&sent, sizeof(text) - 1), "interrupt never came");
    check_settle();
    check_that("tx-interrupts", tx_interrupts >= sizeof(text) - 2, "fewer than characters");
    set_uart(UARTIMSC, 0);
    set_uart(UARTICR, TX);
}

static void check_input(void)
{
    uint64_t start = timer_now();

    set_uart(UARTIMSC, RX | RT);
    print("READY for input\n");
    while ((received == 0 || input[received - 1] != '\r') && timer_now() - start < INPUT_SECONDS * timer_frequency())
        cpu_yield();
    irq_mask();
    set_uart(UARTIMSC, 0);
    input[received ? received - 1 : 0] = 0;
    check_that("rx-by-interrupt", rx_interrupts > 0 && text_equal(input, "typed text"), "not what was typed");
    check_equal("rx-empty-again", uart(UARTFR) & FR_RXFE, FR_RXFE);
    check_equal("rx-status-clear", uart(UARTRIS) & (RX | RT), 0);
}

void guest_main(void)
{
    check_identity();
    check_registers();
    irq_set_handler(MACHINE_INTID_PL011, handler);
    gic_enable(MACHINE_INTID_PL011);
    irq_unmask();
    check_output();
    check_input();
    check_done();
}
