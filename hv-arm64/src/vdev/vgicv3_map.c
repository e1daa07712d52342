/* SPDX-License-Identifier: Apache-2.0
 *
 * The register maps of the virtual distributor and redistributors, as the manual's tables have
 * them for one security state with affinity routing always on. Arm IHI 0069, "The GICD_ register
 * map", "The GICR_ register map". The bit arrays of both have the same shape: the distributor's
 * from word 1, the redistributor's word 0. Interrupts that the partition does not own are RAZ/WI.
 */
#include "vdev/vgic_arrays.h"
#include "vdev/vgicv3_short.h"

#define PIDR2_GICV3 0x3bu
#define IIDR_ARM 0x0000043bu /* implementer: Arm, as software expects of a GICv3 */
#define CTLR_ENABLES ((uint32_t)(field_mask(GICD_CTLR, EnableGrp0) | field_mask(GICD_CTLR, EnableGrp1)))
#define SGI_FRAME 0x10000u

/* ---- distributor ---- */

/* Word of a GICD_ICFGR register, 0 if there are no SPIs behind it. */
static uint32_t config_number(uint32_t offset)
{
    uint32_t number = (offset - GICD_ICFGR) / 8;

    return offset >= GICD_ICFGR && offset < GICD_IGRPMODR && number < HV_IRQ_WORDS ? number : 0;
}

static uint64_t distributor_word(uint32_t vcpu, uint32_t offset)
{
    if (config_number(offset) != 0) {
        struct vgic_view v = vgic_view_spi(vcpu, config_number(offset));
        return vgic_config_read(&v, (offset / 4) & 1);
    }
    switch (offset) {
    case GICD_CTLR:
        return vgicv3_control(&vgics[config_vcpu(vcpu)->partition]);
    case GICD_TYPER:
        return VGICV3_TYPER;
    case GICD_IIDR:
        return IIDR_ARM;
    case GICD_PIDR2:
        return PIDR2_GICV3;
    default:
        return 0;
    }
}

/* INTID of an IROUTER register, 0 if the guest has none there. */
static uint32_t router_intid(uint32_t vcpu, uint32_t offset)
{
    uint32_t intid = (offset - GICD_IROUTER) / 8;

    if (offset < GICD_IROUTER || intid < HV_SPI_FIRST || intid >= HV_INTID_COUNT ||
        !(vgics[config_vcpu(vcpu)->partition].present[intid / 32] & BIT(intid % 32)))
        return 0;
    return intid;
}

uint64_t vgic_distributor_read(uint32_t vcpu, uint32_t offset, uint32_t size)
{
    uint32_t intid;

    if (vgic_is_bits(offset, size)) {
        uint32_t number = (offset & 0x7f) / 4;

        if (number == 0 || number >= HV_IRQ_WORDS)
            return 0;
        struct vgic_view v = vgic_view_spi(vcpu, number);
        return vgic_bits_read(&v, offset / 0x80);
    }
    if (offset < GICD_IGROUPR)
        return size == 4 ? distributor_word(vcpu, offset) : 0;
    if (vgic_is_priority(offset, &intid)) {
        if (intid < HV_SPI_FIRST || !vgic_has_bytes(size))
            return 0;
        struct vgic_view v = vgic_view_spi(vcpu, intid / 32);
        return vgic_priority_read(&v, intid % 32, size);
    }
    intid = router_intid(vcpu, offset);
    if (intid != 0) {
        uint64_t router = atomic_load(&vgics[config_vcpu(vcpu)->partition].router[intid]);

        return size == 8 ? router : size == 4 ? (uint32_t)(router >> (8 * (offset & 4))) : 0;
    }
    return size == 4 ? distributor_word(vcpu, offset) : 0;
}

static void router_write(uint32_t vcpu, uint32_t intid, uint32_t offset, uint32_t size, uint64_t value)
{
    uint64_t old = atomic_load(&vgics[config_vcpu(vcpu)->partition].router[intid]);

    if (size == 4 && (offset & 4))
        value = (uint32_t)old | value << 32;
    else if (size == 4)
        value = (old & ~0xffffffffull) | (uint32_t)value;
    else if (size != 8)
        return;
    vgic_set_router(vcpu, intid, value & 0xff00ffffffull); /* IRM is RES0 where TYPER.No1N is 1 */
}

void vgic_distributor_write(uint32_t vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
    uint32_t intid;

    if (vgic_is_bits(offset, size)) {
        uint32_t number = (offset & 0x7f) / 4;

        if (number == 0 || number >= HV_IRQ_WORDS)
            return;
        struct vgic_view v = vgic_view_spi(vcpu, number);
        vgic_bits_write(&v, offset / 0x80, (uint32_t)value);
    } else if (vgic_is_priority(offset, &intid)) {
        if (intid < HV_SPI_FIRST || !vgic_has_bytes(size))
            return;
        struct vgic_view v = vgic_view_spi(vcpu, intid / 32);
        vgic_priority_write(&v, intid % 32, size, value);
    } else if ((intid = router_intid(vcpu, offset)) != 0) {
        router_write(vcpu, intid, offset, size, value);
    } else if (size == 4 && config_number(offset) != 0) {
        struct vgic_view v = vgic_view_spi(vcpu, config_number(offset));
        vgic_config_write(&v, (offset / 4) & 1, (uint32_t)value);
    } else if (size == 4 && offset == GICD_CTLR) {
        vgic_set_control(vcpu, (uint32_t)value & CTLR_ENABLES);
    }
}

/* ---- redistributors ---- */

static uint64_t redistributor_typer(uint32_t target)
{
    const struct hv_partition_config *p = config_partition(config_vcpu(target)->partition);
    uint32_t index = config_vcpu(target)->index;

    return field_put(GICR_TYPER, Affinity, index) | field_put(GICR_TYPER, Processor_Number, index) |
           field_put(GICR_TYPER, Last, index + 1 == p->vcpu_count);
}

static bool is_private_priority(uint32_t offset)
{
    return offset - GICR_IPRIORITYR < 32;
}

uint64_t vgic_redistributor_read(uint32_t vcpu, uint32_t target, uint32_t offset, uint32_t size)
{
    struct vgic_view v = vgic_view_private(vcpu, target);

    if (vgic_is_bits(offset - SGI_FRAME, size))
        return (offset & 0x7f) == 0 ? vgic_bits_read(&v, (offset - SGI_FRAME) / 0x80) : 0;
    if (is_private_priority(offset))
        return vgic_has_bytes(size) ? vgic_priority_read(&v, offset - GICR_IPRIORITYR, size) : 0;
    if (offset == GICR_TYPER && size == 8)
        return redistributor_typer(target);
    if (size != 4)
        return 0;
    switch (offset) {
    case GICR_CTLR:
        return vgicv3_write_pending(&vgics[v.partition], (uint32_t)BIT(config_vcpu(target)->index))
               << GICR_CTLR_RWP_LO;
    case GICR_TYPER:
        return (uint32_t)redistributor_typer(target);
    case GICR_TYPER + 4:
        return redistributor_typer(target) >> 32;
    case GICR_IIDR:
        return IIDR_ARM;
    case GICR_PIDR2:
        return PIDR2_GICV3;
    case GICR_ICFGR:
    case GICR_ICFGR + 4:
        return vgic_config_read(&v, (offset / 4) & 1);
    default:
        return 0;
    }
}

void vgic_redistributor_write(uint32_t vcpu, uint32_t target, uint32_t offset, uint32_t size, uint64_t value)
{
    struct vgic_view v = vgic_view_private(vcpu, target);

    if (vgic_is_bits(offset - SGI_FRAME, size)) {
        if ((offset & 0x7f) == 0)
            vgic_bits_write(&v, (offset - SGI_FRAME) / 0x80, (uint32_t)value);
    } else if (is_private_priority(offset) && vgic_has_bytes(size)) {
        vgic_priority_write(&v, offset - GICR_IPRIORITYR, size, value);
    }
}
