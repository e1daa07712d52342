/* SPDX-License-Identifier: Apache-2.0
 *
 * PL011 driver (Arm DDI 0183, chapter 3) and print(), see console.h.
 */
#include "console.h"

#include <stdarg.h>

#include "fault.h"
#include "gic.h"

#define UARTDR   0x00u
#define UARTFR   0x18u
#define UARTLCRH 0x2cu
#define UARTCR   0x30u
#define UARTIMSC 0x38u

#define UARTFR_RXFE   (1u << 4)
#define UARTFR_TXFF   (1u << 5)
#define UARTIMSC_RX   ((1u << 4) | (1u << 6)) /* receive, and receive timeout */
#define UARTLCRH_FEN  (1u << 4)
#define UARTLCRH_8BIT (3u << 5)
#define UARTCR_UARTEN (1u << 0)
#define UARTCR_TXE    (1u << 8)
#define UARTCR_RXE    (1u << 9)

static uint32_t uart_lock;
static volatile bool input_came;

void console_init(void)
{
    mmio_write32(MACHINE_PL011 + UARTLCRH, UARTLCRH_8BIT | UARTLCRH_FEN);
    mmio_write32(MACHINE_PL011 + UARTCR, UARTCR_UARTEN | UARTCR_TXE | UARTCR_RXE);
}

void console_flush(void)
{
    struct cpu *cpu = cpu_this();
    uint32_t i;

    while (__atomic_exchange_n(&uart_lock, 1, __ATOMIC_ACQUIRE))
        cpu_yield();
    for (i = 0; i < cpu->line_length; i++) {
        while (mmio_read32(MACHINE_PL011 + UARTFR) & UARTFR_TXFF)
            cpu_yield();
        mmio_write32(MACHINE_PL011 + UARTDR, (uint8_t)cpu->line[i]);
    }
    cpu->line_length = 0;
    __atomic_store_n(&uart_lock, 0, __ATOMIC_RELEASE);
}

static void put(char c)
{
    struct cpu *cpu = cpu_this();

    cpu->line[cpu->line_length++] = c;
    if (c == '\n' || cpu->line_length == CONSOLE_LINE_SIZE)
        console_flush();
}

static void put_number(uint64_t value, uint32_t base, uint32_t width, char fill)
{
    char digits[20];
    uint32_t count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (width > count) {
        put(fill);
        width--;
    }
    while (count)
        put(digits[--count]);
}

static void put_signed(int64_t value, uint32_t width, char fill)
{
    if (value < 0)
        put('-');
    put_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10, width, fill);
}

static void put_text(const char *text)
{
    while (*text)
        put(*text++);
}

void print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    for (; *format; format++) {
        uint32_t width = 0;
        char fill = ' ';
        bool wide = false;

        if (*format != '%') {
            put(*format);
            continue;
        }
        format++;
        if (*format == '0')
            fill = '0';
        while (*format >= '0' && *format <= '9')
            width = width * 10 + (uint32_t)(*format++ - '0');
        for (; *format == 'l'; format++)
            wide = true;
        if (*format == 's')
            put_text(va_arg(args, const char *));
        else if (*format == 'c')
            put((char)va_arg(args, int));
        else if (*format == 'd')
            put_signed(wide ? va_arg(args, int64_t) : va_arg(args, int), width, fill);
        else if (*format == 'u' || *format == 'x')
            put_number(wide ? va_arg(args, uint64_t) : va_arg(args, unsigned), *format == 'x' ? 16 : 10, width, fill);
        else
            put(*format);
    }
    va_end(args);
}

int console_poll(void)
{
    if (mmio_read32(MACHINE_PL011 + UARTFR) & UARTFR_RXFE)
        return -1;
    return (int)(mmio_read32(MACHINE_PL011 + UARTDR) & 0xff);
}

static void note_input(uint32_t intid)
{
    (void)intid;
    mmio_write32(MACHINE_PL011 + UARTIMSC, 0); /* the line is high until the input is read */
    input_came = true;
}

void console_wait(void)
{
    input_came = false;
    irq_set_handler(MACHINE_INTID_PL011, note_input);
    gic_enable(MACHINE_INTID_PL011);
    mmio_write32(MACHINE_PL011 + UARTIMSC, UARTIMSC_RX);
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
