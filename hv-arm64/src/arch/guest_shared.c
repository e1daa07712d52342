/* SPDX-License-Identifier: Apache-2.0
 *
 * What of EL1's state is moved seldom: breakpoints and watchpoints, and deferred errors where the CPU has RAS.
 */
#include "arch/guest_shared.h"

#include "arch/ops.h"
#include "lib/bits.h"
#include "regs/regs.h"

bool guest_has_errors(void)
{
    return field_get(CPU_PFR0, RAS, sysreg_read(id_aa64pfr0_el1)) != 0;
}

#define SIXTEEN(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

void guest_debug_save(struct guest_debug *d)
{
    uint64_t dfr0 = sysreg_read(id_aa64dfr0_el1);
    uint64_t breakpoints = field_get(CPU_DFR0, BRPs, dfr0) + 1;
    uint64_t watchpoints = field_get(CPU_DFR0, WRPs, dfr0) + 1;

#define BREAKPOINT(n)                                  \
    if ((n) < breakpoints) {                           \
        d->bcr[n] = sysreg_read(dbgbcr##n##_el1);      \
        d->bvr[n] = sysreg_read(dbgbvr##n##_el1);      \
    }
    SIXTEEN(BREAKPOINT)
#define WATCHPOINT(n)                                  \
    if ((n) < watchpoints) {                           \
        d->wcr[n] = sysreg_read(dbgwcr##n##_el1);      \
        d->wvr[n] = sysreg_read(dbgwvr##n##_el1);      \
    }
    SIXTEEN(WATCHPOINT)
    d->mdccint = sysreg_read(mdccint_el1);
    d->claim = sysreg_read(dbgclaimclr_el1);
    d->os_lock = (sysreg_read(oslsr_el1) >> 1) & 1; /* OSLSR_EL1.OSLK */
}
#undef BREAKPOINT
#undef WATCHPOINT

void guest_debug_load(const struct guest_debug *d)
{
    uint64_t dfr0 = sysreg_read(id_aa64dfr0_el1);
    uint64_t breakpoints = field_get(CPU_DFR0, BRPs, dfr0) + 1;
    uint64_t watchpoints = field_get(CPU_DFR0, WRPs, dfr0) + 1;

#define BREAKPOINT(n)                                  \
    if ((n) < breakpoints) {                           \
        sysreg_write(dbgbvr##n##_el1, d->bvr[n]);      \
        sysreg_write(dbgbcr##n##_el1, d->bcr[n]);      \
    }
    SIXTEEN(BREAKPOINT)
#define WATCHPOINT(n)                                  \
    if ((n) < watchpoints) {                           \
        sysreg_write(dbgwvr##n##_el1, d->wvr[n]);      \
        sysreg_write(dbgwcr##n##_el1, d->wcr[n]);      \
    }
    SIXTEEN(WATCHPOINT)
    sysreg_write(mdccint_el1, d->mdccint);
    sysreg_write(dbgclaimclr_el1, 0xffu);
    sysreg_write(dbgclaimset_el1, d->claim);
    sysreg_write(oslar_el1, d->os_lock);
}

void guest_lazy_traps(struct guest_traps *t)
{
    uint64_t cptr = sysreg_read(cptr_el2) & ~field_mask(CPTR_EL2, TFP);
    uint64_t mdcr = sysreg_read(mdcr_el2) & ~field_mask(MDCR_EL2, TDA);

    *t = (struct guest_traps){
        .cptr = { cptr, cptr | field_mask(CPTR_EL2, TFP) },
        .mdcr = { mdcr, mdcr | field_mask(MDCR_EL2, TDA) },
    };
}
