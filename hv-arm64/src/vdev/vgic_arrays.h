/* SPDX-License-Identifier: Apache-2.0
 *
 * The arrays of the register maps, which GICv2 and GICv3 have alike: a bit, a byte or two bits an
 * interrupt, 32 interrupts at a time. Functions of a header, so that each map has them inline.
 * Interrupts that the partition does not own are RAZ/WI, but for their priorities.
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

/* ---- bit arrays: one register of 32 interrupts, by offset / 0x80 ---- */

static inline uint32_t vgic_bits_read(const struct vgic_view *v, uint32_t array)
{
    uint32_t present = vgics[v->partition].present[v->number];

    switch (array) {
    case GICD_IGROUPR / 0x80:
        return atomic_load(&v->word->group) & present;
    case GICD_ISENABLER / 0x80:
    case GICD_ICENABLER / 0x80:
        return atomic_load(&v->word->enabled) & present;
    case GICD_ISPENDR / 0x80:
    case GICD_ICPENDR / 0x80:
        return vgic_pending_bits(v) & present;
    case GICD_ISACTIVER / 0x80:
    case GICD_ICACTIVER / 0x80:
        return vgic_active_bits(v) & present;
    default:
        return 0;
    }
}

static inline void vgic_bits_write(const struct vgic_view *v, uint32_t array, uint32_t value)
{
    uint32_t present = vgics[v->partition].present[v->number];
    uint32_t bits = value & present;

    switch (array) {
    case GICD_IGROUPR / 0x80:
        vgic_set_group(v, bits);
        break;
    case GICD_ISENABLER / 0x80:
        if (bits != 0)
            vgic_enable_bits(v, bits);
        break;
    case GICD_ICENABLER / 0x80:
        if (bits != 0)
            vgic_disable_bits(v, bits);
        break;
    case GICD_ISPENDR / 0x80:
        if (bits != 0)
            vgic_set_pending_bits(v, bits);
        break;
    case GICD_ICPENDR / 0x80:
        if (bits != 0)
            vgic_clear_pending_bits(v, bits);
        break;
    case GICD_ISACTIVER / 0x80:
        if (bits != 0)
            vgic_set_active_bits(v, bits);
        break;
    case GICD_ICACTIVER / 0x80:
        if (bits != 0)
            vgic_clear_active_bits(v, bits);
        break;
    default:
        break;
    }
}

/* ---- priorities: bytes, read and written as bytes or words. A byte is remembered for every interrupt, also for
 * those that the partition does not own and that it means nothing for: software that finds out how many bits there
 * are writes to the first SPI. ---- */

static inline uint32_t vgic_priority_read(const struct vgic_view *v, uint32_t first, uint32_t size)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < size; i++)
        value |= (uint32_t)v->priority[first + i] << (8 * i);
    return value;
}

static inline void vgic_priority_write(const struct vgic_view *v, uint32_t first, uint32_t size, uint64_t value)
{
    uint32_t present = vgics[v->partition].present[v->number];
    uint32_t changed = 0;

    for (uint32_t i = 0; i < size; i++) {
        uint8_t priority = (uint8_t)(value >> (8 * i)) & VGIC_PRIORITY_MASK;

        if (v->priority[first + i] == priority)
            continue;
        v->priority[first + i] = priority;
        changed |= (uint32_t)BIT(first + i);
    }
    vgic_priority_changed(v, changed & present);
}

/* ---- level or edge: two bits an interrupt, the upper one counts; 16 interrupts a register ---- */

static inline uint32_t vgic_config_read(const struct vgic_view *v, uint32_t half)
{
    uint32_t edge = atomic_load(&v->word->edge) >> (16 * half);
    uint32_t value = 0;

    for (uint32_t i = 0; i < 16; i++)
        value |= ((edge >> i) & 1u) << (2 * i + 1);
    return value;
}

/* SPIs only. The line itself stays what the board's devicetree says: the physical register is shared with other
 * partitions, and a guest that knows its devicetree writes the same. */
static inline void vgic_config_write(const struct vgic_view *v, uint32_t half, uint32_t value)
{
    uint32_t mine = vgics[v->partition].present[v->number] & (0xffffu << (16 * half));
    uint32_t edge = 0;

    for (uint32_t i = 0; i < 16; i++)
        edge |= ((value >> (2 * i + 1)) & 1u) << (16 * half + i);
    atomic_fetch_and(&v->word->edge, ~mine);
    atomic_fetch_or(&v->word->edge, edge & mine);
}

/* Is it one of the bit arrays IGROUPR .. ICACTIVER, at their one size? */
static inline bool vgic_is_bits(uint32_t offset, uint32_t size) /* of a distributor, or of an SGI frame */
{
    return offset - GICD_IGROUPR < GICD_IPRIORITYR - GICD_IGROUPR && size == 4;
}

static inline bool vgic_is_priority(uint32_t offset, uint32_t *intid)
{
    *intid = offset - GICD_IPRIORITYR;
    return offset >= GICD_IPRIORITYR && *intid < HV_INTID_COUNT;
}

#endif
