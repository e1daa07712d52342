/* SPDX-License-Identifier: Apache-2.0
 *
 * For test guests under the kernel, as hv-arm64/test/target/check.h is for the others.
 */
#ifndef RTOS_CHECK_H
#define RTOS_CHECK_H

#include "guest.h"
#include "rtos.h"

static inline void check_that(const char *name, bool ok, const char *why)
{
    if (ok)
        printf("PASS %s\n", name);
    else
        printf("FAIL %s: %s\n", name, why);
}

static inline void check_equal(const char *name, int64_t got, int64_t expected)
{
    if (got == expected)
        printf("PASS %s\n", name);
    else
        printf("FAIL %s: got %ld, expected %ld\n", name, got, expected);
}

static inline void check_done(void)
{
    printf("DONE\n");
    serial_flush();
    psci_system_off();
}

/* Makes a thread with a name and a priority; the rest is the kernel's. */
static inline osThreadId_t check_thread(const char *name, osThreadFunc_t func, osPriority_t priority, uint32_t attr_bits)
{
    const osThreadAttr_t attr = {.name = name, .priority = priority, .attr_bits = attr_bits, .stack_size = 2048};

    return osThreadNew(func, NULL, &attr);
}

#endif
