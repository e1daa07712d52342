/* SPDX-License-Identifier: Apache-2.0
 *
 * Rings and their draining. Who writes a ring rings the doorbell of the draining pCPU when its
 * rings were all empty; that pCPU sends at most the budget of bytes in a period and then waits
 * for its timer, so that no guest's output costs it more than that.
 */
#include "console/console.h"

#include <stdatomic.h>

#include "arch/crash.h"
#include "arch/pcpu.h"
#include "config/config.h"
#include "console/stream.h"
#include "dev/gic.h"
#include "dev/htimer.h"
#include "dev/uart.h"
#include "lib/bits.h"
#include "lib/ring.h"

/* Rings 0 .. HV_VCPU_COUNT - 1 are the vCPUs', the others the pCPUs' own. */
#define RING_COUNT (HV_VCPU_COUNT + HV_PCPU_COUNT)
#define TURN_MIN 64u  /* bytes after which a speaker gives way at its line's end */
#define TURN_MAX 256u /* and after which it is interrupted */

static struct ring rings[RING_COUNT];
static _Atomic bool room_wanted[HV_VCPU_COUNT];
static _Atomic uint32_t lost_lines[HV_PCPU_COUNT];
static _Atomic bool rung; /* the draining pCPU knows that there is something */

/* Of the draining pCPU alone. */
static struct {
    struct stream stream;
    uint32_t sent;  /* how much of stream.out went to the UART */
    uint32_t ring;  /* whose turn it is */
    uint32_t turn;  /* bytes of this turn */
    uint32_t budget;
    uint64_t period_end;
    uint64_t wake; /* the timer interrupts then though there is nothing to send; 0: it need not */
    bool ready;
} drain = { .stream.focus = STREAM_HV };

uint32_t console_pcpu(void)
{
    return config_global()->console_pcpu;
}

static uint32_t ring_speaker(uint32_t ring)
{
    return ring < HV_VCPU_COUNT ? config_vcpu(ring)->partition : STREAM_HV;
}

static void notify(void)
{
    if (pcpu_self()->id == console_pcpu()) {
        console_drain();
    } else if (!atomic_exchange(&rung, true)) {
        gic_send_sgi(console_pcpu(), GIC_SGI_CONSOLE);
    }
}

void console_log(const struct text *line)
{
    uint32_t self = pcpu_self()->id;
    struct ring *r = &rings[HV_VCPU_COUNT + self];
    uint32_t lost = atomic_load(&lost_lines[self]);
    struct text whole = *line;

    if (lost != 0) {
        text_string(&whole, " (");
        text_decimal(&whole, lost);
        text_string(&whole, " lines lost before)");
    }
    text_char(&whole, '\n');
    whole.chars[whole.length - 1] = '\n'; /* a line that was cut still ends */
    if (ring_push_all(r, whole.chars, whole.length))
        atomic_store(&lost_lines[self], 0);
    else
        atomic_store(&lost_lines[self], lost + 1);
    notify();
}

uint32_t console_log_room(void)
{
    return ring_room(&rings[HV_VCPU_COUNT + pcpu_self()->id]);
}

void console_banner(void)
{
    struct text t;

    text_start(&t);
    text_string(&t, "boot build=");
    text_string(&t, hv_config_header.build_id);
    text_string(&t, " count=");
    text_decimal(&t, crash_boot_count());
    text_string(&t, " pcpus=");
    text_decimal(&t, HV_PCPU_COUNT);
    text_string(&t, " partitions=");
    text_decimal(&t, HV_PARTITION_COUNT);
    text_string(&t, " gic=v");
    text_decimal(&t, config_global()->gic_version);
    console_log(&t);
}

bool console_put(uint32_t vcpu, uint8_t byte)
{
    if (!ring_push(&rings[vcpu], byte))
        return false;
    notify();
    return true;
}

uint32_t console_room(uint32_t vcpu)
{
    return ring_room(&rings[vcpu]);
}

void console_end_line(uint32_t vcpu)
{
    if (ring_last(&rings[vcpu], '\n') != '\n')
        (void)console_put(vcpu, '\n'); /* no room: its reader is far behind anyway */
}

void console_want_room(uint32_t vcpu)
{
    atomic_store(&room_wanted[vcpu], true);
}

void console_start(void)
{
    uart_init();
    gic_route(config_global()->uart_intid, pcpu_self()->id);
    gic_enable(config_global()->uart_intid, pcpu_self()->id);
    stream_begin(&drain.stream);
    drain.ready = true;
    console_drain();
}

/* Sends what stream_byte() left. False: the UART's FIFO is full. */
static bool send_rest(void)
{
    while (drain.sent < drain.stream.out_count) {
        if (!uart_put(drain.stream.out[drain.sent]))
            return false;
        drain.sent++;
        if (drain.budget > 0)
            drain.budget--;
    }
    return true;
}

/* The ring whose turn is next; false when all are empty. */
static bool choose_ring(void)
{
    bool own_line_open = drain.stream.open && drain.stream.speaker == ring_speaker(drain.ring);
    bool may_stay = drain.turn < TURN_MIN || (own_line_open && drain.turn < TURN_MAX);

    if (may_stay && ring_used(&rings[drain.ring]) != 0)
        return true;
    for (uint32_t i = 1; i <= RING_COUNT; i++) {
        uint32_t next = (drain.ring + i) % RING_COUNT;

        if (ring_used(&rings[next]) != 0) {
            drain.ring = next;
            drain.turn = 0;
            return true;
        }
    }
    return false;
}

static void tell_room(uint32_t ring)
{
    if (ring < HV_VCPU_COUNT && ring_used(&rings[ring]) <= RING_SIZE / 2 &&
        atomic_load_explicit(&room_wanted[ring], memory_order_relaxed)) {
        atomic_store(&room_wanted[ring], false);
        gic_send_sgi(config_vcpu(ring)->pcpu, GIC_SGI_KICK);
    }
}

/* Nothing to do for the timer, but for who asked to be woken. */
static void rest(void)
{
    if (drain.wake != 0)
        htimer_arm(drain.wake);
    else
        htimer_disarm();
}

void console_wake_at(uint64_t count)
{
    drain.wake = count;
    rest();
}

void console_drain(void)
{
    uint64_t now = htimer_now();
    uint8_t byte;

    if (!drain.ready)
        return;
    if (now >= drain.period_end) {
        uint64_t period = htimer_ticks(config_global()->console_period_us);

        drain.period_end = now - now % period + period; /* on a grid: periods do not drift */
        drain.budget = config_global()->console_budget_bytes;
    }
    for (;;) {
        if (!send_rest()) {
            uart_want_room(true);
            rest(); /* not at the period's end: that may be over, and would interrupt until there is room */
            return;
        }
        if (drain.budget == 0) {
            htimer_arm(drain.period_end);
            return;
        }
        if (!choose_ring()) {
            /* Once `rung` is off a writer rings again; one that wrote just before is seen here. */
            if (!atomic_exchange(&rung, false) && !choose_ring())
                break;
            continue;
        }
        if (ring_pop(&rings[drain.ring], &byte)) {
            stream_byte(&drain.stream, ring_speaker(drain.ring), byte);
            drain.sent = 0;
            drain.turn++;
            tell_room(drain.ring);
        }
    }
    uart_want_room(false);
    rest();
}

bool console_quiet(void)
{
    if (drain.sent == drain.stream.out_count && !choose_ring() && uart_idle())
        return true;
    console_call_again();
    return false;
}

void console_call_again(void)
{
    htimer_arm(htimer_now() + htimer_ticks(config_global()->console_period_us));
}

uint32_t console_focus(void)
{
    return drain.stream.focus;
}

void console_set_focus(uint32_t speaker)
{
    drain.stream.focus = speaker;
}
