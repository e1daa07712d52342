/* SPDX-License-Identifier: Apache-2.0
 *
 * The register map of the virtual distributor of a GICv2, as the manual has it without the
 * Security Extensions. Arm IHI 0048, "Distributor register map". Word 0 of the arrays (SGIs and
 * PPIs) is the accessing vCPU's own. SGIs are always enabled and made pending by their source
 * alone. The CPU interface is the hardware's own (GICV).
 */
#include "vdev/vgic_arrays.h"

#define GICD_END 0x1000u
#define ICPIDR2_GICV2 0x2bu
#define IIDR_ARM 0x0000043bu
#define CTLR_ENABLES ((uint32_t)(field_mask(GICD_CTLR, EnableGrp0) | field_mask(GICD_CTLR, EnableGrp1)))

static struct vgic_view view(uint32_t vcpu, uint32_t number)
{
    return number == 0 ? vgic_view_private(vcpu, vcpu) : vgic_view_spi(vcpu, number);
}

static uint32_t vcpu_count(uint32_t vcpu)
{
    return config_partition(config_vcpu(vcpu)->partition)->vcpu_count;
}

static uint32_t typer(uint32_t vcpu)
{
    return (uint32_t)(field_put(GICD_TYPER, ITLinesNumber, HV_IRQ_WORDS - 1) |
                      field_put(GICD_TYPER, CPUNumber, vcpu_count(vcpu) - 1));
}

/* Of a word of the bit arrays that is written: SGIs have no enable and no pending bit of their own. */
static uint32_t writable(uint32_t offset, uint32_t number, uint32_t value)
{
    if (number == 0 && offset >= GICD_ISENABLER && offset < GICD_ISACTIVER)
        return value & ~VGIC_SGI_MASK;
    return value;
}

/* ---- targets: a byte an INTID ---- */

/* SGIs and PPIs belong to who asks. A GIC with one CPU has no targets: RAZ/WI. */
static uint32_t target_read(uint32_t vcpu, uint32_t intid)
{
    if (vcpu_count(vcpu) == 1)
        return 0;
    if (intid < HV_SPI_FIRST)
        return (uint32_t)BIT(config_vcpu(vcpu)->index);
    return (uint32_t)atomic_load(&vgics[config_vcpu(vcpu)->partition].router[intid]);
}

static void target_write(uint32_t vcpu, uint32_t intid, uint32_t targets)
{
    if (vcpu_count(vcpu) > 1 && intid >= HV_SPI_FIRST)
        vgic_set_router(vcpu, intid, targets & (BIT(vcpu_count(vcpu)) - 1)); /* CPUs that exist */
}

/* ---- registers of bytes ---- */

typedef uint32_t byte_read_fn(uint32_t vcpu, uint32_t index);
typedef void byte_write_fn(uint32_t vcpu, uint32_t index, uint32_t value);

static const struct {
    uint32_t base, count;
    byte_read_fn *read;
    byte_write_fn *write;
} byte_arrays[] = {
    { GICD_ITARGETSR, HV_INTID_COUNT, target_read, target_write },
    { GICD_CPENDSGIR, VGIC_SGI_COUNT, vgic_sources_pending, vgic_sources_clear },
    { GICD_SPENDSGIR, VGIC_SGI_COUNT, vgic_sources_pending, vgic_sources_set },
};

/* True: the offset is in one of them. */
static bool bytes_access(uint32_t vcpu, uint32_t offset, uint32_t size, bool write, uint64_t *value)
{
    for (uint32_t k = 0; k < ARRAY_COUNT(byte_arrays); k++) {
        uint32_t first = offset - byte_arrays[k].base;

        if (first >= byte_arrays[k].count)
            continue;
        for (uint32_t i = 0; vgic_has_bytes(size) && i < size; i++)
            if (write)
                byte_arrays[k].write(vcpu, first + i, (uint32_t)(*value >> (8 * i)) & 0xff);
            else
                *value |= (uint64_t)byte_arrays[k].read(vcpu, first + i) << (8 * i);
        return true;
    }
    return false;
}

/* ---- the map ---- */

static bool is_config(uint32_t offset, uint32_t *number)
{
    *number = (offset - GICD_ICFGR) / 8;
    return offset >= GICD_ICFGR && *number < HV_IRQ_WORDS;
}

static uint64_t word_read(uint32_t vcpu, uint32_t offset)
{
    uint32_t number;

    if (is_config(offset, &number)) {
        struct vgic_view v = view(vcpu, number);
        return vgic_config_read(&v, (offset / 4) & 1);
    }
    switch (offset) {
    case GICD_CTLR:
        return atomic_load(&vgics[config_vcpu(vcpu)->partition].ctlr);
    case GICD_TYPER:
        return typer(vcpu);
    case GICD_IIDR:
        return IIDR_ARM;
    case GICD_ICPIDR2:
        return ICPIDR2_GICV2;
    default:
        return 0;
    }
}

static void word_write(uint32_t vcpu, uint32_t offset, uint32_t value)
{
    uint32_t number;

    if (offset == GICD_SGIR) {
        vgic_sgir_write(vcpu, value);
    } else if (offset == GICD_CTLR) {
        vgic_set_control(vcpu, value & CTLR_ENABLES);
    } else if (is_config(offset, &number) && number > 0) { /* SGIs and PPIs are fixed */
        struct vgic_view v = view(vcpu, number);
        vgic_config_write(&v, (offset / 4) & 1, value);
    }
}

uint64_t vgic_distributor_read(uint32_t vcpu, uint32_t offset, uint32_t size)
{
    uint32_t number = (offset & 0x7f) / 4, intid;
    uint64_t value = 0;

    if (vgic_is_bits(offset, size)) {
        if (number >= HV_IRQ_WORDS)
            return 0;
        struct vgic_view v = view(vcpu, number);
        return vgic_bits_read(&v, offset / 0x80);
    }
    if (vgic_is_priority(offset, &intid)) {
        if (!vgic_has_bytes(size))
            return 0;
        struct vgic_view v = view(vcpu, intid / 32);
        return vgic_priority_read(&v, intid % 32, size);
    }
    if (bytes_access(vcpu, offset, size, false, &value))
        return value;
    return size == 4 && offset < GICD_END ? word_read(vcpu, offset) : 0;
}

void vgic_distributor_write(uint32_t vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
    uint32_t number = (offset & 0x7f) / 4, intid;

    if (vgic_is_bits(offset, size)) {
        if (number >= HV_IRQ_WORDS)
            return;
        struct vgic_view v = view(vcpu, number);
        vgic_bits_write(&v, offset / 0x80, writable(offset, number, (uint32_t)value));
    } else if (vgic_is_priority(offset, &intid)) {
        if (!vgic_has_bytes(size))
            return;
        struct vgic_view v = view(vcpu, intid / 32);
        vgic_priority_write(&v, intid % 32, size, value);
    } else if (!bytes_access(vcpu, offset, size, true, &value) && size == 4 && offset < GICD_END) {
        word_write(vcpu, offset, (uint32_t)value);
    }
}
