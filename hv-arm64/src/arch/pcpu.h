/* SPDX-License-Identifier: Apache-2.0
 *
 * The block of a physical CPU: TPIDR_EL2 points to it, its stack lies below it (hv/config.h,
 * HV_PCPU_BLOCK_SIZE). Nobody but this pCPU writes it, but for `online`.
 */
#ifndef HV_ARCH_PCPU_H
#define HV_ARCH_PCPU_H

#include <stddef.h>
#include <stdint.h>

#include "arch/frame.h"
#include "arch/ops.h"

struct trace_ring; /* trace/trace.h */
struct vcpu; /* part/part.h and vdev/vgic.h; only their addresses are kept here */
struct vgic_cpu;
struct shared; /* trap/shared.c */

struct pcpu {
    struct vcpu *vcpu; /* the vCPU whose registers the CPU holds; NULL while none */
    uint32_t id;       /* index into hv_pcpus[] */
    uint32_t lr_count; /* list registers of its virtual CPU interface */
    uint64_t stack_top;
    uint64_t panic_stack_top;
    uint64_t counter_hz;
    struct vgic_cpu *vgic; /* of `vcpu` */
    struct trace_ring *trace; /* with CONFIG_TRACE */
    struct shared *shared; /* where several vCPUs share it */
    struct frame *frame;   /* where entry and return keep the registers of the vCPU whose turn it is */
};

_Static_assert(offsetof(struct pcpu, stack_top) == PCPU_STACK_TOP, "entry_shared.S");
_Static_assert(offsetof(struct pcpu, panic_stack_top) == PCPU_PANIC_STACK_TOP, "entry.S");
_Static_assert(offsetof(struct pcpu, vgic) == PCPU_VGIC, "short_gicv3.S");

static inline struct pcpu *pcpu_self(void)
{
    return (struct pcpu *)op_pcpu_base();
}

#endif
