/* SPDX-License-Identifier: Apache-2.0
 *
 * The host tests' plan: `control` with two vCPUs on pCPUs 0 and 1, `rogue` with one on pCPU 2,
 * which also drains the console. Guest RAM and payloads are buffers of the test, at their host
 * addresses, because the hypervisor's addresses are the machine's.
 */
#ifndef TEST_PLAN_H
#define TEST_PLAN_H

#include <stdint.h>

#define CONTROL 0u
#define ROGUE 1u
#define RAM_SIZE 0x8000u
#define RAM_IPA 0x40000000u
#define PAYLOAD_0 5000u /* bytes of control's first segment: more than one step, not a multiple of 8 */
#define PAYLOAD_1 64u
#define PAYLOAD_2 4096u
#define CHECKED_BYTES 64u

extern uint8_t test_ram[2][RAM_SIZE];
extern uint8_t test_store[3][8192];
extern uint8_t test_checked[CHECKED_BYTES];
/* Fills store and checked bytes with what the plan's checks expect. */
void test_plan_fill(void);

#endif
