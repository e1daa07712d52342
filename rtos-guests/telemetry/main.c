/* SPDX-License-Identifier: Apache-2.0
 *
 * telemetry: a second of measuring with twenty threads, see README.md. This file makes them, waits until they are
 * through, and says what they counted beside what must come out.
 */
#include "telemetry.h"

#include "guest.h"
#include "shell.h"

#define SECOND 1000000u /* ticks */

struct counts counts;
osMessageQueueId_t raw, filtered, loans;
osMemoryPoolId_t pool;
osMutexId_t totals;
osEventFlagsId_t beats;
uint64_t first_tick;

static const uint32_t beat_periods[BEATS] = {1000, 3000, 7000, 10000};
static osTimerId_t beat[BEATS];

static osThreadId_t thread(const char *name, osThreadFunc_t func, uint32_t number, osPriority_t priority)
{
    const osThreadAttr_t attr = {.name = name, .priority = priority, .stack_size = 2048};

    return osThreadNew(func, (void *)(uint64_t)number, &attr);
}

static bool line(const char *what, uint32_t number, uint32_t got, uint32_t expected)
{
    printf("telemetry: %s %u count=%u expected=%u %s\n", what, number, got, expected, got == expected ? "ok" : "WRONG");
    return got == expected;
}

static void report(const char *argument)
{
    bool good = true;
    uint32_t i, all = 0;

    (void)argument;
    for (i = 0; i < SENSORS; i++) {
        all += SECOND / sensor_periods[i];
        good &= line("sensor", i, counts.of_sensor[i], SECOND / sensor_periods[i]);
    }
    for (i = 0; i < BEATS; i++)
        good &= line("timer", i, counts.of_beat[i], SECOND / beat_periods[i]);
    good &= line("queue raw", 0, counts.raw, all);
    good &= line("queue filtered", 0, counts.filtered, all);
    good &= line("queue loans", 0, counts.loans, LOANS);
    good &= line("all beats", 0, counts.together, SECOND / beat_periods[BEATS - 1]);
    line("late", 0, counts.late, 0); /* the emulator's fault, where it does not count instructions */
    good &= line("threads", 0, counts.threads, THREADS);
    printf("telemetry: %s checksum=%lu\n", good ? "exact" : "NOT exact", counts.checksum);
}

static void overflow(const char *argument)
{
    os_fault_action(OS_FAULT_END_THREAD);
    thread("deep", goes_too_deep, *argument ? 0 : 100, osPriorityNormal);
}

static void off(const char *argument)
{
    (void)argument;
    serial_flush();
    psci_system_off();
}

static struct shell_command own[] = {
    {.name = "report", .help = "what was counted", .run = report},
    {.name = "overflow", .help = "a thread goes too deep", .run = overflow},
    {.name = "off", .help = "switches the partition off", .run = off},
};

static void begin(void)
{
    uint32_t i;

    raw = osMessageQueueNew(16, sizeof(struct sample), NULL);
    filtered = osMessageQueueNew(8, sizeof(struct sample), NULL);
    loans = osMessageQueueNew(4, sizeof(void *), NULL);
    pool = osMemoryPoolNew(4, sizeof(struct sample), NULL);
    totals = osMutexNew(&(osMutexAttr_t){.name = "totals", .attr_bits = osMutexPrioInherit | osMutexRobust});
    beats = osEventFlagsNew(NULL);
    first_tick = os_tick_now() + 1000;
    for (i = 0; i < SENSORS; i++)
        thread("sensor", senses, i, osPriorityHigh);
    for (i = 0; i < FILTERS; i++)
        thread("filter", filters, i, osPriorityAboveNormal);
    for (i = 0; i < COLLECTORS; i++)
        thread("collector", collects, i, osPriorityNormal);
    thread("pulse", feels_the_pulse, 0, osPriorityAboveNormal1);
    thread("lender", lends, 0, osPriorityBelowNormal);
    thread("borrower", borrows, 0, osPriorityBelowNormal);
    for (i = 0; i < BEATS; i++)
        beat[i] = osTimerNew(beats_once, osTimerPeriodic, (void *)(uint64_t)i, NULL);
}

static void run(void *argument)
{
    uint32_t start, i;

    (void)argument;
    printf("telemetry: start\n");
    begin();
    shell_start(osPriorityLow);
    counts.threads = osThreadGetCount();
    osDelayUntil((uint32_t)first_tick);
    start = osKernelGetTickCount();
    for (i = 0; i < BEATS; i++)
        osTimerStart(beat[i], beat_periods[i]);
    osDelayUntil(start + SECOND + 500); /* between two beats */
    for (i = 0; i < BEATS; i++)
        osTimerStop(beat[i]);
    while (counts.filtered < counts.raw || counts.loans < LOANS)
        osDelay(1000);
    report("");
    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        shell_add(&own[i]);
    if (dtb_bootargs_have("once"))
        off("");
    printf("telemetry: ready; there is help\n");
}

void guest_main(void)
{
    static const osThreadAttr_t attr = {.name = "main", .priority = osPriorityRealtime};

    osKernelInitialize();
    osThreadNew(run, NULL, &attr);
    osKernelStart();
}
