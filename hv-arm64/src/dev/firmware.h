/* SPDX-License-Identifier: Apache-2.0
 *
 * The firmware below us, by PSCI. Arm DEN 0022.
 */
#ifndef HV_DEV_FIRMWARE_H
#define HV_DEV_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

bool firmware_cpu_on(uint64_t mpidr, uint64_t entry);
_Noreturn void firmware_system_off(void);
_Noreturn void firmware_system_reset(void);

#endif
