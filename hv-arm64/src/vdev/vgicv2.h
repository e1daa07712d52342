/* SPDX-License-Identifier: Apache-2.0
 *
 * GICv2: an SPI has a set of target CPUs (GICD_ITARGETSR<n>), and an SGI is pending once for each
 * CPU that sent it. Counterpart of vgicv3.h. Arm IHI 0048.
 */
#ifndef HV_VDEV_VGICV2_H
#define HV_VDEV_VGICV2_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/bits.h"

/* One vCPU's SGI is not like another's: no value of a list register is right for the next one too. */
#define VGIC_SGI_HAS_SOURCE 1

/* Of several targets one that is on is chosen: routes change with them. */
#define VGIC_ROUTE_HAS_CHOICE 1

/* May the vCPU with this index be given an SPI with these targets? One of them is: of those that are on (`on`: by index)
 * the one with the lowest number. "1 of N" leaves open which takes it. Where all are off it waits for the lowest. */
static inline bool vgic_routes_to(uint64_t targets, uint32_t index, uint32_t on)
{
    if ((targets & on) != 0)
        targets &= on;
    return targets != 0 && bits_lowest((uint32_t)targets) == index;
}

/* A GIC with one CPU has no targets to choose, one with more resets to none. */
static inline uint64_t vgic_route_at_reset(uint32_t vcpu_count)
{
    return vcpu_count == 1 ? 1 : 0;
}

/* vgicv2_sgi.c. The pending bit of an SGI says that sources wait; one that is in a list register does not count
 * among them. Sources are a bit for each vCPU of the partition. */
void vgic_source_reset(uint32_t vcpu);
/* Of these pending interrupts of the vCPU, those that have a source. */
uint32_t vgic_source_known(uint32_t vcpu, uint32_t number, uint32_t bits);
/* The interrupt goes into list register n: bits of ICH_LR<n>_EL2 that say where it comes from. */
uint64_t vgic_source_take(uint32_t vcpu, uint32_t n, uint32_t intid);
/* It goes back from there, pending still. */
void vgic_source_put_back(uint32_t vcpu, uint32_t n, uint32_t intid);
/* It came again while list register n has it pending. True: from somewhere else, so that it is to come twice. */
bool vgic_source_differs(uint32_t vcpu, uint32_t n, uint32_t intid);

/* For the register map, on the running vCPU: GICD_SGIR, and a byte of GICD_SPENDSGIR and GICD_CPENDSGIR. */
void vgic_sgir_write(uint32_t vcpu, uint32_t sgir);
uint32_t vgic_sources_pending(uint32_t vcpu, uint32_t intid);
void vgic_sources_set(uint32_t vcpu, uint32_t intid, uint32_t sources);
void vgic_sources_clear(uint32_t vcpu, uint32_t intid, uint32_t sources);

#endif
