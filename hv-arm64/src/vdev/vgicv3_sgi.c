/* SPDX-License-Identifier: Apache-2.0
 *
 * SGIs as a GICv3 sends them: by a system register, with the target's affinity. Arm IHI 0069,
 * "ICC_SGI1R_EL1".
 */
#include "lib/bits.h"
#include "regs/regs.h"
#include "vdev/vgic_state.h"

void vgic_send_sgi(uint32_t vcpu, uint64_t sgir, uint32_t group)
{
    const struct hv_partition_config *p = config_partition(config_vcpu(vcpu)->partition);
    uint32_t self = config_vcpu(vcpu)->index;
    uint32_t bit = (uint32_t)BIT(field_get(ICC_SGI1R_EL1, INTID, sgir));
    uint64_t targets = field_get(ICC_SGI1R_EL1, TargetList, sgir) << (16 * (field_get(ICC_SGI1R_EL1, RS, sgir) & 1));

    if (field_get(ICC_SGI1R_EL1, IRM, sgir))
        targets = ~BIT(self);
    else if (field_get(ICC_SGI1R_EL1, Aff1, sgir) || field_get(ICC_SGI1R_EL1, Aff2, sgir) ||
             field_get(ICC_SGI1R_EL1, Aff3, sgir) || field_get(ICC_SGI1R_EL1, RS, sgir) > 1)
        return; /* affinities that no vCPU has */
    targets &= BIT(p->vcpu_count) - 1; /* at most 16 vCPUs: a target list has no more */
    for (; targets != 0; targets &= targets - 1) {
        uint32_t i = bits_lowest((uint32_t)targets);
        struct vgic_word *w = &vgic_cpus[p->vcpu_first + i].word;

        if (((atomic_load(&w->group) & bit) != 0) != (group != 0))
            continue;
        if (i != self) {
            atomic_fetch_or(&w->pending, bit);
            vgic_kick(p->vcpu_first + i);
        } else if (!vgic_lr_deliver_alone(vcpu, bits_lowest(bit))) {
            atomic_fetch_or(&w->pending, bit);
            vgic_flush(vcpu);
        }
    }
}
