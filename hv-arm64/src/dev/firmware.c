/* SPDX-License-Identifier: Apache-2.0
 *
 * PSCI calls to the firmware, by SMC or HVC as the board's devicetree says.
 */
#include "dev/firmware.h"

#include "arch/ops.h"
#include "config/config.h"
#include "lib/bug.h"

#define PSCI_CPU_ON       0xc4000003u
#define PSCI_SYSTEM_OFF   0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
#define NOT_SUPPORTED     (-1)

static int64_t call(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
    switch (config_global()->psci) {
    case HV_PSCI_SMC:
        return (int64_t)op_smc(id, a, b, c);
    case HV_PSCI_HVC:
        return (int64_t)op_hvc(id, a, b, c);
    default:
        return NOT_SUPPORTED; /* where there is no EL3, SMC would be undefined */
    }
}

bool firmware_cpu_on(uint64_t mpidr, uint64_t entry)
{
    return call(PSCI_CPU_ON, mpidr, entry, 0) == 0;
}

_Noreturn void firmware_system_off(void)
{
    call(PSCI_SYSTEM_OFF, 0, 0, 0);
    hv_bug("the firmware refused SYSTEM_OFF"); /* PSCI: the call does not return */
}

_Noreturn void firmware_system_reset(void)
{
    call(PSCI_SYSTEM_RESET, 0, 0, 0);
    hv_bug("the firmware refused SYSTEM_RESET"); /* as above */
}
