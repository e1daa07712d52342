/* SPDX-License-Identifier: Apache-2.0
 *
 * The arrays of the register maps, which GICv2 and GICv3 have alike: a bit, a byte or two bits an
 * interrupt, 32 interrupts at a time. Interrupts that the partition does not own are RAZ/WI, but for their priorities.
 */
#ifndef HV_VDEV_VGIC_ARRAYS_H
#define HV_VDEV_VGIC_ARRAYS_H

#include "lib/bits.h"
#include "regs/regs.h"
#include "vdev/vgic_state.h"

static inline struct vgic_view vgic_view_spi(uint32_t vcpu, uint32_t number)
{
    uint32_t partition = config_vcpu(vcpu)->partition;
    struct vgic *g = &vgics[partition];

    return (struct vgic_view){ .self = vcpu, .target = vcpu, .partition = partition, .number = number,
                               .word = &g->word[number], .priority = &g->priority[32 * number] };
}

static inline struct vgic_view vgic_view_private(uint32_t vcpu, uint32_t target)
{
    struct vgic_cpu *cpu = &vgic_cpus[target];

    return (struct vgic_view){ .self = vcpu, .target = target, .partition = config_vcpu(vcpu)->partition,
                               .number = 0, .word = &cpu->word, .priority = cpu->priority };
}

/* Bit arrays: one register of 32 interrupts, by offset / 0x80. */
uint32_t vgic_bits_read(const struct vgic_view *v, uint32_t array);
void vgic_bits_write(const struct vgic_view *v, uint32_t array, uint32_t value);

/* Priorities: bytes, read and written as bytes or words. A byte is remembered for every interrupt, also for
 * those that the partition does not own and that it means nothing for: software that finds out how many bits there
 * are writes to the first SPI. */
uint32_t vgic_priority_read(const struct vgic_view *v, uint32_t first, uint32_t size);
void vgic_priority_write(const struct vgic_view *v, uint32_t first, uint32_t size, uint64_t value);

/* Level or edge: two bits an interrupt, the upper one counts; 16 interrupts a register. SPIs only are written. The line
 * itself stays what the board's devicetree says: the physical register is shared with other partitions, and a guest that
 * knows its devicetree writes the same. */
uint32_t vgic_config_read(const struct vgic_view *v, uint32_t half);
void vgic_config_write(const struct vgic_view *v, uint32_t half, uint32_t value);

/* Is it one of the bit arrays IGROUPR .. ICACTIVER, at their one size? */
static inline bool vgic_is_bits(uint32_t offset, uint32_t size) /* of a distributor, or of an SGI frame */
{
    return offset - GICD_IGROUPR < GICD_IPRIORITYR - GICD_IGROUPR && size == 4;
}

/* What is made of bytes is accessed as bytes or words: Arm IHI 0069, "GICD_IPRIORITYR<n>"; IHI 0048 the same. */
static inline bool vgic_has_bytes(uint32_t size)
{
    return size == 1 || size == 4;
}

static inline bool vgic_is_priority(uint32_t offset, uint32_t *intid)
{
    *intid = offset - GICD_IPRIORITYR;
    return offset >= GICD_IPRIORITYR && *intid < HV_INTID_COUNT;
}

#endif
