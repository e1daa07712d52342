/* SPDX-License-Identifier: Apache-2.0
 *
 * SGIs as a GICv3 sends them: by a system register, with the target's affinity. Arm IHI 0069,
 * "ICC_SGI1R_EL1". Most go to one vCPU and find everything as it was the last time: that has a
 * short way.
 */
#include "lib/bits.h"
#include "regs/regs.h"
#include "vdev/vgic_state.h"
#include "vdev/vgicv3_short.h"

#define MORE_THAN_A_LIST                                                                                        \
    (field_mask(ICC_SGI1R_EL1, IRM) | field_mask(ICC_SGI1R_EL1, RS) | field_mask(ICC_SGI1R_EL1, Aff1) |          \
     field_mask(ICC_SGI1R_EL1, Aff2) | field_mask(ICC_SGI1R_EL1, Aff3))

/* The vCPUs that a write of ICC_SGI1R_EL1 names, by index: at most 16, a target list has no more. */
static uint32_t sgi_targets(const struct vgic_cpu *cpu, uint64_t sgir)
{
    uint32_t all = cpu->common->cpu_mask;

    if ((sgir & MORE_THAN_A_LIST) == 0)
        return all & (uint32_t)field_get(ICC_SGI1R_EL1, TargetList, sgir);
    if (field_get(ICC_SGI1R_EL1, IRM, sgir))
        return all & ~(uint32_t)BIT(cpu->index);
    return 0; /* affinities that no vCPU has */
}

static void send_sgi(struct vgic_cpu *from, struct vgic_cpu *to, uint32_t intid, uint32_t group)
{
    if (((vgic_load(&to->word.group) >> intid) & 1) != group)
        return;
    atomic_fetch_or(&to->word.pending, (uint32_t)BIT(intid));
    if (to == from)
        vgic_flush(to->vcpu);
    else
        gic_send_sgi(to->pcpu, GIC_SGI_VGIC);
}

void vgic_send_sgi(struct vgic_cpu *cpu, uint64_t sgir, uint32_t group)
{
    uint32_t intid = (uint32_t)field_get(ICC_SGI1R_EL1, INTID, sgir);

    for (uint32_t targets = sgi_targets(cpu, sgir); targets != 0; targets &= targets - 1)
        send_sgi(cpu, cpu->common->first + bits_lowest(targets), intid, group);
}

/* Into a list register, if it is known how: its entry says that it is enabled, its group too, and nothing waits. Only
 * register 0 may be in use, and not by the same one. */
static bool put_sgi(struct vgic_cpu *cpu, uint32_t intid)
{
    uint64_t lr = cpu->sgi[intid];

    if (lr == VGIC_DIRECT_NONE || cpu->lr_intid[0] == intid || !gic_lr_put_sgi(lr, cpu->lr_all))
        return false;
    cpu->lr_intid[GIC_LR_SGI] = intid;
    return true;
}

bool vgic_send_sgi_short(struct vgic_cpu *cpu, uint64_t sgir)
{
    uint32_t intid = (uint32_t)field_get(ICC_SGI1R_EL1, INTID, sgir);
    uint32_t targets = (uint32_t)sgir & cpu->common->cpu_mask;
    struct vgic_cpu *to;

    if ((sgir & MORE_THAN_A_LIST) != 0 || targets == 0 || (targets & (targets - 1)) != 0)
        return false;
    if (targets >> cpu->index == 1)
        return ((vgic_load(&cpu->word.group) >> intid) & 1) && put_sgi(cpu, intid);
    to = cpu->common->first + bits_lowest(targets);
    if ((vgic_load(&to->word.group) >> intid) & 1) {
        atomic_fetch_or_explicit(&to->word.pending, (uint32_t)BIT(intid), memory_order_relaxed); /* gic_send_sgi orders it */
        gic_send_sgi(to->pcpu, GIC_SGI_VGIC);
    }
    return true;
}

void vgic_sgis_arrived(struct vgic_cpu *cpu)
{
    uint32_t bits = vgic_load(&cpu->word.pending) & VGIC_SGI_MASK;

    if (bits == 0)
        return; /* a kick for another one brought it */
    if ((bits & (bits - 1)) == 0 && put_sgi(cpu, bits_lowest(bits)))
        atomic_fetch_and(&cpu->word.pending, ~bits);
    else
        vgic_flush(cpu->vcpu);
}
