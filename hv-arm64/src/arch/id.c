/* SPDX-License-Identifier: Apache-2.0
 *
 * The ID registers of the CPU, cut down to what a partition may use (regs/id.def).
 */
#include "arch/id.h"

#include "arch/ops.h"
#include "hv_counts.h"
#include "lib/bits.h"

#define REG(...)
#define REGS(...)
#define SYSREG(name, op0, op1, crn, crm, op2, access, meaning) name##_NUMBER = 8 * (crm) + (op2),
#define FIELD(reg, field, hi, lo, meaning)
enum id_number {
#include "regs/id.def"
};
#undef SYSREG
#undef FIELD

#define SYSREG(name, op0, op1, crn, crm, op2, access, meaning)
#define FIELD(reg, field, hi, lo, meaning) { reg##_NUMBER, hi, lo },
static const struct {
    uint8_t number, high, low;
} shown[] = {
#include "regs/id.def"
};
#undef SYSREG
#undef FIELD

#define CSV2_LO 56
#define EL1_LO 4
#define GIC_LO 24
#define DOUBLE_LOCK_LO 36
#define PMUVER_LO 8
#define PERFMON_LO 24
#define NIBBLE(lo) (15ull << (lo))

static uint64_t real(uint32_t number)
{
    switch (number) {
#define ONE(crm, op2) case 8 * (crm) + (op2): return sysreg_read(S3_0_C0_C##crm##_##op2);
#define OF_CRM(crm) ONE(crm, 0) ONE(crm, 1) ONE(crm, 2) ONE(crm, 3) ONE(crm, 4) ONE(crm, 5) ONE(crm, 6) ONE(crm, 7)
    OF_CRM(1) OF_CRM(2) OF_CRM(3) OF_CRM(4) OF_CRM(5) OF_CRM(6) OF_CRM(7)
    default:
        return 0;
    }
}

static uint64_t shown_bits(uint32_t number)
{
    uint64_t bits = 0;

    for (uint32_t i = 0; i < ARRAY_COUNT(shown); i++)
        if (shown[i].number == number)
            bits |= FIELD_WIDTH_MASK((uint64_t)shown[i].high, (uint64_t)shown[i].low) << shown[i].low;
    return bits;
}

/* Fields that are shown with another value than the CPU's. */
static uint64_t corrected(uint32_t number, uint64_t value, uint64_t pmu)
{
    if (number == ID_AA64PFR0_EL1_NUMBER) {
        value = (value & ~NIBBLE(EL1_LO)) | BIT(EL1_LO); /* HCR_EL2.RW: AArch64 only */
        if ((value & NIBBLE(CSV2_LO)) > BIT(CSV2_LO))
            value = (value & ~NIBBLE(CSV2_LO)) | BIT(CSV2_LO);
        if (HV_GIC_VERSION < 3)
            value &= ~NIBBLE(GIC_LO); /* ICC registers are not there */
    } else if (number == ID_AA64DFR0_EL1_NUMBER) {
        value |= NIBBLE(DOUBLE_LOCK_LO); /* OSDLR_EL1 is RAZ/WI */
        value = (value & ~NIBBLE(PMUVER_LO)) | pmu << PMUVER_LO;
    } else if (number == ID_DFR0_EL1_NUMBER) {
        if ((value & NIBBLE(PERFMON_LO)) > pmu << PERFMON_LO)
            value = (value & ~NIBBLE(PERFMON_LO)) | pmu << PERFMON_LO;
    }
    return value;
}

uint64_t id_register(uint32_t crm, uint32_t op2, uint64_t pmu)
{
    uint32_t number = 8 * crm + op2;
    uint64_t bits = shown_bits(number);

    return bits != 0 ? corrected(number, real(number) & bits, pmu) : 0;
}
