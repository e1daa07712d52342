/* SPDX-License-Identifier: Apache-2.0
 *
 * See serial.h. Output: a writer holds the mutex `turn` for its whole text and puts it into a ring; the
 * interrupt moves on what fits into the FIFO and wakes a writer who ran out of room. No access to the UART
 * happens with interrupts masked: each may be a trap to a hypervisor, and a deadline could pass meanwhile.
 */
#include "serial.h"

#include <stdio.h>

#include "console.h"
#include "format.h"
#include "gic.h"
#include "irq.h"
#include "os.h"
#include "pl011.h"

#define RING 1024u /* a power of two */

struct ring {
    volatile uint32_t in, out; /* running; the difference is what it holds */
    uint8_t data[RING];
};

static struct ring sent, received;
static struct pl011 uart = {.base = MACHINE_PL011, .intid = MACHINE_INTID_PL011};
static OS_CB(turn_memory, MUTEX);
static OS_CB(room_memory, SEMAPHORE);
static OS_CB(input_memory, SEMAPHORE);
static osMutexId_t turn;
static osSemaphoreId_t room, input;
static volatile bool wants_room;
static bool pumping; /* somebody moves text to the FIFO */
static bool knocked; /* and somebody else came meanwhile */

static bool ring_put(struct ring *ring, uint8_t c)
{
    if (ring->in - ring->out == RING)
        return false;
    ring->data[ring->in % RING] = c;
    ring->in++;
    return true;
}

static int ring_get(struct ring *ring)
{
    return ring->in == ring->out ? -1 : ring->data[ring->out++ % RING];
}

static bool begin_pumping(void) { return !__atomic_exchange_n(&pumping, true, __ATOMIC_SEQ_CST); }

/* As much as the FIFO takes. If somebody does that already, here or on another vCPU, the interrupt is silenced until
 * they are done; they hear the knock, or are gone before the second look. */
static void pump(void)
{
    if (!begin_pumping()) {
        pl011_interrupts(&uart, PL011_RX);
        __atomic_store_n(&knocked, true, __ATOMIC_SEQ_CST);
        if (!begin_pumping())
            return;
    }
    do {
        __atomic_store_n(&knocked, false, __ATOMIC_SEQ_CST);
        while (sent.in != sent.out && pl011_put(&uart, sent.data[sent.out % RING]))
            sent.out++;
        pl011_interrupts(&uart, PL011_RX | (sent.in != sent.out ? PL011_TX : 0));
        __atomic_store_n(&pumping, false, __ATOMIC_SEQ_CST);
    } while (__atomic_load_n(&knocked, __ATOMIC_SEQ_CST) && begin_pumping());
}

static void interrupt(uint32_t intid)
{
    bool came = false;
    int c;

    (void)intid;
    pl011_acknowledge(&uart);
    while ((c = pl011_get(&uart)) >= 0)
        came |= ring_put(&received, (uint8_t)c); /* a full ring loses input, as a full FIFO would */
    pump();
    if (came)
        osSemaphoreRelease(input);
    if (wants_room && sent.in - sent.out <= RING / 2) {
        wants_room = false;
        osSemaphoreRelease(room);
    }
}

static void drain(void)
{
    while (sent.in != sent.out)
        if (pl011_put(&uart, sent.data[sent.out % RING]))
            sent.out++;
}

void serial_restore(void)
{
    pl011_open(&uart);
    irq_set_handler(uart.intid, interrupt);
    gic_enable(uart.intid);
    pl011_interrupts(&uart, PL011_RX | (sent.in != sent.out ? PL011_TX : 0));
}

/* The first user sets it up: before the kernel starts there is only one. */
static void set_up(void)
{
    static const osMutexAttr_t turn_attr = {
        .name = "console", .attr_bits = osMutexRecursive | osMutexPrioInherit | osMutexRobust, .cb_mem = turn_memory, .cb_size = sizeof(turn_memory)};
    static const osSemaphoreAttr_t room_attr = {.name = "console room", .cb_mem = room_memory, .cb_size = sizeof(room_memory)};
    static const osSemaphoreAttr_t input_attr = {.name = "console input", .cb_mem = input_memory, .cb_size = sizeof(input_memory)};
    static bool begun; /* a second one polls meanwhile */
    uint64_t state = os_enter();
    bool first = !begun && os.state != osKernelInactive;

    begun |= first;
    os_leave(state);
    if (!first)
        return;
    room = osSemaphoreNew(1, 0, &room_attr);
    input = osSemaphoreNew(1, 0, &input_attr);
    serial_restore();
    console_drain = drain;
    turn = osMutexNew(&turn_attr);
}

static void put_sleeping(uint8_t c)
{
    while (!ring_put(&sent, c)) {
        wants_room = true;
        pump();
        if (sent.in - sent.out == RING) /* then the interrupt is on */
            osSemaphoreAcquire(room, osWaitForever);
    }
}

static void put_polling(uint8_t c)
{
    uint64_t state = os_enter();

    drain();
    while (!pl011_put(&uart, c))
        port_relax();
    os_leave(state);
}

void serial_write(const char *text, uint32_t size)
{
    bool sleeps;
    uint32_t i;

    if (!turn && !os_in_isr())
        set_up();
    sleeps = !os_in_isr() && os_may_block() && turn;
    if (sleeps)
        osMutexAcquire(turn, osWaitForever);
    for (i = 0; i < size; i++) {
        if (sleeps)
            put_sleeping((uint8_t)text[i]);
        else
            put_polling((uint8_t)text[i]);
    }
    if (sleeps) {
        pump();
        osMutexRelease(turn);
    }
}

void serial_flush(void)
{
    while (sent.in != sent.out)
        osDelay(100);
}

int serial_read(uint32_t ticks)
{
    int c;

    if (!turn)
        set_up();
    for (;;) {
        uint64_t state = os_enter();

        c = ring_get(&received);
        os_leave(state);
        if (c >= 0 || osSemaphoreAcquire(input, ticks) != osOK)
            return c;
    }
}

void serial_read_line(char *line, uint32_t size)
{
    uint32_t length = 0;

    for (;;) {
        int c = serial_read(osWaitForever);

        if (c != '\r' && c != '\n') {
            if (length + 1 < size)
                line[length++] = (char)c;
        } else if (length) {
            line[length] = 0;
            return;
        }
    }
}

/* ---- <stdio.h> ---- */

struct text {
    uint32_t size;
    char data[160];
};

static void put_in_text(void *context, char c)
{
    struct text *text = context;

    if (text->size == sizeof(text->data)) {
        serial_write(text->data, text->size);
        text->size = 0;
    }
    text->data[text->size++] = c;
}

int vprintf(const char *format, va_list args)
{
    struct text text;
    bool holds = turn && !os_in_isr() && os_may_block() && osMutexAcquire(turn, osWaitForever) == osOK;
    int count;

    text.size = 0;
    count = format_to(put_in_text, &text, format, args);
    serial_write(text.data, text.size);
    if (holds)
        osMutexRelease(turn);
    return count;
}

int printf(const char *format, ...)
{
    va_list args;
    int count;

    va_start(args, format);
    count = vprintf(format, args);
    va_end(args);
    return count;
}

int puts(const char *text) { return printf("%s\n", text); }

int putchar(int c)
{
    char byte = (char)c;

    serial_write(&byte, 1);
    return c;
}

