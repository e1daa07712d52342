/* SPDX-License-Identifier: Apache-2.0
 *
 * The arrays of the register maps, whole registers at a time; see vgic_arrays.h.
 */
#include "vdev/vgic_arrays.h"

uint32_t vgic_bits_read(const struct vgic_view *v, uint32_t array)
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

typedef void change_fn(const struct vgic_view *v, uint32_t bits);

void vgic_bits_write(const struct vgic_view *v, uint32_t array, uint32_t value)
{
    static change_fn *const changes[] = {
        [GICD_ISENABLER / 0x80] = vgic_enable_bits,       [GICD_ICENABLER / 0x80] = vgic_disable_bits,
        [GICD_ISPENDR / 0x80] = vgic_set_pending_bits,    [GICD_ICPENDR / 0x80] = vgic_clear_pending_bits,
        [GICD_ISACTIVER / 0x80] = vgic_set_active_bits,   [GICD_ICACTIVER / 0x80] = vgic_clear_active_bits,
    };
    uint32_t bits = value & vgics[v->partition].present[v->number];

    if (array == GICD_IGROUPR / 0x80)
        vgic_set_group(v, bits);
    else if (bits != 0)
        changes[array](v, bits);
}

uint32_t vgic_priority_read(const struct vgic_view *v, uint32_t first, uint32_t size)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < size; i++)
        value |= (uint32_t)v->priority[first + i] << (8 * i);
    return value;
}

void vgic_priority_write(const struct vgic_view *v, uint32_t first, uint32_t size, uint64_t value)
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

uint32_t vgic_config_read(const struct vgic_view *v, uint32_t half)
{
    uint32_t edge = atomic_load(&v->word->edge) >> (16 * half);
    uint32_t value = 0;

    for (uint32_t i = 0; i < 16; i++)
        value |= ((edge >> i) & 1u) << (2 * i + 1);
    return value;
}

void vgic_config_write(const struct vgic_view *v, uint32_t half, uint32_t value)
{
    uint32_t mine = vgics[v->partition].present[v->number] & (0xffffu << (16 * half));
    uint32_t edge = 0;

    for (uint32_t i = 0; i < 16; i++)
        edge |= ((value >> (2 * i + 1)) & 1u) << (16 * half + i);
    atomic_fetch_and(&v->word->edge, ~mine);
    atomic_fetch_or(&v->word->edge, edge & mine);
}
