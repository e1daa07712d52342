/* SPDX-License-Identifier: Apache-2.0
 *
 * For test guests: each check prints `PASS name` or `FAIL name: why`; check_done() prints `DONE` and switches
 * the partition off. A name is printed once only; cases.yaml lists them. Guests under the kernel print by
 * CHECK_PRINT and include this by rtos_check.h.
 */
#ifndef CHECK_H
#define CHECK_H

#include "guest.h"

#ifndef CHECK_PRINT
#define CHECK_PRINT print
#define CHECK_FLUSH console_flush
#endif

static inline void check_that(const char *name, bool ok, const char *why)
{
    if (ok)
        CHECK_PRINT("PASS %s\n", name);
    else
        CHECK_PRINT("FAIL %s: %s\n", name, why);
}

static inline void check_equal(const char *name, uint64_t got, uint64_t expected)
{
    if (got == expected)
        CHECK_PRINT("PASS %s\n", name);
    else
        CHECK_PRINT("FAIL %s: got %ld = 0x%lx, expected %ld\n", name, got, got, expected);
}

static inline void check_done(void)
{
    CHECK_PRINT("DONE\n");
    CHECK_FLUSH();
    psci_system_off();
}

/* Waits until `*value` is at least `least`, for at most 500 ms: what is waited for is due at once. */
static inline bool check_wait(const volatile uint32_t *value, uint32_t least)
{
    uint64_t start = timer_now();

    while (*value < least && timer_now() - start < timer_frequency() / 2)
        cpu_yield();
    return *value >= least;
}

/* Long enough for an interrupt to arrive that should not: in time and, should an emulator be held up
 * meanwhile, in instructions. */
static inline void check_settle(void)
{
    uint32_t i;

    cpu_spin_ticks(timer_frequency() / 5000);
    for (i = 0; i < 5000; i++)
        cpu_yield();
}

#endif
