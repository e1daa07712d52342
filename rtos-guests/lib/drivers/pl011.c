/* SPDX-License-Identifier: Apache-2.0
 *
 * See pl011.h.
 */
#include "pl011.h"

#include "cpu.h"
#include "dtb.h"

#define UARTDR   0x00u
#define UARTFR   0x18u
#define UARTLCRH 0x2cu
#define UARTCR   0x30u
#define UARTIMSC 0x38u
#define UARTMIS  0x40u
#define UARTICR  0x44u

#define UARTFR_RXFE   (1u << 4)
#define UARTFR_TXFF   (1u << 5)
#define UARTLCRH_FEN  (1u << 4)
#define UARTLCRH_8BIT (3u << 5)
#define UARTCR_UARTEN (1u << 0)
#define UARTCR_TXE    (1u << 8)
#define UARTCR_RXE    (1u << 9)

void pl011_open(struct pl011 *uart)
{
    struct device device;

    if (device_find("arm,pl011", 0, &device)) {
        uart->base = device.base;
        uart->intid = device.intid;
    }
    mmio_write32(uart->base + UARTIMSC, 0);
    mmio_write32(uart->base + UARTLCRH, UARTLCRH_8BIT | UARTLCRH_FEN);
    mmio_write32(uart->base + UARTCR, UARTCR_UARTEN | UARTCR_TXE | UARTCR_RXE);
}

bool pl011_put(const struct pl011 *uart, uint8_t c)
{
    if (mmio_read32(uart->base + UARTFR) & UARTFR_TXFF)
        return false;
    mmio_write32(uart->base + UARTDR, c);
    return true;
}

int pl011_get(const struct pl011 *uart)
{
    if (mmio_read32(uart->base + UARTFR) & UARTFR_RXFE)
        return -1;
    return (int)(mmio_read32(uart->base + UARTDR) & 0xff);
}

void pl011_interrupts(const struct pl011 *uart, uint32_t mask) { mmio_write32(uart->base + UARTIMSC, mask); }

uint32_t pl011_acknowledge(const struct pl011 *uart)
{
    uint32_t said = mmio_read32(uart->base + UARTMIS);

    mmio_write32(uart->base + UARTICR, said);
    return said;
}
