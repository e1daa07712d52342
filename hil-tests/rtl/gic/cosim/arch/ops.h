/* SPDX-License-Identifier: Apache-2.0
 *
 * The same names as hv-arm64/src/arch/ops.h, as far as the interrupt controller's sources use them:
 * system registers reach the simulated CPU interfaces, waiting lets simulated time pass, barriers
 * are the order in which accesses are made.
 */
#ifndef HV_ARCH_OPS_H
#define HV_ARCH_OPS_H

#include <stdint.h>

#include "binding.h"

#define REG(...)
#define REGS(...)
#define FIELD(...)
#define SYSREG(name, op0, op1, crn, crm, op2, access, meaning) \
    COSIM_##name = (op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2),
enum cosim_sysreg {
#include "regs/icc.def"
#include "regs/ich.def"
};
#undef REG
#undef REGS
#undef FIELD
#undef SYSREG

#define sysreg_read(name) cosim_access(COSIM_MRS, COSIM_##name, 8, 0)
#define sysreg_write(name, value) ((void)cosim_access(COSIM_MSR, COSIM_##name, 8, (uint64_t)(value)))

static inline void op_isb(void) {}
static inline void op_dsb_sy(void) {}
static inline void op_dsb_ish(void) {}
static inline void op_dsb_ishst(void) {}
static inline void op_dmb_ish(void) {}
static inline void op_sev(void) {}

static inline void op_cpu_relax(void)
{
    cosim_access(COSIM_TIME, 0, 0, 0);
}

static inline uint64_t op_pcpu_base(void)
{
    return cosim_pcpu_base();
}

#endif
