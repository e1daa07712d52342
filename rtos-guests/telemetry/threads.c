/* SPDX-License-Identifier: Apache-2.0
 *
 * The threads of telemetry: samples go sensor -> raw -> filter -> filtered -> collector; blocks of a pool go from the
 * lender to the borrower; the pulse waits for all timers to have come.
 */
#include "telemetry.h"

#define SECOND 1000000u

const uint32_t sensor_periods[SENSORS] = {1000, 1250, 2000, 2500, 4000, 5000, 8000, 10000};

/* On the tick, however long the last sample took. */
void senses(void *sensor)
{
    uint32_t me = (uint32_t)(uint64_t)sensor, i;

    for (i = 1; i <= SECOND / sensor_periods[me]; i++) {
        uint64_t tick = first_tick + (uint64_t)i * sensor_periods[me];
        struct sample sample = {.sensor = me, .number = i, .value = (uint64_t)me * 1000003 + i};

        osDelayUntil((uint32_t)tick);
        if (os_tick_now() >= tick + sensor_periods[me])
            counts.late++;
        osMessageQueuePut(raw, &sample, (uint8_t)(me % 3), osWaitForever);
    }
}

void filters(void *number)
{
    struct sample sample;

    (void)number;
    while (osMessageQueueGet(raw, &sample, NULL, osWaitForever) == osOK) {
        osMutexAcquire(totals, osWaitForever);
        counts.raw++;
        osMutexRelease(totals);
        sample.value = sample.value * 6364136223846793005ull + 1442695040888963407ull;
        osMessageQueuePut(filtered, &sample, 0, osWaitForever);
    }
}

void collects(void *number)
{
    struct sample sample;
    uint8_t priority;

    (void)number;
    while (osMessageQueueGet(filtered, &sample, &priority, osWaitForever) == osOK) {
        osMutexAcquire(totals, osWaitForever);
        counts.of_sensor[sample.sensor]++;
        counts.checksum += sample.value ^ sample.number;
        counts.filtered++;
        osMutexRelease(totals);
    }
}

void beats_once(void *beat)
{
    counts.of_beat[(uint64_t)beat]++;
    osEventFlagsSet(beats, 1u << (uint64_t)beat);
}

void feels_the_pulse(void *unused)
{
    (void)unused;
    while (osEventFlagsWait(beats, (1u << BEATS) - 1, osFlagsWaitAll, osWaitForever) == (1u << BEATS) - 1)
        counts.together++;
}

void lends(void *unused)
{
    uint32_t i;

    (void)unused;
    for (i = 0; i < LOANS; i++) {
        struct sample *block = osMemoryPoolAlloc(pool, osWaitForever);

        block->number = i;
        osMessageQueuePut(loans, &block, 0, osWaitForever);
        if (i % 16 == 0)
            osDelay(500);
    }
}

void borrows(void *unused)
{
    struct sample *block;
    uint32_t expected = 0;

    (void)unused;
    while (osMessageQueueGet(loans, &block, NULL, osWaitForever) == osOK) {
        counts.loans += block->number == expected++;
        osMemoryPoolFree(pool, block);
    }
}

static volatile uint32_t sink;

static void __attribute__((noinline)) deep(uint32_t calls, const volatile uint32_t *caller)
{
    volatile uint32_t frame[64];

    frame[0] = calls;
    frame[1] = caller ? caller[0] : 0;
    if (calls)
        deep(calls - 1, frame);
    sink += frame[1];
}

void goes_too_deep(void *calls) { deep((uint32_t)(uint64_t)calls, NULL); }
