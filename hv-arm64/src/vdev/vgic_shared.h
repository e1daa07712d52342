/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns of vCPUs that share a pCPU. Hardware has each private interrupt once a pCPU: which are enabled and
 * which are active goes with the vCPU, as its timers do. An SPI is its partition's alone: it stays active
 * while its vCPU is away, but is disabled at the distributor, so that it takes nobody else's time. Functions of a
 * header, since a switch is made of them.
 */
#ifndef HV_VDEV_VGIC_SHARED_H
#define HV_VDEV_VGIC_SHARED_H

#include "arch/pcpu.h"
#include "dev/gicv3_shared.h"
#include "vdev/vgic.h"

struct vgic_turns {
    struct gic_virtual interface;
    struct vgic_cpu *cpu;
    uint32_t own;    /* its PPIs, a bit each */
    uint32_t active; /* those that are active in hardware while it runs */
    uint32_t spis;   /* bit n: some SPI of 32 * n to 32 * n + 31 is its partition's */
};

/* vgic_shared.c. Once, on its pCPU, before its first turn. */
void vgic_share(struct vgic_turns *t, uint32_t vcpu);
/* What few vCPUs have, and vgic_has_more() tells: SPIs, and more active priorities. */
bool vgic_has_more(const struct vgic_turns *t);
void vgic_leave_more(struct vgic_turns *t);
void vgic_come_more(const struct vgic_turns *t);
/* PPIs that were enabled in hardware for the one before, and those that are to be. */
void vgic_change_private(uint32_t before, uint32_t now);

/* Its PPIs that are enabled in hardware while it runs. */
static inline uint32_t vgic_enabled_private(const struct vgic_turns *t)
{
    return atomic_load_explicit(&t->cpu->word.enabled, memory_order_relaxed) & t->own;
}

static inline void vgic_leave(struct vgic_turns *t)
{
    const struct vgic_word *w = &t->cpu->word;
    uint32_t kept = atomic_load_explicit(&w->pending, memory_order_relaxed) |
                    atomic_load_explicit(&w->orphaned, memory_order_relaxed);
    uint32_t active = gic_virtual_save(&t->interface) | (kept & t->own);

    t->active = active;
    if (active != 0)
        gic_clear_active_private(active);
}

/* `before`: PPIs that are enabled still. */
static inline void vgic_come(const struct vgic_turns *t, uint32_t before)
{
    uint32_t now = vgic_enabled_private(t);

    if (t->active != 0)
        gic_set_active_private(t->active);
    if (before != now)
        vgic_change_private(before, now);
    gic_virtual_load(&t->interface);
}

#endif
