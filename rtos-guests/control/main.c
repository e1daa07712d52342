/* SPDX-License-Identifier: Apache-2.0
 *
 * control: the well-behaved neighbour. A 1 kHz loop on the virtual timer with absolute deadlines; it
 * measures how late each tick is, waits in WFI between ticks and reports once a second:
 *
 *     control: second=<n> ticks=<n> jitter_max_ns=<n> missed=<n>
 *
 * A deadline is missed when its tick comes more than a period late or is skipped for that. Commands, one a
 * line: status, rtc, reset, off. See README.md.
 */
#include "guest.h"
#include "pl031.h"

#define RATE_HZ 1000u

struct second {
    uint32_t number, slots, ticks, missed;
    uint64_t late_max; /* counter ticks */
};

static uint64_t period, deadline;
static volatile struct second now, last; /* written by tick() */
static volatile uint64_t woken;          /* ticks since the start */
static struct pl031 rtc;
static volatile bool alarm;

static void tick(uint32_t intid)
{
    uint64_t late = timer_now() - deadline;
    uint64_t skipped = late / period;

    (void)intid;
    now.ticks++;
    now.slots += 1 + (uint32_t)skipped;
    now.missed += (uint32_t)skipped + (late > period);
    if (late > now.late_max)
        now.late_max = late;
    if (now.slots >= RATE_HZ) {
        last = now;
        now = (struct second){.number = last.number + 1, .slots = last.slots - RATE_HZ};
    }
    deadline += period * (1 + skipped);
    timer_set(deadline);
    woken++;
}

static void rtc_alarm(uint32_t intid)
{
    (void)intid;
    pl031_alarm_off(&rtc);
    alarm = true;
}

static void report(const volatile struct second *second)
{
    print("control: second=%u ticks=%u jitter_max_ns=%lu missed=%u\n", second->number, second->ticks,
          second->late_max * 1000000000u / timer_frequency(), second->missed);
}

/* Reads an owned device and has it interrupt us a second later. */
static void rtc_start(void)
{
    uint32_t time;

    if (!pl031_open(&rtc)) {
        print("control: rtc is not ours\n");
        return;
    }
    time = pl031_seconds(&rtc);
    print("control: rtc=%u\n", time);
    pl031_alarm(&rtc, time + 1, rtc_alarm);
}

static void command(const char *line)
{
    if (text_equal(line, "status"))
        report(&now);
    else if (text_equal(line, "rtc"))
        rtc_start();
    else if (text_equal(line, "reset"))
        psci_system_reset();
    else if (text_equal(line, "off"))
        psci_system_off();
    else
        print("control: unknown command '%s'; there are status, rtc, reset, off\n", line);
}

/* Sleeps until a tick or the alarm; masked meanwhile, or either could slip in before the WFI. */
static void wait(uint64_t seen)
{
    irq_mask();
    while (woken == seen && !alarm) {
        cpu_wfi();
        irq_unmask();
        irq_mask();
    }
    irq_unmask();
}

void guest_main(void)
{
    uint32_t reported = 0;
    char line[80];

    print("control: start\n");
    period = timer_frequency() / RATE_HZ;
    now.number = 1;
    irq_set_handler(MACHINE_INTID_VTIMER, tick);
    gic_enable(MACHINE_INTID_VTIMER);
    deadline = timer_now() + period;
    timer_set(deadline);
    irq_unmask();
    for (;;) {
        wait(woken);
        if (alarm) {
            alarm = false;
            print("control: rtc alarm ok\n");
        }
        if (last.number != reported) {
            reported = last.number;
            report(&last);
        }
        if (console_read_line(line, sizeof(line)))
            command(line);
    }
}
