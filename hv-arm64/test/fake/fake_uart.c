/* SPDX-License-Identifier: Apache-2.0
 *
 * The physical PL011 as its driver sees it: a transmit FIFO that a line empties, input, masks.
 */
#include <string.h>

#include "fake.h"
#include "lib/bits.h"
#include "regs/regs.h"

uint64_t fake_uart_read(uint64_t offset);
void fake_uart_write(uint64_t offset, uint32_t value);

void fake_uart_input(const void *bytes, uint32_t count)
{
    struct fake_uart *u = &fake.uart;

    if (u->input_taken == u->input_count)
        u->input_taken = u->input_count = 0;
    memcpy(u->input + u->input_count, bytes, count);
    u->input_count += count;
}

void fake_uart_line_takes(uint32_t count)
{
    fake.uart.fifo_used -= count < fake.uart.fifo_used ? count : fake.uart.fifo_used;
}

uint64_t fake_uart_read(uint64_t offset)
{
    struct fake_uart *u = &fake.uart;

    switch (offset) {
    case UARTDR:
        return u->input_taken < u->input_count ? u->input[u->input_taken++] : 0;
    case UARTFR:
        return field_put(UARTFR, RXFE, u->input_taken == u->input_count) |
               field_put(UARTFR, TXFF, u->fifo_used == FAKE_UART_FIFO) | field_put(UARTFR, TXFE, u->fifo_used == 0);
    default:
        return offset < sizeof(u->reg) ? u->reg[offset / 4] : 0;
    }
}

void fake_uart_write(uint64_t offset, uint32_t value)
{
    struct fake_uart *u = &fake.uart;

    if (offset != UARTDR) {
        if (offset < sizeof(u->reg))
            u->reg[offset / 4] = value;
        return;
    }
    if (u->fifo_used == FAKE_UART_FIFO)
        fake_stop("a byte was written to a full UART"); /* it would be lost */
    if (!u->instant)
        u->fifo_used++;
    if (u->sent_count == sizeof(u->sent)) {
        memmove(u->sent, u->sent + sizeof(u->sent) / 2, sizeof(u->sent) / 2);
        u->sent_count = sizeof(u->sent) / 2;
    }
    u->sent[u->sent_count++] = (uint8_t)value;
}
