/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual GIC of each partition, of the board's version: state of its interrupts, and the list
 * registers through which its vCPUs see them. The CPU interface is the hardware's own (ICV
 * registers, or GICV); distributor and redistributors are emulated by vgicv3_map.c (Arm IHI 0069)
 * or vgicv2_map.c (Arm IHI 0048).
 *
 * Where an interrupt's state is: while it sits in a list register of a vCPU, pending and active
 * are there and only that vCPU's pCPU can read and change them; otherwise they are in its
 * struct vgic_word. Words are changed by atomic operations from any pCPU of the partition; there
 * is no lock. Who changes what another vCPU may be given kicks that vCPU's pCPU, which then calls
 * vgic_flush(); until then that vCPU may still take what its list registers hold.
 */
#ifndef HV_VDEV_VGIC_H
#define HV_VDEV_VGIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "dev/gic.h"
#include "vdev/vgic_direct.h"

#define VGIC_SGI_COUNT 16u
#define VGIC_SGI_MASK 0xffffu
#define VGIC_PRIORITY_MASK 0xf8u /* five implemented bits, as ICH_VTR_EL2.PRIbits says */

/* 32 interrupts, a bit each. */
struct vgic_word {
    _Atomic uint32_t group;   /* 1: group 1 */
    _Atomic uint32_t enabled;
    _Atomic uint32_t pending; /* latched; for a hardware interrupt the physical one is active then */
    _Atomic uint32_t active;
    _Atomic uint32_t orphaned; /* active in hardware too: of a vCPU that went off in its handler */
    _Atomic uint32_t soft;     /* level-triggered devices' that the guest itself made pending: their line need not be high */
    _Atomic uint32_t level;   /* input line of an emulated device */
    _Atomic uint32_t edge;    /* as the guest sees and sets it; the hardware's is the devicetree's */
};

/* A direct entry is a list register's whole value for a device's interrupt that came before and would be delivered the
 * same way again: its physical arrival is then all there is to do, a load and a store (trap/short_gicv3.S). Whatever could make
 * it untrue drops it (vgic_forget). One of its bits is never set in a list register: */
#define VGIC_DIRECT_NONE ~0ull

struct vgic_cpu {
    /* Of the vCPU's own pCPU alone: */
    uint64_t direct[VGIC_DIRECT_COUNT];
    uint32_t lr_intid[GIC_LR_MAX];       /* of the list registers that are not empty, and why: VGIC_LR_LINE_ONLY, VGIC_LR_SOFT */
    uint64_t sgi[VGIC_SGI_COUNT];        /* such entries of its SGIs */
    bool waiting;                        /* something deliverable found no list register */
    uint32_t lr_used;                    /* list registers that were not empty when it was last looked at */
    uint32_t lr_all;                     /* list registers there are */
    /* Constant since vgic_reset(): */
    struct vgic *common;
    uint64_t own_page;                   /* HPFAR_EL2 of an access to its own SGI frame */
    uint32_t vcpu, index, pcpu;          /* index: in its partition */
    /* Of all pCPUs of the partition: */
    struct vgic_word word;               /* SGIs and PPIs */
    uint8_t priority[32];
    _Atomic uint32_t routed[HV_IRQ_WORDS]; /* SPIs whose target this vCPU is */
    /* Set by any vCPU, before it makes this one stale: what the list registers hold was cleared. */
    _Atomic uint32_t not_pending[HV_IRQ_WORDS], not_active[HV_IRQ_WORDS];
};

_Static_assert(offsetof(struct vgic_cpu, direct) == 0, "trap/short_gicv3.S");
_Static_assert(offsetof(struct vgic_cpu, lr_intid) == VGIC_LR_INTID, "trap/short_gicv3.S");

struct vgic {
    uint32_t present[HV_IRQ_WORDS];      /* interrupts that exist for the guest */
    uint32_t hardware[HV_IRQ_WORDS];     /* and those of them that are a device's */
    struct vgic_word word[HV_IRQ_WORDS]; /* SPIs; [0] is not used */
    uint8_t priority[HV_INTID_COUNT];
    _Atomic uint64_t router[HV_INTID_COUNT]; /* as the guest wrote it */
    _Atomic uint32_t ctlr;               /* GICD_CTLR's enables */
    _Atomic uint32_t on;                 /* vCPUs that have list registers, by index */
    /* Set by any vCPU, before a kick: what the list registers of these hold may not be deliverable any more. Until they
     * looked, a write of the guest is not complete: that is RWP. */
    _Atomic uint32_t stale;
    struct vgic_cpu *first;
    uint32_t cpu_mask;                   /* its vCPUs, by index */
};

/* At start and restart of a partition, before any of its vCPUs runs. */
void vgic_reset(uint32_t partition);
/* On the vCPU's pCPU, before it runs. */
void vgic_reset_cpu(uint32_t vcpu);
/* On the vCPU's pCPU: it will not run again before a reset. */
void vgic_stop_cpu(uint32_t vcpu);
/* All of the partition's device interrupts: disabled, not active. After its last vCPU stopped. */
void vgic_stop(uint32_t partition);

struct vgic_cpu *vgic_cpu_of(uint32_t vcpu);

/* A physical interrupt of the running vCPU, acknowledged: into its list register if nothing has to be decided. False:
 * vgic_hardware_irq() decides. The twin of trap/short_gicv3.S. */
bool vgic_deliver_direct(struct vgic_cpu *cpu, uint32_t intid);
/* A physical interrupt for this vCPU, of its partition, was acknowledged and dropped. `running`: the CPU holds
 * the vCPU now, so that its list registers can be filled. */
void vgic_hardware_irq(uint32_t vcpu, uint32_t intid, bool running);
/* Line of an emulated device's interrupt; from any pCPU. */
void vgic_set_level(uint32_t partition, uint32_t intid, bool high);
/* ICC_SGI1R_EL1 (group 1), ICC_SGI0R_EL1 or ICC_ASGI1R_EL1 (group 0) of the running vCPU. */
void vgic_send_sgi(struct vgic_cpu *cpu, uint64_t sgir, uint32_t group);
/* SGIs were made pending for the running vCPU. */
void vgic_sgis_arrived(struct vgic_cpu *cpu);
/* Fill the list registers of the running vCPU with the best that is deliverable. */
void vgic_flush(uint32_t vcpu);

/* An interrupt is pending for the running vCPU, whatever its CPU interface and PSTATE hold back: CPU_SUSPEND ends. */
bool vgic_wakes(uint32_t vcpu);

/* GICD or GICR access of the running vCPU: offset into the frame, size in bytes, aligned. What is not there, or
 * not of that size, is RAZ/WI. */
uint64_t vgic_distributor_read(uint32_t vcpu, uint32_t offset, uint32_t size);
void vgic_distributor_write(uint32_t vcpu, uint32_t offset, uint32_t size, uint64_t value);
/* `target`: the vCPU of the same partition whose redistributor it is; offset into that one. */
uint64_t vgic_redistributor_read(uint32_t vcpu, uint32_t target, uint32_t offset, uint32_t size);
void vgic_redistributor_write(uint32_t vcpu, uint32_t target, uint32_t offset, uint32_t size, uint64_t value);

#endif
