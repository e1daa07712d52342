/* SPDX-License-Identifier: Apache-2.0
 *
 * PL011, Arm's UART. Arm DDI 0183.
 */
#include "dev/uart.h"

#include "arch/mmio.h"
#include "config/config.h"
#include "lib/bits.h"
#include "regs/regs.h"

static uint32_t mask_shadow; /* UARTIMSC, written by the console pCPU alone */

static pa_t uart(void)
{
    return config_global()->uart;
}

void uart_init(void)
{
    const struct hv_global_config *g = config_global();
    /* Baud rate divisor in 64ths: clock / (16 * baud), DDI 0183 "Fractional baud rate register". */
    uint32_t divisor = g->uart_baud != 0 ? (4 * g->uart_clock_hz + g->uart_baud / 2) / g->uart_baud : 0;

    mmio_write32(uart(), UARTCR, 0);
    mmio_write32(uart(), UARTICR, 0x7ff);
    if (divisor != 0) {
        mmio_write32(uart(), UARTIBRD, divisor / 64);
        mmio_write32(uart(), UARTFBRD, divisor % 64);
    }
    mmio_write32(uart(), UARTLCR_H, (uint32_t)(field_mask(UARTLCR_H, FEN) | field_put(UARTLCR_H, WLEN, 3)));
    mask_shadow = (uint32_t)(field_mask(UARTIMSC, RXIM) | field_mask(UARTIMSC, RTIM));
    mmio_write32(uart(), UARTIMSC, mask_shadow);
    mmio_write32(uart(), UARTCR, (uint32_t)(field_mask(UARTCR, UARTEN) | field_mask(UARTCR, TXE) | field_mask(UARTCR, RXE)));
}

bool uart_put(uint8_t byte)
{
    if (field_get(UARTFR, TXFF, mmio_read32(uart(), UARTFR)))
        return false;
    mmio_write32(uart(), UARTDR, byte);
    return true;
}

bool uart_idle(void)
{
    uint32_t flags = mmio_read32(uart(), UARTFR);

    return field_get(UARTFR, TXFE, flags) && !field_get(UARTFR, BUSY, flags);
}

bool uart_get(uint8_t *byte)
{
    if (field_get(UARTFR, RXFE, mmio_read32(uart(), UARTFR)))
        return false;
    *byte = (uint8_t)mmio_read32(uart(), UARTDR);
    return true;
}

void uart_want_room(bool want)
{
    uint32_t bit = (uint32_t)field_mask(UARTIMSC, TXIM);
    uint32_t mask = want ? mask_shadow | bit : mask_shadow & ~bit;

    if (mask != mask_shadow) {
        mask_shadow = mask;
        mmio_write32(uart(), UARTIMSC, mask);
    }
}

void uart_irq_clear(void)
{
    mmio_write32(uart(), UARTICR, 0x7ff);
}
