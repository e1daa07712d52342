/* SPDX-License-Identifier: Apache-2.0
 *
 * UART of NXP's i.MX. i.MX 8M Plus reference manual (IMX8MPRM), "Universal Asynchronous
 * Receiver/Transmitter". Both of its interrupts are levels.
 */
#include "dev/uart.h"

#include "arch/mmio.h"
#include "config/config.h"
#include "lib/bits.h"
#include "regs/regs.h"

static uint32_t control1; /* UCR1, written by the console pCPU alone */

static pa_t uart(void)
{
    return config_global()->uart;
}

/* The rate is clock / (16 * (UBMR + 1) / (UBIR + 1)); UBMR is written after UBIR. */
static void set_rate(uint32_t clock_hz, uint32_t baud)
{
    uint32_t ratio = baud != 0 ? (clock_hz + baud / 2) / baud : 0;

    if (ratio == 0)
        return;
    mmio_write32(uart(), IMX_UBIR, 15);
    mmio_write32(uart(), IMX_UBMR, ratio - 1);
}

void uart_init(void)
{
    control1 = (uint32_t)field_mask(IMX_UCR1, UARTEN);
    mmio_write32(uart(), IMX_UCR1, control1);
    mmio_write32(uart(), IMX_UCR4, 0);
    mmio_write32(uart(), IMX_UCR2,
                 (uint32_t)(field_mask(IMX_UCR2, SRST) | field_mask(IMX_UCR2, RXEN) | field_mask(IMX_UCR2, TXEN) |
                            field_mask(IMX_UCR2, WS) | field_mask(IMX_UCR2, IRTS)));
    mmio_write32(uart(), IMX_UCR3, (uint32_t)field_mask(IMX_UCR3, RXDMUXSEL));
    mmio_write32(uart(), IMX_UFCR,
                 (uint32_t)(field_put(IMX_UFCR, RXTL, 1) | field_put(IMX_UFCR, RFDIV, 5) |
                            field_put(IMX_UFCR, TXTL, 2)));
    set_rate(config_global()->uart_clock_hz, config_global()->uart_baud);
    control1 |= (uint32_t)field_mask(IMX_UCR1, RRDYEN);
    mmio_write32(uart(), IMX_UCR1, control1);
}

bool uart_put(uint8_t byte)
{
    if (field_get(IMX_UTS, TXFULL, mmio_read32(uart(), IMX_UTS)))
        return false;
    mmio_write32(uart(), IMX_UTXD, byte);
    return true;
}

bool uart_idle(void)
{
    return field_get(IMX_USR2, TXDC, mmio_read32(uart(), IMX_USR2)) != 0;
}

bool uart_get(uint8_t *byte)
{
    uint32_t received = mmio_read32(uart(), IMX_URXD);

    if (!field_get(IMX_URXD, CHARRDY, received))
        return false;
    *byte = (uint8_t)field_get(IMX_URXD, RX_DATA, received);
    return true;
}

void uart_want_room(bool want)
{
    uint32_t bit = (uint32_t)field_mask(IMX_UCR1, TRDYEN);
    uint32_t value = want ? control1 | bit : control1 & ~bit;

    if (value != control1) {
        control1 = value;
        mmio_write32(uart(), IMX_UCR1, control1);
    }
}

void uart_irq_clear(void)
{
    /* levels: they end with their cause */
}
