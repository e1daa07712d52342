/* SPDX-License-Identifier: Apache-2.0
 *
 * Cadence's UART, of Zynq and Zynq UltraScale+. AMD UG1085, "UART Controllers". Its interrupts
 * are latched in CHNL_INT_STS until a 1 is written there.
 */
#include "dev/uart.h"

#include "arch/mmio.h"
#include "config/config.h"
#include "lib/bits.h"
#include "regs/regs.h"

#define SAMPLES 16u /* a bit: BDIV + 1 */
#define ALL     0x1fffu

static bool room_wanted; /* of the console pCPU alone */

static pa_t uart(void)
{
    return config_global()->uart;
}

void uart_init(void)
{
    const struct hv_global_config *g = config_global();
    uint32_t per_bit = SAMPLES * g->uart_baud;
    uint32_t divisor = per_bit != 0 ? (g->uart_clock_hz + per_bit / 2) / per_bit : 0;

    mmio_write32(uart(), CDNS_UART_INTRPT_DIS, ALL);
    mmio_write32(uart(), CDNS_UART_CONTROL,
                 (uint32_t)(field_mask(CDNS_UART_CONTROL, RXDIS) | field_mask(CDNS_UART_CONTROL, TXDIS)));
    mmio_write32(uart(), CDNS_UART_MODE, (uint32_t)field_put(CDNS_UART_MODE, PAR, 4));
    if (divisor != 0) {
        mmio_write32(uart(), CDNS_UART_BAUD_RATE_GEN, divisor);
        mmio_write32(uart(), CDNS_UART_BAUD_RATE_DIVIDER, SAMPLES - 1);
    }
    mmio_write32(uart(), CDNS_UART_RCVR_FIFO_TRIGGER_LEVEL, 1); /* each byte interrupts: no timeout is needed */
    mmio_write32(uart(), CDNS_UART_CONTROL,
                 (uint32_t)(field_mask(CDNS_UART_CONTROL, RXRES) | field_mask(CDNS_UART_CONTROL, TXRES) |
                            field_mask(CDNS_UART_CONTROL, RXEN) | field_mask(CDNS_UART_CONTROL, TXEN)));
    mmio_write32(uart(), CDNS_UART_CHNL_INT_STS, ALL);
    mmio_write32(uart(), CDNS_UART_INTRPT_EN, (uint32_t)field_mask(CDNS_UART_CHNL_INT_STS, RTRIG));
}

bool uart_put(uint8_t byte)
{
    if (field_get(CDNS_UART_CHANNEL_STS, TFUL, mmio_read32(uart(), CDNS_UART_CHANNEL_STS)))
        return false;
    mmio_write32(uart(), CDNS_UART_TX_RX_FIFO, byte);
    return true;
}

bool uart_idle(void)
{
    uint32_t status = mmio_read32(uart(), CDNS_UART_CHANNEL_STS);

    return field_get(CDNS_UART_CHANNEL_STS, TEMPTY, status) && !field_get(CDNS_UART_CHANNEL_STS, TACTIVE, status);
}

bool uart_get(uint8_t *byte)
{
    if (field_get(CDNS_UART_CHANNEL_STS, REMPTY, mmio_read32(uart(), CDNS_UART_CHANNEL_STS)))
        return false;
    *byte = (uint8_t)mmio_read32(uart(), CDNS_UART_TX_RX_FIFO);
    return true;
}

/* The FIFO that was full may be empty by now: its latch then interrupts at once. */
void uart_want_room(bool want)
{
    if (want == room_wanted)
        return;
    room_wanted = want;
    mmio_write32(uart(), want ? CDNS_UART_INTRPT_EN : CDNS_UART_INTRPT_DIS,
                 (uint32_t)field_mask(CDNS_UART_CHNL_INT_STS, TEMPTY));
}

void uart_irq_clear(void)
{
    mmio_write32(uart(), CDNS_UART_CHNL_INT_STS, mmio_read32(uart(), CDNS_UART_CHNL_INT_STS));
}
