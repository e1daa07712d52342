/* SPDX-License-Identifier: Apache-2.0
 *
 * control: the well-behaved neighbour. A 1 kHz loop with absolute deadlines measures how late each tick is and reports
 * once a second:
 *
 *     control: second=<n> ticks=<n> jitter_max_ns=<n> missed=<n>
 *
 * The clock is the physical timer, whose handler stamps the tick and hands it to the loop, a thread; two more
 * threads report and answer on the console. Commands, one a line: status, rtc, reset, off, and the shell's. See README.md.
 */
#include "guest.h"
#include "pl031.h"
#include "rtos.h"
#include "shell.h"

#define RATE_HZ        1000u
#define CLOCK_PRIORITY (GIC_PRIORITY - 0x20u) /* above the kernel's own timer */

struct tick {
    uint64_t deadline, late;
};

struct second {
    uint32_t number, slots, ticks, missed;
    uint64_t late_max;
};

enum news { SECOND_IS_OVER, ALARM };

struct message {
    enum news news;
    struct second second;
};

static uint64_t period, deadline; /* in ticks of the counter */
static struct second now = {.number = 1}; /* written by the loop alone */
static struct pl031 rtc;
static osMessageQueueId_t ticks, messages;

/* A tick that is whole periods late stands for all it came too late for. */
static void clock(uint32_t intid)
{
    uint64_t stamp = ptimer_now();
    struct tick tick = {.deadline = deadline, .late = stamp - deadline};

    (void)intid;
    osMessageQueuePut(ticks, &tick, 0, 0);
    deadline += period * (1 + tick.late / period);
    ptimer_set(deadline);
}

/* A deadline is missed when its tick comes more than a period late, or is skipped for that, or when this thread is
 * through with it only after the next one. */
static void loop(void *unused)
{
    struct tick tick;

    (void)unused;
    while (osMessageQueueGet(ticks, &tick, NULL, osWaitForever) == osOK) {
        uint32_t skipped = (uint32_t)(tick.late / period);

        now.ticks++;
        now.slots += 1 + skipped;
        now.missed += skipped + (ptimer_now() - tick.deadline > period * (1 + skipped) || tick.late > period);
        if (tick.late > now.late_max)
            now.late_max = tick.late;
        if (now.slots >= RATE_HZ) {
            osMessageQueuePut(messages, &(struct message){SECOND_IS_OVER, now}, 0, 0);
            now = (struct second){.number = now.number + 1, .slots = now.slots - RATE_HZ};
        }
    }
}

static void report(const struct second *second)
{
    printf("control: second=%u ticks=%u jitter_max_ns=%lu missed=%u\n", second->number, second->ticks,
           second->late_max * 1000000000u / timer_frequency(), second->missed);
}

static void reporter(void *unused)
{
    struct message message;

    (void)unused;
    while (osMessageQueueGet(messages, &message, NULL, osWaitForever) == osOK) {
        if (message.news == ALARM)
            puts("control: rtc alarm ok");
        else
            report(&message.second);
    }
}

static void rtc_alarm(uint32_t intid)
{
    (void)intid;
    pl031_alarm_off(&rtc);
    osMessageQueuePut(messages, &(struct message){.news = ALARM}, 0, 0);
}

static void status(const char *unused)
{
    struct second second;

    (void)unused;
    osKernelLock();
    second = now;
    osKernelUnlock();
    report(&second);
}

/* Reads an owned device and has it interrupt us a second later. */
static void rtc_start(const char *unused)
{
    uint32_t time;

    (void)unused;
    if (!pl031_open(&rtc)) {
        puts("control: rtc is not ours");
        return;
    }
    time = pl031_seconds(&rtc);
    printf("control: rtc=%u\n", time);
    pl031_alarm(&rtc, time + 1, rtc_alarm);
}

static void reset(const char *unused)
{
    (void)unused;
    psci_system_reset();
}

static void off(const char *unused)
{
    (void)unused;
    psci_system_off();
}

static struct shell_command commands[] = {
    {.name = "status", .help = "the second that runs", .run = status},
    {.name = "rtc", .help = "the time, and an alarm a second later", .run = rtc_start},
    {.name = "reset", .help = "the partition starts again", .run = reset},
    {.name = "off", .help = "switches the partition off", .run = off},
};

static void start_clock(void)
{
    uint32_t intid = dtb_interrupt("arm,armv8-timer", 1, MACHINE_INTID_PTIMER); /* secure, physical, virtual */

    period = timer_frequency() / RATE_HZ;
    irq_set_handler(intid, clock);
    gic_set_priority(intid, CLOCK_PRIORITY);
    gic_enable(intid);
    deadline = ptimer_now() + period;
    ptimer_set(deadline);
}

void guest_main(void)
{
    uint32_t i;

    puts("control: start");
    osKernelInitialize();
    ticks = osMessageQueueNew(4, sizeof(struct tick), NULL);
    messages = osMessageQueueNew(4, sizeof(struct message), NULL);
    osThreadNew(loop, NULL, &(osThreadAttr_t){.name = "loop", .priority = osPriorityRealtime});
    osThreadNew(reporter, NULL, &(osThreadAttr_t){.name = "reporter"});
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        shell_add(&commands[i]);
    shell_start(osPriorityLow);
    start_clock();
    osKernelStart();
}
