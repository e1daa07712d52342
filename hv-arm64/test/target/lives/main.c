/* SPDX-License-Identifier: Apache-2.0
 *
 * Lives that end by PSCI while the other vCPUs spin, wait and sleep: none of them runs on. Each life ends by a warm
 * reset (RAM is kept, and tells the next one so) or a cold one (nothing is kept), in turn.
 */
#include "../interface.h"

#define COUNT 6u
#define MARK 0x11fe0000u
#define SYSTEM_RESET2_WARM 0u

extern char idle_entry[];

/* By the vCPUs, without caches: a line each, in .data, which every life loads anew. */
struct line {
    uint64_t count;
    uint64_t pad[7];
};
struct line alive[COUNT] __attribute__((aligned(64), section(".data"))) = {{0, {1}}};

/* Behind the image and its .bss: only a cold start clears it. Without caches, as a reset takes them away. */
static volatile uint64_t *kept(void)
{
    extern char guest_end[];
    uint64_t place = ((uint64_t)guest_end + 0x1fff) & ~0xffful;

    __asm__ volatile("dc civac, %0\n\tdsb sy" : : "r"(place) : "memory");
    return (volatile uint64_t *)place;
}

static uint64_t count_of(uint32_t way)
{
    __asm__ volatile("dc civac, %0\n\tdsb sy" : : "r"(&alive[way]) : "memory");
    return *(volatile uint64_t *)&alive[way].count;
}

static bool all_quiet(void)
{
    uint64_t sum = 0;

    cpu_spin_ticks(timer_frequency() / 50);
    for (uint32_t way = 0; way < COUNT; way++)
        sum += count_of(way);
    return sum == 0;
}

static bool all_alive(void)
{
    uint64_t start = timer_now();

    for (uint32_t way = 0; way < COUNT - 1; way++)
        while (count_of(way) == 0)
            if (timer_now() - start > 10 * timer_frequency())
                return false;
    return true;
}

static bool all_off(void)
{
    for (uint32_t i = 1; i < COUNT; i++)
        if (psci_affinity_info(i) != PSCI_AFFINITY_OFF)
            return false;
    return true;
}

void guest_main(void)
{
    uint64_t warm = *kept();
    uint64_t behind = sysreg_read(cntpct_el0) - sysreg_read(cntvct_el0);
    bool ok = true;

    check_that("warm-or-cold", warm == 0 || warm == MARK, "RAM is neither cleared nor kept");
    check_that("others-off", all_off(), "one is on");
    check_that("others-quiet", all_quiet(), "one of the life before runs on");
    check_that("counter-from-zero", boot_cntvct < timer_frequency(), "CNTVCT does not begin with the life");
    check_that("physical-counter-real", warm == 0 || behind > timer_frequency() / 50, "CNTPCT began anew");
    for (uint32_t i = 1; i < COUNT; i++)
        ok &= psci_cpu_on(i, (uint64_t)idle_entry, i - 1) == PSCI_SUCCESS;
    check_that("others-on", ok && all_alive(), "not all came");
    *kept() = MARK;
    (void)kept(); /* to memory */
    print("END of a %s life\n", warm ? "second" : "first");
    if (warm == 0)
        psci_call(PSCI_SYSTEM_RESET2, SYSTEM_RESET2_WARM, 0, 0);
    else
        psci_system_reset();
    print("FAIL others-on: reset came back\n");
}
