/* SPDX-License-Identifier: Apache-2.0
 *
 * The performance monitors of a pCPU, for a vCPU that has it alone (CONFIG_PART_<n>_PMU): native, with all event
 * counters, off at its start. What EL2 does is not counted: MDCR_EL2.HPMD and HCCD where the CPU has them; where it has
 * not, PMEVTYPER<n>_EL0.NSH and PMCCFILTR_EL0.NSH are zero unless the guest sets them. Arm DDI 0487, "The Performance
 * Monitors Extension".
 */
#include "arch/guest.h"
#include "arch/ops.h"
#include "lib/bits.h"
#include "regs/regs.h"

#define NOT_ARMS 15u
#define NEWEST 8u /* FEAT_PMUv3p8; what came later has registers that are trapped */

uint64_t guest_pmu_version(void)
{
    uint64_t version = field_get(CPU_DFR0, PMUVer, sysreg_read(id_aa64dfr0_el1));

    return version == NOT_ARMS ? 0 : version > NEWEST ? NEWEST : version;
}

void guest_pmu_stop(void)
{
    if (guest_pmu_version() == 0)
        return;
    sysreg_write(pmcr_el0, field_mask(PMCR_EL0, C) | field_mask(PMCR_EL0, P)); /* E is 0 */
    sysreg_write(pmcntenclr_el0, ~0u);
    sysreg_write(pmintenclr_el1, ~0u);
    sysreg_write(pmovsclr_el0, ~0u);
    op_isb();
}

void guest_pmu_give(void)
{
    uint64_t counters;

    if (guest_pmu_version() == 0)
        return;
    counters = field_get(PMCR_EL0, N, sysreg_read(pmcr_el0)); /* at EL2 this is the CPU's own number */
    guest_traps_give_pmu(counters);
    guest_pmu_stop();
    sysreg_write(pmuserenr_el0, 0u);
    sysreg_write(pmccfiltr_el0, 0u);
    sysreg_write(pmselr_el0, 0u);
    for (uint64_t n = counters; n-- > 0;) {
        sysreg_write(pmselr_el0, n);
        op_isb();
        sysreg_write(pmxevtyper_el0, 0u);
    }
}
