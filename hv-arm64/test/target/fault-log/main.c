/* SPDX-License-Identifier: Apache-2.0
 *
 * What a partition with the fault action `log` gets: each class of fault is reported, the instruction
 * is skipped, registers keep their values, and the guest goes on behind it.
 */
#include "../check.h"

#define NOTHING 0x0b000000ul /* no device on any board */

/* Each instruction is followed by one that shows that it was the only one skipped. */
static void check_skipped(void)
{
    uint64_t value = 0x5555, behind = 0;

    __asm__ volatile("ldr %0, [%2]\n\tadd %1, %1, #1" : "+r"(value), "+r"(behind) : "r"(NOTHING) : "memory");
    check_equal("read-keeps-register", value, 0x5555);
    check_equal("read-goes-on", behind, 1);

    __asm__ volatile("stp %1, %1, [%2]\n\tadd %0, %0, #1" : "+r"(behind) : "r"(value), "r"(NOTHING) : "memory");
    check_equal("pair-goes-on", behind, 2);

    __asm__ volatile("mrs %0, pmcr_el0\n\tadd %1, %1, #1" : "+r"(value), "+r"(behind));
    check_equal("register-keeps-register", value, 0x5555);
    check_equal("register-goes-on", behind, 3);

    __asm__ volatile("hvc #7\n\tadd %0, %0, #1" : "+r"(behind));
    check_equal("hvc-goes-on", behind, 4);

    __asm__ volatile("smc #7\n\tadd %0, %0, #1" : "+r"(behind));
    check_equal("smc-goes-on", behind, 5);
}

void guest_main(void)
{
    check_skipped();
    check_done();
}
