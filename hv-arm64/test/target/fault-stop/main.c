/* SPDX-License-Identifier: Apache-2.0
 *
 * What a partition with the fault action `stop` gets: the first fault is its end, on all of its vCPUs,
 * and not one instruction follows.
 */
#include "../check.h"

#define NOTHING 0x0b000000ul /* no device on any board */

static volatile uint32_t other_is_up;

static void spin(void)
{
    other_is_up = 1;
    for (;;)
        cpu_yield();
}

void guest_main(void)
{
    check_equal("other-on", (uint64_t)cpu_start(1, spin), 0);
    check_that("other-up", check_wait(&other_is_up, 1), "it did not start");
    print("END of its life\n");
    mmio_read32(NOTHING);
    print("FAIL still-running: behind a fault that stops\n");
}
