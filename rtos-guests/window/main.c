/* SPDX-License-Identifier: Apache-2.0
 *
 * window: what a partition on a shared pCPU sees of its time. It spins and reads the physical counter, which all
 * partitions see alike: a hole in what it reads is a time in which it did not run, and between two holes lies a
 * window. The boot arguments say what was planned and what else it does; see README.md.
 */
#include "guest.h"
#include "window.h"

#define FRAMES_MAX  10000u
#define WINDOWS_MAX 8u
#define SETTLE_FRAMES 20u
#define HOLE_NS     20000u /* less than it is away, more than EL2 takes from a window */

struct window {
    uint64_t begin, length; /* in ns, planned, from the begin of the frame */
    int64_t begin_min, begin_max; /* in ticks from the begin of the frame, as seen */
    uint64_t length_min, length_max;
};

static struct window windows[WINDOWS_MAX];
static uint32_t window_count;
static uint64_t frame, hole; /* ticks */
static uint64_t begins[FRAMES_MAX * WINDOWS_MAX], ends[FRAMES_MAX * WINDOWS_MAX];

static uint64_t ticks_of(uint64_t ns) { return ns * (timer_frequency() / 1000) / 1000000; }
static uint64_t ns_of(uint64_t ticks) { return ticks * 1000000 / (timer_frequency() / 1000); }

/* What stands behind `key=` in the boot arguments; NULL if it is not there. */
static const char *argument(const char *key)
{
    const char *text = dtb_bootargs();

    for (; *text != 0; text++) {
        if (text_starts(text, key) && text[text_length(key)] == '=')
            return text + text_length(key) + 1;
        while (*text != 0 && *text != ' ')
            text++;
        if (*text == 0)
            break;
    }
    return NULL;
}

static uint64_t number(const char **text)
{
    uint64_t value = 0;

    for (; **text >= '0' && **text <= '9'; (*text)++)
        value = 10 * value + (uint64_t)(**text - '0');
    return value;
}

static uint64_t number_of(const char *key, uint64_t otherwise)
{
    const char *text = argument(key);

    return text != NULL ? number(&text) : otherwise;
}

/* windows=0+300,800+100: microseconds. */
static void read_windows(void)
{
    const char *text = argument("windows");

    while (text != NULL && *text >= '0' && *text <= '9' && window_count < WINDOWS_MAX) {
        struct window *w = &windows[window_count++];

        w->begin = 1000 * number(&text);
        text += *text == '+';
        w->length = 1000 * number(&text);
        text += *text == ',';
    }
}

/* Reads the counter until so many windows were seen whole. Nothing else happens in here: no call, no device. */
static void watch(uint32_t count)
{
    uint64_t settled = sysreg_read(cntpct_el0) + SETTLE_FRAMES * frame; /* what was printed has gone out */
    uint64_t last = settled;
    uint64_t now;
    uint32_t n;

    while ((int64_t)((now = sysreg_read(cntpct_el0)) - settled) < 0)
        last = now;
    while (now - last < hole) { /* the rest of a window that has begun */
        last = now;
        now = sysreg_read(cntpct_el0);
    }
    for (n = 0; n < count; n++) {
        begins[n] = now;
        last = now;
        while ((now = sysreg_read(cntpct_el0)) - last < hole)
            last = now;
        ends[n] = last;
    }
}

/* Which of the planned windows was the first one seen: the one whose distance to the next fits. */
static uint32_t first_window(void)
{
    uint32_t best = 0, i, k;
    uint64_t least = ~0ul;

    for (i = 0; i < window_count; i++) {
        uint64_t off = 0;

        for (k = 0; k < window_count; k++) {
            const struct window *w = &windows[(i + k) % window_count];
            uint64_t length = ends[k] - begins[k], planned = ticks_of(w->length);

            off += length > planned ? length - planned : planned - length;
        }
        if (off < least) {
            least = off;
            best = i;
        }
    }
    return best;
}

static void judge(uint32_t count)
{
    uint32_t first = first_window();
    uint64_t origin = begins[0] - ticks_of(windows[first].begin); /* of the first frame, later by a switch */
    uint64_t sum = 0, planned = 0, elapsed;
    uint32_t n, i;

    for (i = 0; i < window_count; i++) {
        windows[i].begin_min = INT64_MAX;
        windows[i].begin_max = INT64_MIN;
        windows[i].length_min = ~0ul;
        windows[i].length_max = 0;
        planned += windows[i].length;
    }
    for (n = 0; n < count; n++) {
        uint32_t seen = n + first;
        struct window *w = &windows[seen % window_count];
        int64_t begin = (int64_t)(begins[n] - origin - seen / window_count * frame);
        uint64_t length = ends[n] - begins[n];

        w->begin_min = begin < w->begin_min ? begin : w->begin_min;
        w->begin_max = begin > w->begin_max ? begin : w->begin_max;
        w->length_min = length < w->length_min ? length : w->length_min;
        w->length_max = length > w->length_max ? length : w->length_max;
        sum += length;
    }
    elapsed = count / window_count * frame;
    for (i = 0; i < window_count; i++) {
        const struct window *w = &windows[i];

        print("window: n=%u seen=%u begin_ns=%ld planned_ns=%lu jitter_ns=%lu length_min_ns=%lu length_max_ns=%lu of=%lu\n",
              i, count / window_count, (int64_t)ns_of((uint64_t)(w->begin_min + (int64_t)frame)) - (int64_t)ns_of(frame), w->begin,
              ns_of((uint64_t)(w->begin_max - w->begin_min)),
              ns_of(w->length_min), ns_of(w->length_max), w->length);
    }
    print("window: share_ppm=%lu planned_ppm=%lu phase_ns=%lu\n", sum * 1000000 / elapsed,
          planned * 1000000 / ns_of(frame), ns_of(origin % frame));
}

static void measure(void)
{
    uint32_t frames = (uint32_t)number_of("frames", 1000);
    uint32_t rounds = (uint32_t)number_of("rounds", 1);

    frames = frames > FRAMES_MAX ? FRAMES_MAX : frames;
    read_windows();
    frame = ticks_of(1000 * number_of("frame", 1000));
    hole = ticks_of(HOLE_NS);
    print("window: watches %u frames\n", frames);
    for (; rounds != 0; rounds--) {
        watch(frames * window_count);
        judge(frames * window_count);
    }
    print("window: done\n");
    for (;;)
        cpu_wfi();
}

/* Calls that are answered at once, and one that is refused. */
static void flood(void)
{
    for (;;) {
        psci_version();
        psci_call(0x84000099u, 0, 0, 0);
    }
}

/* Reads what is not its own: each is reported, as far as the rate allows, and injected. */
static void fault(void)
{
    for (;;) {
        fault_expect();
        mmio_read32(0x30000000);
        fault_taken(NULL);
    }
}

void guest_main(void)
{
    if (dtb_bootargs_have("bench"))
        bench_measure();
    if (dtb_bootargs_have("bench-neighbour"))
        bench_neighbour();
    if (argument("windows") == NULL && *dtb_bootargs() == 0)
        bench_alone();
    if (dtb_bootargs_have("fault")) {
        print("window: faults\n");
        fault();
    }
    if (dtb_bootargs_have("flood")) {
        print("window: floods\n");
        flood();
    }
    if (dtb_bootargs_have("restart")) {
        print("window: restarts\n");
        psci_system_reset();
    }
    if (dtb_bootargs_have("spin")) {
        print("window: spins\n");
        for (;;) /* no YIELD: an emulator would take it as one */
            __asm__ volatile("nop");
    }
    measure();
}
