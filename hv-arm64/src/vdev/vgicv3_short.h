/* SPDX-License-Identifier: Apache-2.0
 *
 * The short ways to a virtual GICv3, for trap/short_gicv3.S, and what the long ones share with
 * them.
 */
#ifndef HV_VDEV_VGICV3_SHORT_H
#define HV_VDEV_VGICV3_SHORT_H

#include "lib/bits.h"
#include "regs/regs.h"
#include "vdev/vgic.h"

/* One security state, affinity routing always on. */
#define VGICV3_CTLR_FIXED (field_mask(GICD_CTLR, ARE) | field_mask(GICD_CTLR, DS))
#define VGICV3_TYPER                                                                           \
    (field_put(GICD_TYPER, ITLinesNumber, HV_IRQ_WORDS - 1) | field_put(GICD_TYPER, IDbits, 9) | \
     field_mask(GICD_TYPER, No1N))

/* RWP, as bit 0: a vCPU has not looked yet at what a write changed for it. */
static inline uint64_t vgicv3_write_pending(const struct vgic *g, uint32_t vcpus)
{
    return (atomic_load_explicit(&g->stale, memory_order_relaxed) & vcpus) != 0;
}

static inline uint64_t vgicv3_control(const struct vgic *g)
{
    return atomic_load_explicit(&g->ctlr, memory_order_relaxed) | VGICV3_CTLR_FIXED |
           vgicv3_write_pending(g, g->cpu_mask) << GICD_CTLR_RWP_LO;
}

/* The short way to the registers that guests use most (vgic_short.c), for one plain word: a page of 32 blocks of 0x80
 * bytes, `word` is the word within one. Not done: the functions above do it. */
struct vgic_answer {
    uint64_t value, done;
};
typedef struct vgic_answer vgic_word_fn(struct vgic_cpu *cpu, uint32_t word, uint32_t value);
struct vgic_block {
    vgic_word_fn *read, *write;
};
extern const struct vgic_block vgic_distributor_page[32]; /* the first of the distributor */
extern const struct vgic_block vgic_private_page[32];     /* the SGI frame of the vCPU's own redistributor */

/* A write of ICC_SGI1R_EL1, if it goes to one vCPU and nothing has to be decided; else false, and nothing was done. */
bool vgic_send_sgi_short(struct vgic_cpu *cpu, uint64_t sgir);

#endif
