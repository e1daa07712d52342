/* SPDX-License-Identifier: Apache-2.0
 *
 * EL1 state: reset, traps, injected exceptions.
 */
#include "arch/guest.h"

#include "arch/fp.h"
#include "arch/ops.h"
#include "lib/bits.h"
#include "regs/regs.h"

#define SPSR_RESET 0x3c5u       /* EL1h, D A I F masked */
#define SPSR_EL1H 5u
#define SPSR_EL1T 4u
#define SPSR_DAIF 0x3c0u
#define SPSR_KEPT (field_mask(SPSR, NZCV) | BIT(24) | field_mask(SPSR, PAN)) /* and DIT */
#define SCTLR_EL1_RESET 0x30d00800u /* RES1 bits of Armv8.0, MMU and caches off, little endian */

void guest_timers_stop(void)
{
    sysreg_write(cntv_ctl_el0, 0u);
    sysreg_write(cntp_ctl_el0, 0u);
    op_isb();
}

void guest_timers_reset(uint64_t counter_offset)
{
    sysreg_write(cntvoff_el2, counter_offset);
    guest_timers_stop();
    sysreg_write(cntv_cval_el0, 0u);
    sysreg_write(cntp_cval_el0, 0u);
}

void guest_registers_reset(uint64_t vmpidr)
{
    sysreg_write(vmpidr_el2, vmpidr);
    sysreg_write(cntkctl_el1, 0u);
    sysreg_write(sctlr_el1, SCTLR_EL1_RESET);
    sysreg_write(cpacr_el1, 0u);
    sysreg_write(tcr_el1, 0u);
    sysreg_write(ttbr0_el1, 0u);
    sysreg_write(ttbr1_el1, 0u);
    sysreg_write(mair_el1, 0u);
    sysreg_write(amair_el1, 0u);
    sysreg_write(vbar_el1, 0u);
    sysreg_write(esr_el1, 0u);
    sysreg_write(far_el1, 0u);
    sysreg_write(afsr0_el1, 0u);
    sysreg_write(afsr1_el1, 0u);
    sysreg_write(par_el1, 0u);
    guest_error_reset();
    sysreg_write(elr_el1, 0u);
    sysreg_write(spsr_el1, 0u);
    sysreg_write(sp_el0, 0u);
    sysreg_write(sp_el1, 0u);
    sysreg_write(tpidr_el0, 0u);
    sysreg_write(tpidrro_el0, 0u);
    sysreg_write(tpidr_el1, 0u);
    sysreg_write(contextidr_el1, 0u);
    sysreg_write(csselr_el1, 0u);
    guest_debug_reset();
    sysreg_write(hcr_el2, sysreg_read(hcr_el2) & ~field_mask(HCR_EL2, VSE));
    fp_clear();
    op_isb();
}

void guest_set_entry(uint64_t pc)
{
    sysreg_write(elr_el2, pc);
    sysreg_write(spsr_el2, SPSR_RESET);
}

/* Offset from VBAR_EL1: DDI 0487, "Vector tables". */
static uint64_t vector_offset(uint64_t spsr)
{
    if (field_get(SPSR, M4, spsr))
        return 0x600; /* AArch32 EL0: the only AArch32 there is below an AArch64 EL1 */
    switch (field_get(SPSR, M, spsr)) {
    case SPSR_EL1H:
        return 0x200;
    case SPSR_EL1T:
        return 0x000;
    default:
        return 0x400;
    }
}

void guest_inject_sync(uint64_t esr, uint64_t far)
{
    uint64_t spsr = sysreg_read(spsr_el2);
    uint64_t new = (spsr & SPSR_KEPT) | SPSR_DAIF | SPSR_EL1H;
    bool has_pan = ((sysreg_read(id_aa64mmfr1_el1) >> 20) & 15) != 0;

    if (field_get(SPSR, M4, spsr))
        new &= ~BIT(24); /* DIT stands elsewhere in an AArch32 PSTATE; clear is its safe value */
    if (has_pan && !field_get(SCTLR_EL1, SPAN, sysreg_read(sctlr_el1)))
        new |= field_mask(SPSR, PAN);
    sysreg_write(spsr_el1, spsr);
    sysreg_write(elr_el1, sysreg_read(elr_el2));
    sysreg_write(esr_el1, esr);
    sysreg_write(far_el1, far);
    sysreg_write(elr_el2, sysreg_read(vbar_el1) + vector_offset(spsr));
    sysreg_write(spsr_el2, new);
}

void guest_inject_serror(void)
{
    sysreg_write(hcr_el2, sysreg_read(hcr_el2) | field_mask(HCR_EL2, VSE));
}

void guest_back_to_call(void)
{
    sysreg_write(elr_el2, sysreg_read(elr_el2) - 4);
}

/* Stepping, or AArch32 at EL0. */
void guest_skip_rest(uint64_t esr, uint64_t spsr)
{
    sysreg_write(elr_el2, sysreg_read(elr_el2) + (field_get(ESR_EL2, IL, esr) ? 4 : 2));
    if (field_get(SPSR, SS, spsr))
        sysreg_write(spsr_el2, spsr & ~field_mask(SPSR, SS)); /* the step is done */
    if (field_get(SPSR, M4, spsr)) {
        /* AArch32 IT block: DDI 0487, "Process state, PSTATE", ITSTATE in SPSR bits 15:10 and 26:25. */
        uint32_t it = (uint32_t)(((spsr >> 8) & 0xfc) | ((spsr >> 25) & 3));
        it = (it & 7) == 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
        spsr = sysreg_read(spsr_el2) & ~(0xfc00ull | 0x06000000ull);
        sysreg_write(spsr_el2, spsr | ((uint64_t)(it & 0xfc) << 8) | ((uint64_t)(it & 3) << 25));
    }
}
