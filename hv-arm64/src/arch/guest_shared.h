/* SPDX-License-Identifier: Apache-2.0
 *
 * What the CPU holds for a vCPU, kept in memory while another vCPU of the pCPU has its turn. FP and
 * SIMD registers, and breakpoints and watchpoints, are moved only when somebody else uses them:
 * until then an access traps. Arm DDI 0487, "AArch64 System Register Descriptions".
 */
#ifndef HV_ARCH_GUEST_SHARED_H
#define HV_ARCH_GUEST_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/frame.h"
#include "arch/ops.h"
#include "lib/bits.h"

#define DEBUG_PAIRS 16u /* breakpoints, and watchpoints: the most there can be */

struct guest_registers {
    uint64_t sctlr, cpacr, tcr, ttbr0, ttbr1, mair, amair, vbar, esr, far, afsr0, afsr1;
    uint64_t par, elr, spsr, sp_el0, sp_el1, tpidr_el0, tpidrro_el0, tpidr_el1, contextidr, csselr;
    uint64_t cntkctl;
    uint64_t hcr;            /* HCR_EL2, for VSE in it: the other bits are the same for all */
    uint64_t pc, pstate;     /* ELR_EL2, SPSR_EL2 */
    uint64_t cntv_cval, cntv_ctl, cntp_cval, cntp_ctl;
    uint64_t cntvoff;        /* changes only with a new life */
    uint64_t vsesr, vdisr;   /* where the CPU has RAS */
};

struct guest_fp {
    _Alignas(16) uint64_t v[64];
    uint64_t fpcr, fpsr;
};

struct guest_debug {
    uint64_t bcr[DEBUG_PAIRS], bvr[DEBUG_PAIRS], wcr[DEBUG_PAIRS], wvr[DEBUG_PAIRS];
    uint64_t mdccint, claim, os_lock, mdscr;
};

/* Two registers at a time, so that the compiler stores and loads them as pairs. guest_registers_reset() is the list of
 * what there is. */
#define GUEST_PAIRS(X)                                                          \
    X(sctlr, sctlr_el1, cpacr, cpacr_el1) X(tcr, tcr_el1, ttbr0, ttbr0_el1)   \
    X(ttbr1, ttbr1_el1, mair, mair_el1) X(amair, amair_el1, vbar, vbar_el1)   \
    X(esr, esr_el1, far, far_el1) X(afsr0, afsr0_el1, afsr1, afsr1_el1)       \
    X(par, par_el1, elr, elr_el1) X(spsr, spsr_el1, sp_el0, sp_el0)           \
    X(sp_el1, sp_el1, tpidr_el0, tpidr_el0)                                   \
    X(tpidrro_el0, tpidrro_el0, tpidr_el1, tpidr_el1)                         \
    X(contextidr, contextidr_el1, csselr, csselr_el1)                         \
    X(cntkctl, cntkctl_el1, hcr, hcr_el2) X(pc, elr_el2, pstate, spsr_el2)
#define GUEST_TIMER_PAIRS(X) \
    X(cntv_cval, cntv_cval_el0, cntv_ctl, cntv_ctl_el0) X(cntp_cval, cntp_cval_el0, cntp_ctl, cntp_ctl_el0)

#define GUEST_SAVE(field1, name1, field2, name2)    \
    {                                         \
        uint64_t one = sysreg_read(name1);    \
        uint64_t two = sysreg_read(name2);    \
        r->field1 = one;                      \
        r->field2 = two;                      \
    }
#define GUEST_LOAD(field1, name1, field2, name2)    \
    {                                         \
        uint64_t one = r->field1;             \
        uint64_t two = r->field2;             \
        sysreg_write(name1, one);             \
        sysreg_write(name2, two);             \
    }

/* All that is not lazy. Its timers are off afterwards: what they would do comes when they are given back. */
static inline void guest_registers_save(struct guest_registers *r)
{
    GUEST_PAIRS(GUEST_SAVE)
    GUEST_TIMER_PAIRS(GUEST_SAVE)
    sysreg_write(cntv_ctl_el0, 0u);
    sysreg_write(cntp_ctl_el0, 0u);
}

/* A timer's deadline before its control: it must not fire by the other's. */
static inline void guest_registers_load(const struct guest_registers *r)
{
    GUEST_PAIRS(GUEST_LOAD)
    sysreg_write(cntvoff_el2, r->cntvoff);
    GUEST_TIMER_PAIRS(GUEST_LOAD)
}

/* The CPU has RAS: errors can be deferred, and are a vCPU's own. */
bool guest_has_errors(void);
/* VSESR_EL2 and VDISR_EL2, by encoding: the assembler may be older than they are. */
static inline void guest_errors_save(struct guest_registers *r)
{
    uint64_t vsesr = sysreg_read(S3_4_C5_C2_3);
    uint64_t vdisr = sysreg_read(S3_4_C12_C1_1);

    r->vsesr = vsesr;
    r->vdisr = vdisr;
}
static inline void guest_errors_load(const struct guest_registers *r)
{
    uint64_t vsesr = r->vsesr, vdisr = r->vdisr;

    sysreg_write(S3_4_C5_C2_3, vsesr);
    sysreg_write(S3_4_C12_C1_1, vdisr);
}

/* MDSCR_EL1 has to be right whenever the vCPU runs, whoever the others are of. guest_debugs(): it lets debug exceptions
 * happen (SS, KDE, MDE), so that breakpoints must not wait for an access. */
static inline void guest_mdscr_save(struct guest_debug *d)
{
    d->mdscr = sysreg_read(mdscr_el1);
}
static inline void guest_mdscr_load(const struct guest_debug *d)
{
    sysreg_write(mdscr_el1, d->mdscr);
}
static inline bool guest_debugs(const struct guest_debug *d)
{
    return (d->mdscr & (BIT(0) | BIT(13) | BIT(15))) != 0;
}

/* fp_shared.S */
void guest_fp_save(struct guest_fp *fp);
void guest_fp_load(const struct guest_fp *fp);
void guest_debug_save(struct guest_debug *d);
void guest_debug_load(const struct guest_debug *d);

/* Values of CPTR_EL2 and MDCR_EL2 with which the next access of EL1 or EL0 to FP and SIMD registers, or to breakpoints and
 * watchpoints, traps; and those with which it does not. */
struct guest_traps {
    uint64_t cptr[2], mdcr[2]; /* [1]: traps */
};
void guest_lazy_traps(struct guest_traps *t);
static inline void guest_fp_trap(const struct guest_traps *t, bool on)
{
    sysreg_write(cptr_el2, t->cptr[on]);
}
static inline void guest_debug_trap(const struct guest_traps *t, bool on)
{
    sysreg_write(mdcr_el2, t->mdcr[on]);
}

#endif
