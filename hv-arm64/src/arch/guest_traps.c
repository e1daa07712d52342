/* SPDX-License-Identifier: Apache-2.0
 *
 * What of EL1 traps to EL2. docs/cpu.md has it as a table. A register that the architecture lets EL2
 * trap, and that sysreg.c does not emulate, is undefined to guests. Arm DDI 0487, "AArch64 System
 * Register Descriptions".
 */
#include "arch/guest.h"
#include "arch/ops.h"
#include "lib/bits.h"
#include "regs/regs.h"

/* By encoding: the assembler may be older than the register. */
#define HCRX_EL2 S3_4_C1_C2_2
#define HFGRTR_EL2 S3_4_C1_C1_4
#define HFGWTR_EL2 S3_4_C1_C1_5
#define HFGITR_EL2 S3_4_C1_C1_6
#define HDFGRTR_EL2 S3_4_C3_C1_4
#define HDFGWTR_EL2 S3_4_C3_C1_5
#define HAFGRTR_EL2 S3_4_C3_C1_6
#define HFGRTR2_EL2 S3_4_C3_C1_2
#define HFGWTR2_EL2 S3_4_C3_C1_3
#define HDFGRTR2_EL2 S3_4_C3_C1_0
#define HDFGWTR2_EL2 S3_4_C3_C1_1
#define HFGITR2_EL2 S3_4_C3_C1_7
#define VSESR_EL2 S3_4_C5_C2_3
#define VDISR_EL2 S3_4_C12_C1_1
#define WRITE(name, value) WRITE_(name, value)
#define WRITE_(name, value) sysreg_write(name, value)

#define HCR                                                                                                    \
    (field_mask(HCR_EL2, VM) | field_mask(HCR_EL2, SWIO) | field_mask(HCR_EL2, PTW) | field_mask(HCR_EL2, FMO) | \
     field_mask(HCR_EL2, IMO) | field_mask(HCR_EL2, AMO) | field_mask(HCR_EL2, FB) | field_put(HCR_EL2, BSU, 1) | \
     field_mask(HCR_EL2, TID1) | field_mask(HCR_EL2, TID3) | field_mask(HCR_EL2, TSC) |                         \
     field_mask(HCR_EL2, TIDCP) | field_mask(HCR_EL2, TACR) | field_mask(HCR_EL2, RW) |                         \
     field_mask(HCR_EL2, TLOR) | field_mask(HCR_EL2, TERR) | field_mask(HCR_EL2, TID5))
#define HCRX_TALLINT BIT(6) /* trap MSR ALLINT */
#define CPTR_RES1 0x33ffu /* TZ and TSM among them, TFP not */
#define MDCR                                                                                                   \
    (field_mask(MDCR_EL2, TPMCR) | field_mask(MDCR_EL2, TPM) | field_mask(MDCR_EL2, TDOSA) |                    \
     field_mask(MDCR_EL2, TDRA) | field_mask(MDCR_EL2, TPMS) | field_mask(MDCR_EL2, HPMD) |                     \
     field_mask(MDCR_EL2, HCCD) | field_mask(MDCR_EL2, TTRF) | field_mask(MDCR_EL2, TDCC))
#define FGT_READ                                                                                               \
    (field_mask(HFGRTR_EL2, KEYS) | field_mask(HFGRTR_EL2, LOR) | field_mask(HFGRTR_EL2, SCXTNUM) |             \
     field_mask(HFGRTR_EL2, ERR))
/* Bits of registers that are read-only are reserved in the trap register of writes: LORID, ERRIDR, ERXFR, ERXPFGF. */
#define FGT_WRITE (FGT_READ & ~(BIT(21) | BIT(40) | BIT(42) | BIT(46)))
#define FGT_PMU (field_mask(HDFGRTR_EL2, PMU) | field_mask(HDFGRTR_EL2, PMU_EL0))
#define FGT_DEBUG                                                                                              \
    (field_mask(HDFGRTR_EL2, OSECCR) | FGT_PMU | field_mask(HDFGRTR_EL2, SPE) | field_mask(HDFGRTR_EL2, TRACE) | \
     field_mask(HDFGRTR_EL2, PMBIDR))

/* Bits whose names begin with n trap when they are zero. */
static void fine_grained_traps(void)
{
    uint64_t level = field_get(CPU_MMFR0, FGT, sysreg_read(id_aa64mmfr0_el1));

    if (level == 0)
        return;
    WRITE(HFGRTR_EL2, FGT_READ);
    WRITE(HFGWTR_EL2, FGT_WRITE);
    WRITE(HFGITR_EL2, 0u);
    WRITE(HDFGRTR_EL2, FGT_DEBUG);
    WRITE(HDFGWTR_EL2, FGT_DEBUG);
    if (field_get(CPU_PFR0, AMU, sysreg_read(id_aa64pfr0_el1)) != 0)
        WRITE(HAFGRTR_EL2, ~0ull); /* bits that are not there are ignored */
    if (level == 1)
        return;
    WRITE(HFGRTR2_EL2, 0u);
    WRITE(HFGWTR2_EL2, 0u);
    WRITE(HFGITR2_EL2, 0u);
    WRITE(HDFGRTR2_EL2, 0u);
    WRITE(HDFGWTR2_EL2, 0u);
}

void guest_traps_init(void)
{
    sysreg_write(hcr_el2, HCR);
    sysreg_write(cptr_el2, CPTR_RES1 | field_mask(CPTR_EL2, TTA) | field_mask(CPTR_EL2, TAM));
    sysreg_write(mdcr_el2, (sysreg_read(mdcr_el2) & field_mask(MDCR_EL2, HPMN)) | MDCR);
    sysreg_write(hstr_el2, 0u);
    sysreg_write(cnthctl_el2, field_mask(CNTHCTL_EL2, EL1PCTEN) | field_mask(CNTHCTL_EL2, EL1PCEN));
    sysreg_write(vpidr_el2, sysreg_read(midr_el1));
    if (field_get(CPU_MMFR1, HCX, sysreg_read(id_aa64mmfr1_el1)) != 0)
        WRITE(HCRX_EL2, HCRX_TALLINT); /* everything that it could let through is off */
    fine_grained_traps();
    op_isb();
}

void guest_traps_give_pmu(uint64_t counters)
{
    uint64_t traps = field_mask(MDCR_EL2, TPMCR) | field_mask(MDCR_EL2, TPM) | field_mask(MDCR_EL2, HPMN);

    sysreg_write(mdcr_el2, (sysreg_read(mdcr_el2) & ~traps) | field_put(MDCR_EL2, HPMN, counters));
    if (field_get(CPU_MMFR0, FGT, sysreg_read(id_aa64mmfr0_el1)) == 0)
        return;
    WRITE(HDFGRTR_EL2, FGT_DEBUG & ~FGT_PMU);
    WRITE(HDFGWTR_EL2, FGT_DEBUG & ~FGT_PMU);
}

void guest_error_reset(void)
{
    if (field_get(CPU_PFR0, RAS, sysreg_read(id_aa64pfr0_el1)) == 0)
        return;
    WRITE(VSESR_EL2, 0u);
    WRITE(VDISR_EL2, 0u); /* what a guest sees as DISR_EL1 */
}
