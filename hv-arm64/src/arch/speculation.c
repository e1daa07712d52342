/* SPDX-License-Identifier: Apache-2.0
 *
 * By the CPU's own feature fields, and for older parts by MIDR_EL1: Arm's list of affected CPUs, "Arm CPU
 * security update: speculative processor vulnerability".
 */
#include "arch/speculation.h"

#include <stdbool.h>

#include "arch/ops.h"
#include "lib/bits.h"
#include "regs/regs.h"

#define NOT_NEEDED 1 /* of workarounds 1 and 3: the call may be made, and does nothing */
#define NOT_SUPPORTED (-1)
#define NOT_REQUIRED (-2) /* of workaround 2 */

#define ARM 0x41u
#define CORTEX_A53 0xd03u
#define CORTEX_A35 0xd04u
#define CORTEX_A55 0xd05u

/* These issue in order and are on none of the lists. */
static bool speculates_little(void)
{
    uint64_t midr = sysreg_read(midr_el1);
    uint64_t part = field_get(CPU_MIDR, PartNum, midr);

    return field_get(CPU_MIDR, Implementer, midr) == ARM &&
           (part == CORTEX_A53 || part == CORTEX_A35 || part == CORTEX_A55);
}

static uint64_t csv2(void)
{
    return field_get(CPU_PFR0, CSV2, sysreg_read(id_aa64pfr0_el1));
}

int64_t speculation_workaround_1(void)
{
    return csv2() != 0 || speculates_little() ? NOT_NEEDED : NOT_SUPPORTED;
}

/* Where PSTATE.SSBS is, the guest has the switch in its own hands, and the call is not there. */
int64_t speculation_workaround_2(void)
{
    return speculates_little() ? NOT_REQUIRED : NOT_SUPPORTED;
}

int64_t speculation_workaround_3(void)
{
    return csv2() >= 3 || speculates_little() ? NOT_NEEDED : NOT_SUPPORTED;
}
