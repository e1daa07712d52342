/* SPDX-License-Identifier: Apache-2.0
 *
 * SGIs of a GICv2 and the CPUs they came from. One SGI from two CPUs is pending twice; the guest
 * sees the source in GICC_IAR. A list register holds one of them, and its EOI brings the next.
 * Arm IHI 0048, "Software-generated interrupts", "GICD_SGIR".
 *
 * A sender, on any pCPU, sets its source first and the pending bit after it. Only the vCPU's own
 * pCPU takes sources away.
 */
#include "lib/bits.h"
#include "regs/regs.h"
#include "vdev/vgic_state.h"

enum { FILTER_LIST, FILTER_OTHERS, FILTER_SELF };

static struct {
    _Atomic uint8_t sources[VGIC_SGI_COUNT]; /* those that wait */
    uint8_t in_lr[GIC_LR_MAX];               /* that of the SGI in a list register */
} sgis[HV_VCPU_COUNT];

static void add(uint32_t vcpu, uint32_t intid, uint32_t sources)
{
    atomic_fetch_or(&sgis[vcpu].sources[intid], (uint8_t)sources);
    atomic_fetch_or(&vgic_cpus[vcpu].word.pending, (uint32_t)BIT(intid));
}

/* No source, no pending bit; a sender may be between the two. */
static bool settle(uint32_t vcpu, uint32_t intid)
{
    if (atomic_load(&sgis[vcpu].sources[intid]) != 0)
        return true;
    atomic_fetch_and(&vgic_cpus[vcpu].word.pending, ~(uint32_t)BIT(intid));
    if (atomic_load(&sgis[vcpu].sources[intid]) == 0)
        return false;
    atomic_fetch_or(&vgic_cpus[vcpu].word.pending, (uint32_t)BIT(intid));
    return true;
}

void vgic_source_reset(uint32_t vcpu)
{
    for (uint32_t intid = 0; intid < VGIC_SGI_COUNT; intid++)
        atomic_store(&sgis[vcpu].sources[intid], 0);
    atomic_store(&vgic_cpus[vcpu].word.enabled, VGIC_SGI_MASK); /* always: as those of a GIC-400 */
}

uint32_t vgic_source_known(uint32_t vcpu, uint32_t number, uint32_t bits)
{
    if (number != 0)
        return bits;
    for (uint32_t left = bits & VGIC_SGI_MASK; left != 0; left &= left - 1)
        if (!settle(vcpu, bits_lowest(left)))
            bits &= ~(left & -left);
    return bits;
}

uint64_t vgic_source_take(uint32_t vcpu, uint32_t n, uint32_t intid)
{
    if (intid >= VGIC_SGI_COUNT)
        return 0;
    uint32_t sources = atomic_load(&sgis[vcpu].sources[intid]); /* not 0, by vgic_source_known() */
    uint32_t source = bits_lowest(sources);

    sgis[vcpu].in_lr[n] = (uint8_t)BIT(source);
    atomic_fetch_and(&sgis[vcpu].sources[intid], (uint8_t)~BIT(source));
    if (sources == BIT(source))
        return field_put(ICH_LR_EL2, pINTID, source);
    atomic_fetch_or(&vgic_cpus[vcpu].word.pending, (uint32_t)BIT(intid));
    return field_put(ICH_LR_EL2, pINTID, source) | field_mask(ICH_LR_EL2, EOI);
}

void vgic_source_put_back(uint32_t vcpu, uint32_t n, uint32_t intid)
{
    if (intid < VGIC_SGI_COUNT)
        atomic_fetch_or(&sgis[vcpu].sources[intid], sgis[vcpu].in_lr[n]);
}

bool vgic_source_differs(uint32_t vcpu, uint32_t n, uint32_t intid)
{
    uint8_t here = sgis[vcpu].in_lr[n];

    return intid < VGIC_SGI_COUNT && (atomic_fetch_and(&sgis[vcpu].sources[intid], (uint8_t)~here) & ~here) != 0;
}

void vgic_sgir_write(uint32_t vcpu, uint32_t sgir)
{
    const struct hv_partition_config *p = config_partition(config_vcpu(vcpu)->partition);
    uint32_t self = (uint32_t)BIT(config_vcpu(vcpu)->index);
    uint32_t intid = (uint32_t)field_get(GICD_SGIR, INTID, sgir);
    uint32_t filter = (uint32_t)field_get(GICD_SGIR, TargetListFilter, sgir);
    uint32_t targets = filter == FILTER_LIST     ? (uint32_t)field_get(GICD_SGIR, CPUTargetList, sgir)
                       : filter == FILTER_OTHERS ? ~self
                       : filter == FILTER_SELF   ? self
                                                 : 0;

    targets &= (uint32_t)BIT(p->vcpu_count) - 1;
    for (uint32_t left = targets; left != 0; left &= left - 1) {
        add(p->vcpu_first + bits_lowest(left), intid, self);
        if ((left & -left) != self)
            gic_send_sgi(config_vcpu(p->vcpu_first + bits_lowest(left))->pcpu, GIC_SGI_VGIC);
    }
    if (targets & self)
        vgic_flush(vcpu);
}

/* A CPU beside a GICv2 has no ICC_SGI1R_EL1, or has it off (ICC_SRE_EL2.SRE is 0): its guests' writes are
 * undefined there and never come here. */
void vgic_send_sgi(struct vgic_cpu *cpu, uint64_t sgir, uint32_t group)
{
    (void)cpu, (void)sgir, (void)group;
}

void vgic_sgis_arrived(struct vgic_cpu *cpu)
{
    vgic_flush(cpu->vcpu);
}

/* The source of this SGI where it is pending in a list register, else 0. */
static uint32_t source_in_lr(uint32_t vcpu, uint32_t intid)
{
    const struct vgic_cpu *cpu = &vgic_cpus[vcpu];

    for (uint32_t used = cpu->lr_all & ~gic_lr_empty(); used != 0; used &= used - 1) {
        uint32_t n = bits_lowest(used);

        if (cpu->lr_intid[n] == intid && (field_get(ICH_LR_EL2, State, gic_lr_read(n)) & VGIC_LR_PENDING))
            return sgis[vcpu].in_lr[n];
    }
    return 0;
}

uint32_t vgic_sources_pending(uint32_t vcpu, uint32_t intid)
{
    return atomic_load(&sgis[vcpu].sources[intid]) | source_in_lr(vcpu, intid);
}

static uint32_t existing(uint32_t vcpu, uint32_t sources)
{
    return sources & ((uint32_t)BIT(config_partition(config_vcpu(vcpu)->partition)->vcpu_count) - 1);
}

void vgic_sources_set(uint32_t vcpu, uint32_t intid, uint32_t sources)
{
    sources = existing(vcpu, sources);
    if (sources == 0)
        return;
    add(vcpu, intid, sources);
    vgic_flush(vcpu);
}

void vgic_sources_clear(uint32_t vcpu, uint32_t intid, uint32_t sources)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];

    atomic_fetch_and(&sgis[vcpu].sources[intid], (uint8_t)~sources);
    settle(vcpu, intid);
    if (source_in_lr(vcpu, intid) & sources) {
        atomic_fetch_or(&cpu->not_pending[0], (uint32_t)BIT(intid));
        atomic_fetch_or(&cpu->common->stale, (uint32_t)BIT(cpu->index));
        vgic_flush(vcpu);
    }
}
