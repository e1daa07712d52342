/* SPDX-License-Identifier: Apache-2.0
 *
 * See console.h.
 */
#include "console.h"

#include <stdarg.h>

#include "dtb.h"
#include "fault.h"
#include "format.h"
#include "gic.h"
#include "pl011.h"

static uint32_t uart_lock;
static volatile bool input_came;
static struct pl011 uart = {.base = MACHINE_PL011, .intid = MACHINE_INTID_PL011};

void (*console_drain)(void);

void console_init(void) { pl011_open(&uart); }

void console_flush(void)
{
    struct cpu *cpu = cpu_this();
    uint32_t i;

    while (__atomic_exchange_n(&uart_lock, 1, __ATOMIC_ACQUIRE))
        cpu_yield();
    for (i = 0; i < cpu->line_length; i++) {
        while (!pl011_put(&uart, (uint8_t)cpu->line[i]))
            cpu_yield();
    }
    cpu->line_length = 0;
    __atomic_store_n(&uart_lock, 0, __ATOMIC_RELEASE);
}

void console_take_over(void)
{
    __atomic_store_n(&uart_lock, 0, __ATOMIC_RELEASE);
    if (console_drain)
        console_drain();
    if (cpu_this()->line_length)
        print("\n");
}

static void put(void *cpu, char c)
{
    struct cpu *this = cpu;

    this->line[this->line_length++] = c;
    if (c == '\n' || this->line_length == CONSOLE_LINE_SIZE)
        console_flush();
}

void print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_to(put, cpu_this(), format, args);
    va_end(args);
}

int console_poll(void) { return pl011_get(&uart); }

static void note_input(uint32_t intid)
{
    (void)intid;
    pl011_interrupts(&uart, 0); /* the line is high until the input is read */
    input_came = true;
}

void console_wait(void)
{
    input_came = false;
    irq_set_handler(uart.intid, note_input);
    gic_enable(uart.intid);
    pl011_interrupts(&uart, PL011_RX);
    while (!input_came) {
        cpu_wfi();
        irq_unmask();
        irq_mask();
    }
}

bool console_read_line(char *line, uint32_t size)
{
    static char text[80];
    static uint32_t length;
    uint32_t i;
    int c;

    while ((c = console_poll()) >= 0) {
        if (c != '\r' && c != '\n') {
            if (length < sizeof(text))
                text[length++] = (char)c;
            continue;
        }
        if (length == 0)
            continue;
        for (i = 0; i < length && i + 1 < size; i++)
            line[i] = text[i];
        line[i] = 0;
        length = 0;
        return true;
    }
    return false;
}
