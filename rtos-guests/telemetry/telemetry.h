/* SPDX-License-Identifier: Apache-2.0
 *
 * What main.c and the threads share.
 */
#ifndef TELEMETRY_H
#define TELEMETRY_H

#include "rtos.h"

#define SENSORS    8u
#define FILTERS    4u
#define COLLECTORS 2u
#define BEATS      4u
#define LOANS      2000u
#define THREADS    20u /* these, pulse, lender, borrower, main, shell and the kernel's `timer` */

struct sample {
    uint32_t sensor, number;
    uint64_t value;
};

struct counts {
    uint32_t of_sensor[SENSORS], of_beat[BEATS];
    uint32_t raw, filtered, loans, together, late, threads;
    uint64_t checksum; /* of all samples, whatever their order */
};

extern struct counts counts;
extern osMessageQueueId_t raw, filtered, loans;
extern osMemoryPoolId_t pool;
extern osMutexId_t totals;
extern osEventFlagsId_t beats;
extern uint64_t first_tick; /* when all begin */
extern const uint32_t sensor_periods[SENSORS];

void senses(void *sensor);
void filters(void *number);
void collects(void *number);
void feels_the_pulse(void *unused);
void lends(void *unused);
void borrows(void *unused);
void goes_too_deep(void *calls);
void beats_once(void *beat); /* a timer's callback */

#endif
