/* SPDX-License-Identifier: Apache-2.0
 *
 * Mini UART of Broadcom's BCM2835 to BCM2711. BCM2711 ARM Peripherals, "Auxiliaries: UART1 and
 * SPI1, SPI2". It must be on already (AUX_ENABLES, which it shares with two SPIs): the firmware
 * does that where it is told to use it, and then holds its clock still, too.
 */
#include "dev/uart.h"

#include "arch/mmio.h"
#include "config/config.h"
#include "lib/bits.h"
#include "regs/regs.h"

static uint32_t enabled; /* AUX_MU_IER_REG, written by the console pCPU alone */

static pa_t uart(void)
{
    return config_global()->uart;
}

void uart_init(void)
{
    const struct hv_global_config *g = config_global();
    uint32_t per_bit = 8 * g->uart_baud;
    uint32_t divisor = per_bit != 0 ? (g->uart_clock_hz + per_bit / 2) / per_bit : 0;

    mmio_write32(uart(), AUX_MU_CNTL_REG, 0);
    mmio_write32(uart(), AUX_MU_LCR_REG, (uint32_t)field_put(AUX_MU_LCR_REG, DATA_SIZE, 3));
    mmio_write32(uart(), AUX_MU_MCR_REG, 0);
    if (divisor != 0)
        mmio_write32(uart(), AUX_MU_BAUD_REG, divisor - 1);
    enabled = (uint32_t)(field_mask(AUX_MU_IER_REG, RX) | field_mask(AUX_MU_IER_REG, ON));
    mmio_write32(uart(), AUX_MU_IER_REG, enabled);
    mmio_write32(uart(), AUX_MU_CNTL_REG,
                 (uint32_t)(field_mask(AUX_MU_CNTL_REG, RX_ENABLE) | field_mask(AUX_MU_CNTL_REG, TX_ENABLE)));
}

bool uart_put(uint8_t byte)
{
    if (!field_get(AUX_MU_LSR_REG, TX_EMPTY, mmio_read32(uart(), AUX_MU_LSR_REG)))
        return false;
    mmio_write32(uart(), AUX_MU_IO_REG, byte);
    return true;
}

bool uart_idle(void)
{
    return field_get(AUX_MU_LSR_REG, TX_IDLE, mmio_read32(uart(), AUX_MU_LSR_REG)) != 0;
}

bool uart_get(uint8_t *byte)
{
    if (!field_get(AUX_MU_LSR_REG, DATA_READY, mmio_read32(uart(), AUX_MU_LSR_REG)))
        return false;
    *byte = (uint8_t)mmio_read32(uart(), AUX_MU_IO_REG);
    return true;
}

void uart_want_room(bool want)
{
    uint32_t bit = (uint32_t)field_mask(AUX_MU_IER_REG, TX);
    uint32_t value = want ? enabled | bit : enabled & ~bit;

    if (value != enabled) {
        enabled = value;
        mmio_write32(uart(), AUX_MU_IER_REG, enabled);
    }
}

void uart_irq_clear(void)
{
    /* both are levels: they end with their cause */
}
