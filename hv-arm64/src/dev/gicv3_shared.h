/* SPDX-License-Identifier: Apache-2.0
 *
 * GICv3's virtual CPU interface, put aside for one vCPU of a shared pCPU and given to the next. Functions of a
 * header, since a switch is made of them. Arm IHI 0069, "Virtual interrupt handling and prioritization".
 */
#ifndef HV_DEV_GICV3_SHARED_H
#define HV_DEV_GICV3_SHARED_H

#include "arch/ops.h"
#include "dev/gic.h"
#include "lib/bits.h"
#include "regs/regs.h"

struct gic_virtual {
    uint64_t vmcr, hcr;
    uint64_t active[4][2]; /* active priorities of group 0 and 1; [1] and on with more than five preemption bits */
    uint64_t lr[GIC_LR_MAX];
    uint32_t lr_used; /* bit n: lr[n] holds something */
    uint32_t lr_all;  /* constant, as the next: list registers there are, a bit each */
    uint32_t more;    /* preemption bits, if they need more than one register a group; else 0 */
};

/* gicv3_shared.c. Once, on the pCPU: what is constant. */
void gic_virtual_share(struct gic_virtual *v);
/* These list registers, which are not empty. Returns the PPIs among them that are active in hardware, a bit each. */
uint32_t gic_lrs_save(struct gic_virtual *v, uint32_t used);
void gic_lrs_load(const struct gic_virtual *v);
/* Where there are more than five preemption bits. */
void gic_more_active_save(struct gic_virtual *v);
void gic_more_active_load(const struct gic_virtual *v);
/* PPIs of this pCPU, a bit each. */
void gic_set_active_private(uint32_t bits);
void gic_clear_active_private(uint32_t bits);

/* The interface as the guest left it; nothing is pending in it afterwards. Returns as gic_lrs_save() does. */
static inline uint32_t gic_virtual_save(struct gic_virtual *v)
{
    uint32_t used = v->lr_all & ~(uint32_t)sysreg_read(ICH_ELRSR_EL2);
    uint64_t vmcr = sysreg_read(ICH_VMCR_EL2);
    uint64_t hcr = sysreg_read(ICH_HCR_EL2);
    uint64_t group0 = sysreg_read(ICH_AP0R0_EL2);
    uint64_t group1 = sysreg_read(ICH_AP1R0_EL2);

    v->vmcr = vmcr;
    v->hcr = hcr;
    v->active[0][0] = group0;
    v->active[0][1] = group1;
    v->lr_used = used;
    return used != 0 ? gic_lrs_save(v, used) : 0;
}

static inline void gic_virtual_load(const struct gic_virtual *v)
{
    uint64_t vmcr = v->vmcr, hcr = v->hcr;
    uint64_t group0 = v->active[0][0], group1 = v->active[0][1];

    if (v->lr_used != 0)
        gic_lrs_load(v);
    sysreg_write(ICH_AP0R0_EL2, group0);
    sysreg_write(ICH_AP1R0_EL2, group1);
    sysreg_write(ICH_VMCR_EL2, vmcr);
    sysreg_write(ICH_HCR_EL2, hcr);
}

/* Nobody's: no maintenance interrupt comes. */
static inline void gic_virtual_off(void)
{
    sysreg_write(ICH_HCR_EL2, 0u);
}

/* As gic_ack() and gic_end(), for the one path that cannot afford a call. */
static inline uint32_t gic_ack_inline(void)
{
    return (uint32_t)sysreg_read(ICC_IAR1_EL1);
}

static inline void gic_end_inline(uint32_t intid)
{
    sysreg_write(ICC_EOIR1_EL1, intid);
    sysreg_write(ICC_DIR_EL1, intid);
}

#endif
