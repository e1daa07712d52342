/* SPDX-License-Identifier: Apache-2.0
 *
 * The register maps of the virtual distributor and redistributors, as the manual's tables have
 * them for one security state with affinity routing always on. Arm IHI 0069, "The GICD_ register
 * map", "The GICR_ register map". The bit arrays of both have the same shape: the distributor's
 * from word 1, the redistributor's word 0. Interrupts that the partition does not own are RAZ/WI.
 */
#include "lib/bits.h"
#include "regs/regs.h"
#include "vdev/vgic_state.h"

#define PIDR2_GICV3 0x3bu
#define IIDR_ARM 0x0000043bu /* implementer: Arm, as software expects of a GICv3 */
#define CTLR_ENABLES ((uint32_t)(field_mask(GICD_CTLR, EnableGrp0) | field_mask(GICD_CTLR, EnableGrp1)))
#define SGI_FRAME 0x10000u

static struct vgic_view view_spi(uint32_t vcpu, uint32_t number)
{
    uint32_t partition = config_vcpu(vcpu)->partition;
    struct vgic *g = &vgics[partition];

    return (struct vgic_view){ .self = vcpu, .target = vcpu, .partition = partition, .number = number,
                               .word = &g->word[number], .priority = &g->priority[32 * number] };
}

static struct vgic_view view_private(uint32_t vcpu, uint32_t target)
{
    struct vgic_cpu *cpu = &vgic_cpus[target];

    return (struct vgic_view){ .self = vcpu, .target = target, .partition = config_vcpu(vcpu)->partition,
                               .number = 0, .word = &cpu->word, .priority = cpu->priority };
}

/* ---- bit arrays: one register of 32 interrupts, by offset / 0x80 ---- */

static uint32_t bits_read(const struct vgic_view *v, uint32_t array)
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

static void bits_write(const struct vgic_view *v, uint32_t array, uint32_t value)
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

/* ---- priorities: bytes, read and written as bytes or words ---- */

static uint32_t priority_read(const struct vgic_view *v, uint32_t first, uint32_t size)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < size; i++)
        value |= (uint32_t)v->priority[first + i] << (8 * i);
    return value;
}

static void priority_write(const struct vgic_view *v, uint32_t first, uint32_t size, uint64_t value)
{
    uint32_t present = vgics[v->partition].present[v->number];
    uint32_t changed = 0;

    for (uint32_t i = 0; i < size; i++) {
        uint8_t priority = (uint8_t)(value >> (8 * i)) & VGIC_PRIORITY_MASK;

        if (!(present & BIT(first + i)) || v->priority[first + i] == priority)
            continue;
        v->priority[first + i] = priority;
        changed |= (uint32_t)BIT(first + i);
    }
    vgic_priority_changed(v, changed);
}

/* ---- level or edge: two bits an interrupt, the upper one counts; 16 interrupts a register ---- */

static uint32_t config_read(const struct vgic_view *v, uint32_t half)
{
    uint32_t edge = atomic_load(&v->word->edge) >> (16 * half);
    uint32_t value = 0;

    for (uint32_t i = 0; i < 16; i++)
        value |= ((edge >> i) & 1u) << (2 * i + 1);
    return value;
}

/* SPIs only. The line itself stays what the board's devicetree says: the physical register is shared with other
 * partitions, and a guest that knows its devicetree writes the same. */
static void config_write(const struct vgic_view *v, uint32_t half, uint32_t value)
{
    uint32_t mine = vgics[v->partition].present[v->number] & (0xffffu << (16 * half));
    uint32_t edge = 0;

    for (uint32_t i = 0; i < 16; i++)
        edge |= ((value >> (2 * i + 1)) & 1u) << (16 * half + i);
    atomic_fetch_and(&v->word->edge, ~mine);
    atomic_fetch_or(&v->word->edge, edge & mine);
}

/* ---- distributor ---- */

static uint32_t typer(void)
{
    return (uint32_t)(field_put(GICD_TYPER, ITLinesNumber, HV_IRQ_WORDS - 1) |
                      field_put(GICD_TYPER, IDbits, 9) | field_mask(GICD_TYPER, No1N));
}

static bool is_bits(uint32_t offset, uint32_t size) /* of a distributor, or of an SGI frame */
{
    return offset - GICD_IGROUPR < GICD_IPRIORITYR - GICD_IGROUPR && size == 4;
}

/* Word of a GICD_ICFGR register, 0 if there are no SPIs behind it. */
static uint32_t config_number(uint32_t offset)
{
    uint32_t number = (offset - GICD_ICFGR) / 8;

    return offset >= GICD_ICFGR && offset < GICD_IGRPMODR && number < HV_IRQ_WORDS ? number : 0;
}

static uint64_t distributor_word(uint32_t vcpu, uint32_t offset)
{
    if (config_number(offset) != 0) {
        struct vgic_view v = view_spi(vcpu, config_number(offset));
        return config_read(&v, (offset / 4) & 1);
    }
    switch (offset) {
    case GICD_CTLR:
        return atomic_load(&vgics[config_vcpu(vcpu)->partition].ctlr) | field_mask(GICD_CTLR, ARE) |
               field_mask(GICD_CTLR, DS);
    case GICD_TYPER:
        return typer();
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

static bool is_priority(uint32_t offset, uint32_t *intid)
{
    *intid = offset - GICD_IPRIORITYR;
    return offset >= GICD_IPRIORITYR && *intid < HV_INTID_COUNT;
}

uint64_t vgic_distributor_read(uint32_t vcpu, uint32_t offset, uint32_t size)
{
    uint32_t intid;

    if (is_bits(offset, size)) {
        uint32_t number = (offset & 0x7f) / 4;

        if (number == 0 || number >= HV_IRQ_WORDS)
            return 0;
        struct vgic_view v = view_spi(vcpu, number);
        return bits_read(&v, offset / 0x80);
    }
    if (offset < GICD_IGROUPR)
        return size == 4 ? distributor_word(vcpu, offset) : 0;
    if (is_priority(offset, &intid)) {
        if (intid < HV_SPI_FIRST || size > 4)
            return 0;
        struct vgic_view v = view_spi(vcpu, intid / 32);
        return priority_read(&v, intid % 32, size);
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

    if (is_bits(offset, size)) {
        uint32_t number = (offset & 0x7f) / 4;

        if (number == 0 || number >= HV_IRQ_WORDS)
            return;
        struct vgic_view v = view_spi(vcpu, number);
        bits_write(&v, offset / 0x80, (uint32_t)value);
    } else if (is_priority(offset, &intid)) {
        if (intid < HV_SPI_FIRST || size > 4)
            return;
        struct vgic_view v = view_spi(vcpu, intid / 32);
        priority_write(&v, intid % 32, size, value);
    } else if ((intid = router_intid(vcpu, offset)) != 0) {
        router_write(vcpu, intid, offset, size, value);
    } else if (size == 4 && config_number(offset) != 0) {
        struct vgic_view v = view_spi(vcpu, config_number(offset));
        config_write(&v, (offset / 4) & 1, (uint32_t)value);
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

static bool is_private_priority(uint32_t offset, uint32_t size)
{
    return offset - GICR_IPRIORITYR < 32 && size <= 4;
}

uint64_t vgic_redistributor_read(uint32_t vcpu, uint32_t target, uint32_t offset, uint32_t size)
{
    struct vgic_view v = view_private(vcpu, target);

    if (is_bits(offset - SGI_FRAME, size))
        return (offset & 0x7f) == 0 ? bits_read(&v, (offset - SGI_FRAME) / 0x80) : 0;
    if (is_private_priority(offset, size))
        return priority_read(&v, offset - GICR_IPRIORITYR, size);
    if (offset == GICR_TYPER && size == 8)
        return redistributor_typer(target);
    if (size != 4)
        return 0;
    switch (offset) {
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
        return config_read(&v, (offset / 4) & 1);
    default:
        return 0;
    }
}

void vgic_redistributor_write(uint32_t vcpu, uint32_t target, uint32_t offset, uint32_t size, uint64_t value)
{
    struct vgic_view v = view_private(vcpu, target);

    if (is_bits(offset - SGI_FRAME, size)) {
        if ((offset & 0x7f) == 0)
            bits_write(&v, (offset - SGI_FRAME) / 0x80, (uint32_t)value);
    } else if (is_private_priority(offset, size)) {
        priority_write(&v, offset - GICR_IPRIORITYR, size, value);
    }
}
