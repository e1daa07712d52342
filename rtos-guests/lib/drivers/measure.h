/* SPDX-License-Identifier: Apache-2.0
 *
 * Measuring in ticks of the virtual counter: a clock, and rows for `./bulkhead bench`.
 */
#ifndef DRIVER_MEASURE_H
#define DRIVER_MEASURE_H

#include "cpu.h"

#define SAMPLES 256u

/* probe <name> <min> <median> <max> n=<n>, in ticks of the virtual counter, `cost` taken off. Sorts. */
void report_samples(const char *name, int32_t *samples, int64_t cost);
void report_value(const char *name, int64_t value);
void report_absent(const char *name); /* probe <name> n/a */
void report_end(void);                /* ends QEMU */

/* A time stamp, the same sequence at both ends of an interval: `null` is its cost. */
static inline __attribute__((always_inline)) uint64_t stamp(void)
{
    uint64_t ticks;

    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
    return ticks;
}

#define TICKS_OF(statement)                                                                          \
    ({                                                                                               \
        uint64_t before_ = stamp();                                                                  \
        statement;                                                                                   \
        (int32_t)(stamp() - before_);                                                                \
    })

#endif
