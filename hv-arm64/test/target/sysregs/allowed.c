/* SPDX-License-Identifier: Apache-2.0
 *
 * What a guest may execute of the system instructions, by encoding: everything else is undefined.
 * docs/cpu.md says why the rows marked "hidden" are here although their feature is not shown.
 */
#include "sweep.h"

#include "guest.h"

enum { R = 1, W = 2, RW = 3 };

#define ALL 0xffu
#define OP2(n) (1u << (n))

struct row {
    uint8_t op0, op1, crn, crm_first, crm_last, op2, direction;
};

static const struct row rows[] = {
    /* hints, barriers and MSR to PSTATE */
    {0, 3, 2, 0, 15, ALL, W},                                        /* hints: NOP where nothing is implemented */
    {0, 3, 3, 0, 15, OP2(1) | OP2(2) | OP2(4) | OP2(5) | OP2(6) | OP2(7), W}, /* DSB nXS (hidden), CLREX, DSB, DMB, ISB, SB */
    /* cache, address translation, prediction, TLB */
    {1, 0, 7, 1, 1, OP2(0), W},                                      /* IC IALLUIS */
    {1, 0, 7, 5, 5, OP2(0), W},                                      /* IC IALLU */
    {1, 0, 7, 6, 6, OP2(1) | OP2(2), W},                             /* DC IVAC, ISW */
    {1, 0, 7, 8, 8, OP2(0) | OP2(1) | OP2(2) | OP2(3), W},           /* AT S1E1R, S1E1W, S1E0R, S1E0W */
    {1, 0, 7, 9, 9, OP2(0) | OP2(1), W},                             /* AT S1E1RP, S1E1WP */
    {1, 0, 7, 10, 10, OP2(2), W},                                    /* DC CSW */
    {1, 0, 7, 14, 14, OP2(2), W},                                    /* DC CISW */
    {1, 0, 8, 1, 7, ALL, W},                                         /* TLBI */
    {1, 0, 9, 1, 7, ALL, W},                                         /* TLBI nXS (hidden) */
    {1, 3, 7, 3, 3, OP2(4) | OP2(5) | OP2(7), W},                    /* CFP, DVP, CPP RCTX */
    {1, 3, 7, 4, 4, OP2(1) | OP2(3) | OP2(4), W},                    /* DC ZVA; GVA, GZVA (hidden) */
    {1, 3, 7, 5, 5, OP2(1), W},                                      /* IC IVAU */
    {1, 3, 7, 10, 10, OP2(1) | OP2(3) | OP2(5), W},                  /* DC CVAC; CGVAC, CGDVAC (hidden) */
    {1, 3, 7, 11, 11, OP2(1), W},                                    /* DC CVAU */
    {1, 3, 7, 12, 13, OP2(1) | OP2(3) | OP2(5), W},                  /* DC CVAP, CVADP; their tags (hidden) */
    {1, 3, 7, 14, 14, OP2(1) | OP2(3) | OP2(5), W},                  /* DC CIVAC; CIGVAC, CIGDVAC (hidden) */
    /* debug */
    {2, 0, 0, 0, 15, OP2(4) | OP2(5) | OP2(6) | OP2(7), RW},         /* DBGBVR, DBGBCR, DBGWVR, DBGWCR */
    {2, 0, 0, 2, 2, OP2(2), RW},                                     /* MDSCR_EL1 */
    {2, 0, 1, 0, 0, OP2(4), W},                                      /* OSLAR_EL1 */
    {2, 0, 1, 1, 1, OP2(4), R},                                      /* OSLSR_EL1 */
    {2, 0, 1, 3, 4, OP2(4), RW},                                     /* OSDLR_EL1, DBGPRCR_EL1: RAZ/WI */
    {2, 0, 7, 8, 9, OP2(6), RW},                                     /* DBGCLAIMSET_EL1, DBGCLAIMCLR_EL1 */
    {2, 0, 7, 14, 14, OP2(6), R},                                    /* DBGAUTHSTATUS_EL1 */
    /* identification */
    {3, 0, 0, 0, 0, OP2(0) | OP2(5) | OP2(6), R},                    /* MIDR_EL1, MPIDR_EL1, REVIDR_EL1 */
    {3, 0, 0, 1, 7, ALL, R},                                         /* the feature registers */
    {3, 1, 0, 0, 0, OP2(0) | OP2(1) | OP2(2) | OP2(7), R},           /* CCSIDR_EL1, CLIDR_EL1, CCSIDR2_EL1, AIDR_EL1 */
    {3, 2, 0, 0, 0, OP2(0), RW},                                     /* CSSELR_EL1 */
    {3, 3, 0, 0, 0, OP2(1) | OP2(7), R},                             /* CTR_EL0, DCZID_EL0 */
    /* EL1 */
    {3, 0, 1, 0, 0, OP2(0) | OP2(2), RW},                            /* SCTLR_EL1, CPACR_EL1 */
    {3, 0, 2, 0, 0, OP2(0) | OP2(1) | OP2(2), RW},                   /* TTBR0_EL1, TTBR1_EL1, TCR_EL1 */
    {3, 0, 4, 0, 0, OP2(0) | OP2(1), RW},                            /* SPSR_EL1, ELR_EL1 */
    {3, 0, 4, 1, 1, OP2(0), RW},                                     /* SP_EL0 */
    {3, 0, 4, 2, 2, OP2(0) | OP2(2) | OP2(3) | OP2(4), RW},          /* SPSel, CurrentEL, PAN, UAO */
    {3, 0, 4, 3, 3, OP2(0), R},                                      /* ALLINT (hidden) */
    {3, 0, 4, 6, 6, OP2(0), RW},                                     /* ICC_PMR_EL1 */
    {3, 0, 5, 1, 1, OP2(0) | OP2(1), RW},                            /* AFSR0_EL1, AFSR1_EL1 */
    {3, 0, 5, 2, 2, OP2(0), RW},                                     /* ESR_EL1 */
    {3, 0, 6, 0, 0, OP2(0), RW},                                     /* FAR_EL1 */
    {3, 0, 7, 4, 4, OP2(0), RW},                                     /* PAR_EL1 */
    {3, 0, 10, 2, 3, OP2(0), RW},                                    /* MAIR_EL1, AMAIR_EL1 */
    {3, 0, 12, 0, 0, OP2(0), RW},                                    /* VBAR_EL1 */
    {3, 0, 12, 1, 1, OP2(0), R},                                     /* ISR_EL1 */
    {3, 0, 12, 1, 1, OP2(1), RW},                                    /* DISR_EL1 (hidden) */
    {3, 0, 13, 0, 0, OP2(1) | OP2(4), RW},                           /* CONTEXTIDR_EL1, TPIDR_EL1 */
    {3, 0, 14, 1, 1, OP2(0), RW},                                    /* CNTKCTL_EL1 */
    /* GIC CPU interface */
    {3, 0, 12, 8, 8, OP2(0) | OP2(2), R},                            /* ICC_IAR0_EL1, HPPIR0 */
    {3, 0, 12, 8, 8, OP2(1), W},                                     /* ICC_EOIR0_EL1 */
    {3, 0, 12, 8, 8, OP2(3) | OP2(4) | OP2(5) | OP2(6) | OP2(7), RW}, /* ICC_BPR0_EL1, AP0R<n> */
    {3, 0, 12, 9, 9, OP2(0) | OP2(1) | OP2(2) | OP2(3), RW},         /* ICC_AP1R<n>_EL1 */
    {3, 0, 12, 9, 9, OP2(5), R},                                     /* ICC_NMIAR1_EL1 (hidden) */
    {3, 0, 12, 11, 11, OP2(1) | OP2(5) | OP2(6) | OP2(7), W},        /* ICC_DIR, SGI1R, ASGI1R, SGI0R */
    {3, 0, 12, 11, 11, OP2(3), R},                                   /* ICC_RPR_EL1 */
    {3, 0, 12, 12, 12, OP2(0) | OP2(2), R},                          /* ICC_IAR1_EL1, HPPIR1 */
    {3, 0, 12, 12, 12, OP2(1), W},                                   /* ICC_EOIR1_EL1 */
    {3, 0, 12, 12, 12, OP2(3) | OP2(4) | OP2(5) | OP2(6) | OP2(7), RW}, /* ICC_BPR1, CTLR, SRE, IGRPEN0, IGRPEN1 */
    /* EL0 */
    {3, 3, 2, 4, 4, OP2(0) | OP2(1), R},                             /* RNDR, RNDRRS */
    {3, 3, 4, 2, 2, OP2(0) | OP2(1) | OP2(5) | OP2(6) | OP2(7), RW}, /* NZCV, DAIF, DIT, SSBS, TCO (hidden) */
    {3, 3, 4, 4, 4, OP2(0) | OP2(1), RW},                            /* FPCR, FPSR */
    {3, 3, 13, 0, 0, OP2(2) | OP2(3), RW},                           /* TPIDR_EL0, TPIDRRO_EL0 */
    {3, 3, 14, 0, 0, OP2(0) | OP2(1) | OP2(2) | OP2(5) | OP2(6), R}, /* CNTFRQ, CNTPCT, CNTVCT, CNTPCTSS, CNTVCTSS (hidden) */
    {3, 3, 14, 2, 3, OP2(0) | OP2(1) | OP2(2), RW},                  /* CNTP and CNTV: TVAL, CTL, CVAL */
};

/* The performance monitors, where the partition has them: PMUv3p8 at most. */
static const struct row monitors[] = {
    {3, 0, 9, 14, 14, OP2(1) | OP2(2), RW},                          /* PMINTENSET_EL1, PMINTENCLR_EL1 */
    {3, 0, 9, 14, 14, OP2(6), R},                                    /* PMMIR_EL1 */
    {3, 3, 9, 12, 12, OP2(0) | OP2(1) | OP2(2) | OP2(3) | OP2(5), RW}, /* PMCR, PMCNTENSET, PMCNTENCLR, PMOVSCLR, PMSELR */
    {3, 3, 9, 12, 12, OP2(4), W},                                    /* PMSWINC_EL0 */
    {3, 3, 9, 12, 12, OP2(6) | OP2(7), R},                           /* PMCEID0_EL0, PMCEID1_EL0 */
    {3, 3, 9, 13, 13, OP2(0) | OP2(1) | OP2(2), RW},                 /* PMCCNTR, PMXEVTYPER, PMXEVCNTR */
    {3, 3, 9, 14, 14, OP2(0) | OP2(3), RW},                          /* PMUSERENR_EL0, PMOVSSET_EL0 */
    {3, 3, 14, 8, 15, ALL, RW},                                      /* PMEVCNTR<n>_EL0, PMEVTYPER<n>_EL0, PMCCFILTR_EL0 */
};

/* On a CPU without fine-grained traps only MDCR_EL2.TDA would catch these, and take the breakpoints along. */
static const struct {
    uint8_t op0, op1, crn, crm, op2;
} without_fgt[] = {
    {2, 0, 0, 0, 2}, /* OSDTRRX_EL1 */
    {2, 0, 0, 2, 0}, /* MDCCINT_EL1 */
    {2, 0, 0, 3, 2}, /* OSDTRTX_EL1 */
    {2, 0, 0, 6, 2}, /* OSECCR_EL1 */
    {2, 3, 0, 1, 0}, /* MDCCSR_EL0 */
    {2, 3, 0, 4, 0}, /* DBGDTR_EL0 */
    {2, 3, 0, 5, 0}, /* DBGDTRRX_EL0, DBGDTRTX_EL0 */
};

/* The sweep's own view of the CPU: MIDR_EL1 is not changed. Parts before Armv8.6 have no FEAT_FGT. */
static bool has_fgt(void)
{
    uint32_t part = (uint32_t)(sysreg_read(midr_el1) >> 4) & 0xfff;

    return part != 0xd03 && part != 0xd08 && part != 0xd0b && part != 0xd0c; /* Cortex-A53, A72, A76, Neoverse N1 */
}

static bool has_monitors(void) { return (sysreg_read(id_aa64dfr0_el1) >> 8 & 15) != 0; }

static bool named(const struct row *row, uint32_t count, uint32_t e, uint32_t direction)
{
    uint32_t op0 = e >> 14, op1 = e >> 11 & 7, crn = e >> 7 & 15, crm = e >> 3 & 15, op2 = e & 7;

    for (; count-- > 0; row++)
        if (row->op0 == op0 && row->op1 == op1 && row->crn == crn && crm >= row->crm_first && crm <= row->crm_last &&
            (row->op2 & OP2(op2)) && (row->direction & direction))
            return true;
    return false;
}

bool sweep_allowed(uint32_t e, bool read)
{
    uint32_t op0 = e >> 14, op1 = e >> 11 & 7, crn = e >> 7 & 15, crm = e >> 3 & 15, op2 = e & 7;

    if (named(rows, sizeof(rows) / sizeof(rows[0]), e, read ? R : W))
        return true;
    if (has_monitors() && named(monitors, sizeof(monitors) / sizeof(monitors[0]), e, read ? R : W))
        return true;
    for (uint32_t i = 0; i < sizeof(without_fgt) / sizeof(without_fgt[0]) && !has_fgt(); i++)
        if (without_fgt[i].op0 == op0 && without_fgt[i].op1 == op1 && without_fgt[i].crn == crn &&
            without_fgt[i].crm == crm && without_fgt[i].op2 == op2)
            return true;
    return false;
}
