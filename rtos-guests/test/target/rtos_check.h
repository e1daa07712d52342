/* SPDX-License-Identifier: Apache-2.0
 *
 * For test guests under the kernel: hv-arm64/test/target/check.h, printed by threads.
 */
#ifndef RTOS_CHECK_H
#define RTOS_CHECK_H

#include "rtos.h"

#define CHECK_PRINT printf
#define CHECK_FLUSH serial_flush
#include "../../../hv-arm64/test/target/check.h"

/* Makes a thread with a name and a priority; the rest is the kernel's. */
static inline osThreadId_t check_thread(const char *name, osThreadFunc_t func, osPriority_t priority, uint32_t attr_bits)
{
    const osThreadAttr_t attr = {.name = name, .priority = priority, .attr_bits = attr_bits, .stack_size = 2048};

    return osThreadNew(func, NULL, &attr);
}

/* Half a KiB of stack a step, until it is used up. */
static inline __attribute__((noinline)) uint32_t deep(uint32_t n, volatile uint8_t *up)
{
    volatile uint8_t frame[512];

    frame[0] = (uint8_t)n;
    frame[1] = up ? up[0] : 0;
    return (n ? deep(n - 1, frame) : 0) + frame[1];
}

#endif
