/* SPDX-License-Identifier: Apache-2.0
 *
 * The EL1 state that the CPU holds for a vCPU: its reset values, and the traps EL2 sets around
 * it. Arm DDI 0487, "AArch64 System Register Descriptions".
 */
#ifndef HV_ARCH_GUEST_H
#define HV_ARCH_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/frame.h"
#include "arch/ops.h"
#include "lib/bits.h"
#include "regs/regs.h"

/* guest_traps.c, once on each pCPU: what is trapped and where EL1's interrupts go. */
void guest_traps_init(void);
/* All of EL1's and EL0's registers but the timers', FP and SIMD included, as a vCPU has them at reset. */
void guest_registers_reset(uint64_t vmpidr);
/* Timers as at reset; the virtual count is 0 where the physical one is this. */
void guest_timers_reset(uint64_t counter_offset);
/* guest_traps.c: EL1 and EL0 have the performance monitors, with all `counters` of their event counters. */
void guest_traps_give_pmu(uint64_t counters);
/* guest_pmu.c: a version that guests may be shown; 0: the CPU has none. */
uint64_t guest_pmu_version(void);
/* The vCPU has the monitors of its pCPU, as at reset. None, if the CPU has none. */
void guest_pmu_give(void);
/* They count nothing and interrupt nobody. Of a vCPU that has them. */
void guest_pmu_stop(void);
/* guest_debug.c: breakpoints, watchpoints and single step off. Part of guest_registers_reset(). */
void guest_debug_reset(void);
/* guest_traps.c: no virtual SError is deferred. Part of guest_registers_reset(). */
void guest_error_reset(void);
/* Timers off: nothing of this vCPU will fire while it is stopped. */
void guest_timers_stop(void);
/* ELR_EL2 and SPSR_EL2 for the first instruction at EL1: AArch64, EL1h, all interrupts masked. */
void guest_set_entry(uint64_t pc);
/* The running guest takes an exception to EL1 with this syndrome. */
void guest_inject_sync(uint64_t esr, uint64_t far);
/* A virtual SError is pending from now on; is one? */
void guest_inject_serror(void);
static inline bool guest_serror_pending(void)
{
    return (sysreg_read(hcr_el2) & field_mask(HCR_EL2, VSE)) != 0;
}
/* An HVC leaves the PC behind itself: back to it, as if it had trapped. */
void guest_back_to_call(void);
void guest_skip_rest(uint64_t esr, uint64_t spsr);
/* The trapped instruction counts as executed. */
static inline void guest_skip_instruction(uint64_t esr)
{
    uint64_t spsr = sysreg_read(spsr_el2);

    if (spsr & (field_mask(SPSR, SS) | field_mask(SPSR, M4)))
        guest_skip_rest(esr, spsr);
    else
        sysreg_write(elr_el2, sysreg_read(elr_el2) + 4); /* A64 instructions have 4 bytes */
}

#endif
