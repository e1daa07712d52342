/* SPDX-License-Identifier: Apache-2.0
 *
 * The PSCI calls that do not return: should one be refused, its vCPU sleeps.
 */
#include "psci.h"

#include "cpu.h"

static void __attribute__((noreturn)) call_and_sleep(uint32_t function)
{
    irq_mask();
    psci_call(function, 0, 0, 0);
    for (;;)
        cpu_wfi();
}

void psci_cpu_off(void) { call_and_sleep(PSCI_CPU_OFF); }
void psci_system_off(void) { call_and_sleep(PSCI_SYSTEM_OFF); }
void psci_system_reset(void) { call_and_sleep(PSCI_SYSTEM_RESET); }
