/* SPDX-License-Identifier: Apache-2.0
 *
 * What vgic.c (state), vgic_lr.c (list registers) and the register map of the GIC version share.
 * Nobody else includes this.
 */
#ifndef HV_VDEV_VGIC_STATE_H
#define HV_VDEV_VGIC_STATE_H

#include "lib/bits.h"
#include "vdev/vgic.h"
#include "vdev/vgic_version.h"

#define VGIC_LR_PENDING 1u /* ICH_LR<n>_EL2.State */
#define VGIC_LR_ACTIVE 2u
/* In struct vgic_cpu.lr_intid: */
#define VGIC_LR_LINE_ONLY 0x80000000u /* an emulated device's, pending by its line alone */
#define VGIC_LR_SOFT 0x40000000u      /* a device's, pending though its line need not be high */

/* One word of 32 interrupts as a vCPU addresses it: word 0 is some vCPU's own, the others are SPIs. */
struct vgic_view {
    uint32_t self;      /* the vCPU that accesses */
    uint32_t target;    /* whose redistributor; self at the distributor */
    uint32_t partition;
    uint32_t number;    /* word */
    struct vgic_word *word;
    uint8_t *priority;  /* of its first interrupt */
};

extern struct vgic vgics[HV_PARTITION_COUNT];
extern struct vgic_cpu vgic_cpus[HV_VCPU_COUNT];
static inline struct vgic_word *vgic_word_of(uint32_t vcpu, uint32_t number)
{
    return number == 0 ? &vgic_cpus[vcpu].word : &vgics[config_vcpu(vcpu)->partition].word[number];
}

static inline uint32_t vgic_load(const _Atomic uint32_t *bits)
{
    return atomic_load_explicit(bits, memory_order_relaxed);
}

static inline bool vgic_is_routed(uint32_t vcpu, uint32_t intid) /* an SPI */
{
    return (atomic_load_explicit(&vgic_cpus[vcpu].routed[intid / 32], memory_order_relaxed) & BIT(intid % 32)) != 0;
}

static inline bool vgic_is_stale(const struct vgic_cpu *cpu)
{
    return ((vgic_load(&cpu->common->stale) >> cpu->index) & 1) != 0;
}

/* Look at your vCPU: what its list registers hold is not what they should. */
static inline void vgic_kick(uint32_t vcpu)
{
    gic_send_sgi(config_vcpu(vcpu)->pcpu, GIC_SGI_KICK);
}

/* vgic_lr.c, on the running vCPU's pCPU. */
/* No direct entry is true any more. */
void vgic_forget(struct vgic_cpu *cpu);
void vgic_forget_sgis(struct vgic_cpu *cpu);

/* Nor one of these 32 interrupts, which were disabled. The physical controller may have one on its way still: EL2 does not
 * wait until it answers for its write (RWP); what arrives late finds no entry, and waits where the state says. */
static inline void vgic_forget_bits(struct vgic_cpu *cpu, uint32_t bits)
{
    for (; bits != 0; bits &= bits - 1)
        cpu->direct[bits_lowest(bits)] = VGIC_DIRECT_NONE;
}

/* Level-triggered devices' interrupts, of those that EL2 took when their line was high, that are not high any more: they
 * are not pending either. */
uint32_t vgic_fallen(const struct vgic_cpu *cpu, uint32_t number, uint32_t bits);
/* Some of these interrupts of the running vCPU sit in list registers. */
bool vgic_lr_holds(uint32_t vcpu, uint32_t number, uint32_t bits);
/* Interrupts of the word that sit in a list register with this state; `why` of VGIC_LR_..., 0 is any. */
uint32_t vgic_lr_bits(const struct vgic_view *v, uint32_t state, uint32_t why);
/* All that SPIs have in the list registers goes to their words. Before the vCPU stops. */
void vgic_lr_take_back(uint32_t vcpu);

/* vgic.c: kicks the vCPUs of this one's partition that the SPI is routed to. */
void vgic_wake_routed(uint32_t vcpu, uint32_t intid);

/* vgic.c, for the short ways: some of these were enabled and are pending. */
void vgic_deliver_enabled(struct vgic_cpu *cpu, uint32_t number, uint32_t bits);

/* vgic.c, for the register maps */
uint32_t vgic_pending_bits(const struct vgic_view *v);
uint32_t vgic_active_bits(const struct vgic_view *v);
void vgic_enable_bits(const struct vgic_view *v, uint32_t bits);
void vgic_disable_bits(const struct vgic_view *v, uint32_t bits);
void vgic_set_pending_bits(const struct vgic_view *v, uint32_t bits);
void vgic_clear_pending_bits(const struct vgic_view *v, uint32_t bits);
void vgic_set_active_bits(const struct vgic_view *v, uint32_t bits);
void vgic_clear_active_bits(const struct vgic_view *v, uint32_t bits);
void vgic_set_group(const struct vgic_view *v, uint32_t group);
/* After new priorities were written for these interrupts. */
void vgic_priority_changed(const struct vgic_view *v, uint32_t bits);
void vgic_set_control(uint32_t vcpu, uint32_t ctlr);
void vgic_set_router(uint32_t vcpu, uint32_t intid, uint64_t router);

#endif
