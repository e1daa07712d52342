/* SPDX-License-Identifier: Apache-2.0
 *
 * The debug registers of EL1: breakpoints and watchpoints are the guest's own, and off at its
 * start. EL2 takes no debug exception. Arm DDI 0487, "Debug registers".
 */
#include "arch/guest.h"
#include "arch/ops.h"
#include "lib/bits.h"
#include "regs/regs.h"

#define SIXTEEN(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

void guest_debug_reset(void)
{
    uint64_t dfr0 = sysreg_read(id_aa64dfr0_el1);
    uint64_t breakpoints = field_get(CPU_DFR0, BRPs, dfr0) + 1;
    uint64_t watchpoints = field_get(CPU_DFR0, WRPs, dfr0) + 1;

    sysreg_write(mdscr_el1, 0u);
    sysreg_write(oslar_el1, 1u); /* locked, as at reset */
    sysreg_write(mdccint_el1, 0u);
    sysreg_write(oseccr_el1, 0u); /* can be written while locked */
    sysreg_write(dbgclaimclr_el1, 0xffu);
#define BREAKPOINT(n)                          \
    if ((n) < breakpoints) {                   \
        sysreg_write(dbgbcr##n##_el1, 0u);     \
        sysreg_write(dbgbvr##n##_el1, 0u);     \
    }
    SIXTEEN(BREAKPOINT)
#define WATCHPOINT(n)                          \
    if ((n) < watchpoints) {                   \
        sysreg_write(dbgwcr##n##_el1, 0u);     \
        sysreg_write(dbgwvr##n##_el1, 0u);     \
    }
    SIXTEEN(WATCHPOINT)
}
