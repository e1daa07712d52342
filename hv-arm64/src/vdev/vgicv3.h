/* SPDX-License-Identifier: Apache-2.0
 *
 * GICv3: an SPI goes to the affinity in GICD_IROUTER<n>, and an SGI has no source. Counterpart of
 * vgicv2.h.
 */
#ifndef HV_VDEV_VGICV3_H
#define HV_VDEV_VGICV3_H

#include <stdbool.h>
#include <stdint.h>

/* One vCPU's SGI is like another's: a list register's value for it can be used again. */
#define VGIC_SGI_HAS_SOURCE 0

/* A route names one vCPU, whether it is on or not. */
#define VGIC_ROUTE_HAS_CHOICE 0

/* May the vCPU with this index be given an SPI with this route, as the guest wrote it? `on`: vCPUs, by index. */
static inline bool vgic_routes_to(uint64_t route, uint32_t index, uint32_t on)
{
    (void)on;
    return route == index; /* virtual affinity: 0.0.0.index */
}

/* IROUTER resets to affinity 0. */
static inline uint64_t vgic_route_at_reset(uint32_t vcpu_count)
{
    (void)vcpu_count;
    return 0;
}

static inline void vgic_source_reset(uint32_t vcpu)
{
    (void)vcpu;
}

/* Of these pending interrupts of the vCPU, those that have a source. */
static inline uint32_t vgic_source_known(uint32_t vcpu, uint32_t number, uint32_t bits)
{
    (void)vcpu, (void)number;
    return bits;
}

/* The interrupt goes into list register n: bits of ICH_LR<n>_EL2 that say where it comes from. */
static inline uint64_t vgic_source_take(uint32_t vcpu, uint32_t n, uint32_t intid)
{
    (void)vcpu, (void)n, (void)intid;
    return 0;
}

/* It goes back from there, pending still. */
static inline void vgic_source_put_back(uint32_t vcpu, uint32_t n, uint32_t intid)
{
    (void)vcpu, (void)n, (void)intid;
}

/* It came again while list register n has it pending. True: from somewhere else, so that it is to come twice. */
static inline bool vgic_source_differs(uint32_t vcpu, uint32_t n, uint32_t intid)
{
    (void)vcpu, (void)n, (void)intid;
    return false;
}

#endif
