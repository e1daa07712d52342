/* SPDX-License-Identifier: Apache-2.0
 *
 * GICv2, one security state or the non-secure view of two. Arm IHI 0048. As in gicv3.c all
 * interrupts have one group and one priority, and EOImode is 1. What differs: SGIs, PPIs, CPU
 * interface and list registers are memory of which each CPU sees its own, so the pCPU that is
 * named for a PPI is the running one; an SGI is ended with its source's number; list registers
 * have 32 bits, which are the same fields as ICH_LR<n>_EL2 has.
 *
 * QEMU's GICv2 does not look at a line that is still high when a guest's EOI deactivates its
 * interrupt by the HW bit: it would never come again. There the deactivation is EL2's, at the
 * maintenance interrupt of the EOI; nobody outside this file sees it.
 */
#include "dev/gic.h"

#include "arch/mmio.h"
#include "arch/ops.h"
#include "arch/pcpu.h"
#include "config/config.h"
#include "lib/bits.h"
#include "regs/regs.h"

#define PRIORITY_ALL_4 0xa0a0a0a0u
#define IIDR_QEMU 0x43bu /* a GIC-400 has 0x0200143b */
#define CTLR_ENABLE 1u /* GICD_CTLR: group 0, in the non-secure view group 1 */

/* Per pCPU: its CPU interface as a bit of ITARGETSR and SGIR, 0 until it came up, and what GICC_IAR read last. */
static uint8_t interface[HV_PCPU_COUNT];
static uint32_t acknowledged[HV_PCPU_COUNT];
static bool forgets_lines;                /* it is QEMU's */
static uint32_t deactivate_at_eoi[HV_PCPU_COUNT]; /* list registers that have EOI in place of HW */

static pa_t gicd(void)
{
    return config_global()->gicd;
}

static pa_t gicc(void)
{
    return config_global()->gicc;
}

static pa_t gich(void)
{
    return config_global()->gich;
}

static uint32_t interface_of(uint32_t pcpu)
{
    return interface[pcpu] != 0 ? interface[pcpu] : (uint32_t)BIT(pcpu);
}

/* Bits and priorities of 32 INTIDs, as they are before anybody enables one. */
static void quiet_word(uint32_t word)
{
    pa_t d = gicd();

    mmio_write32(d, GICD_IGROUPR + 4 * word, 0); /* WI in the non-secure view, where all are group 1 */
    mmio_write32(d, GICD_ICENABLER + 4 * word, 0xffffffffu);
    mmio_write32(d, GICD_ICPENDR + 4 * word, 0xffffffffu);
    mmio_write32(d, GICD_ICACTIVER + 4 * word, 0xffffffffu);
    for (uint32_t i = 0; i < 8; i++)
        mmio_write32(d, GICD_IPRIORITYR + 32 * word + 4 * i, PRIORITY_ALL_4);
}

bool gic_init_distributor(void)
{
    pa_t d = gicd();
    uint32_t words = (uint32_t)field_get(GICD_TYPER, ITLinesNumber, mmio_read32(d, GICD_TYPER)) + 1;

    forgets_lines = mmio_read32(d, GICD_IIDR) == IIDR_QEMU;
    mmio_write32(d, GICD_CTLR, 0);
    for (uint32_t word = 1; word < words; word++)
        quiet_word(word);
    for (uint32_t intid = HV_SPI_FIRST; intid < HV_INTID_COUNT; intid++) {
        uint32_t owner = config_irq_owner(intid);
        uint64_t offset = GICD_ICFGR + 4 * (intid / 16);

        if (owner < HV_PARTITION_COUNT && (config_irq_edge(owner, intid / 32) & BIT(intid % 32)))
            mmio_write32(d, offset, mmio_read32(d, offset) | (uint32_t)BIT(2 * (intid % 16) + 1));
    }
    mmio_write32(d, GICD_CTLR, CTLR_ENABLE);
    return true;
}

bool gic_init_pcpu(void)
{
    uint32_t self = pcpu_self()->id;

    interface[self] = mmio_read8(gicd(), GICD_ITARGETSR); /* of SGI 0: always the CPU that reads; 0 on one CPU */
    quiet_word(0);
    for (uint32_t i = 0; i < GICD_CPENDSGIR_COUNT; i++)
        mmio_write32(gicd(), GICD_CPENDSGIR + 4 * i, 0xffffffffu); /* ICPENDR leaves SGIs alone */
    mmio_write32(gicd(), GICD_ISENABLER, (uint32_t)(BIT(GIC_SGI_KICK) | BIT(GIC_SGI_CONSOLE) | BIT(GIC_SGI_VGIC)));
    mmio_write32(gicc(), GICC_PMR, 0xffu);
    mmio_write32(gicc(), GICC_BPR, 0);
    mmio_write32(gicc(), GICC_CTLR, (uint32_t)(field_mask(GICC_CTLR, Enable) | field_mask(GICC_CTLR, EOImode)));
    pcpu_self()->lr_count =
        (uint32_t)min_u64(field_get(GICH_VTR, ListRegs, mmio_read32(gich(), GICH_VTR)) + 1, GIC_LR_MAX);
    gic_virtual_reset();
    gic_enable(config_global()->maintenance_intid, self);
    return true;
}

uint32_t gic_ack(void)
{
    uint32_t iar = mmio_read32(gicc(), GICC_IAR);

    acknowledged[pcpu_self()->id] = iar;
    return (uint32_t)field_get(GICC_IAR, INTID, iar);
}

/* GICC_EOIR and GICC_DIR want the source of an SGI too: it was the last one acknowledged, since EL2 takes no
 * interrupt while it looks at one. */
static uint32_t with_source(uint32_t intid)
{
    uint32_t iar = acknowledged[pcpu_self()->id];

    return field_get(GICC_IAR, INTID, iar) == intid ? iar : intid;
}

void gic_drop(uint32_t intid)
{
    mmio_write32(gicc(), GICC_EOIR, with_source(intid));
}

void gic_deactivate(uint32_t intid)
{
    mmio_write32(config_global()->gicc_dir, 0, with_source(intid));
}

void gic_end(uint32_t intid)
{
    gic_drop(intid);
    gic_deactivate(intid);
}

void gic_send_sgi(uint32_t pcpu, enum gic_sgi sgi)
{
    op_dsb_ishst(); /* what the SGI announces is seen before it arrives */
    mmio_write32(gicd(), GICD_SGIR,
                 (uint32_t)(field_put(GICD_SGIR, CPUTargetList, interface_of(pcpu)) | field_put(GICD_SGIR, INTID, sgi)));
}

void gic_enable_word(uint32_t word, uint32_t mask, uint32_t pcpu)
{
    (void)pcpu;
    mmio_write32(gicd(), GICD_ISENABLER + 4 * word, mask);
}

void gic_disable_word(uint32_t word, uint32_t mask, uint32_t pcpu)
{
    (void)pcpu;
    mmio_write32(gicd(), GICD_ICENABLER + 4 * word, mask);
}

void gic_enable(uint32_t intid, uint32_t pcpu)
{
    gic_enable_word(intid / 32, (uint32_t)BIT(intid % 32), pcpu);
}

void gic_disable(uint32_t intid, uint32_t pcpu)
{
    gic_disable_word(intid / 32, (uint32_t)BIT(intid % 32), pcpu);
}

void gic_set_pending_word(uint32_t word, uint32_t mask, uint32_t pcpu)
{
    (void)pcpu;
    mmio_write32(gicd(), GICD_ISPENDR + 4 * word, mask);
}

void gic_clear_pending_word(uint32_t word, uint32_t mask, uint32_t pcpu)
{
    (void)pcpu;
    mmio_write32(gicd(), GICD_ICPENDR + 4 * word, mask);
}

void gic_clear_active_word(uint32_t word, uint32_t mask, uint32_t pcpu)
{
    (void)pcpu;
    mmio_write32(gicd(), GICD_ICACTIVER + 4 * word, mask);
}

uint32_t gic_read_pending(uint32_t word, uint32_t pcpu)
{
    (void)pcpu;
    return mmio_read32(gicd(), GICD_ISPENDR + 4 * word);
}

void gic_route(uint32_t intid, uint32_t pcpu)
{
    mmio_write8(gicd(), GICD_ITARGETSR + intid, (uint8_t)interface_of(pcpu));
}

/* ---- list registers, as ICH_LR<n>_EL2 to everybody else ---- */

static uint64_t lr_read(uint32_t n)
{
    uint32_t lr = mmio_read32(gich(), GICH_LR + 4 * (uint64_t)n);

    return field_get(GICH_LR, VirtualID, lr) |
           field_put(ICH_LR_EL2, pINTID, field_get(GICH_LR, PhysicalID, lr)) |
           field_put(ICH_LR_EL2, Priority, field_get(GICH_LR, Priority, lr) << 3) |
           field_put(ICH_LR_EL2, Group, field_get(GICH_LR, Grp1, lr)) |
           field_put(ICH_LR_EL2, HW, field_get(GICH_LR, HW, lr)) |
           field_put(ICH_LR_EL2, State, field_get(GICH_LR, State, lr));
}

static void lr_write(uint32_t n, uint64_t value)
{
    mmio_write32(gich(), GICH_LR + 4 * (uint64_t)n,
                 (uint32_t)(field_put(GICH_LR, VirtualID, field_get(ICH_LR_EL2, vINTID, value)) |
                            field_put(GICH_LR, PhysicalID, field_get(ICH_LR_EL2, pINTID, value)) |
                            field_put(GICH_LR, Priority, field_get(ICH_LR_EL2, Priority, value) >> 3) |
                            field_put(GICH_LR, Grp1, field_get(ICH_LR_EL2, Group, value)) |
                            field_put(GICH_LR, HW, field_get(ICH_LR_EL2, HW, value)) |
                            field_put(GICH_LR, State, field_get(ICH_LR_EL2, State, value))));
}

bool gic_lr_put_sgi(uint64_t value, uint32_t all)
{
    (void)value, (void)all;
    return false; /* an SGI has a source here, and no short way */
}

uint64_t gic_lr_read(uint32_t n)
{
    uint64_t lr = lr_read(n);

    if (deactivate_at_eoi[pcpu_self()->id] & BIT(n))
        lr = (lr & ~field_mask(ICH_LR_EL2, EOI)) | field_mask(ICH_LR_EL2, HW) |
             field_put(ICH_LR_EL2, pINTID, field_get(ICH_LR_EL2, vINTID, lr));
    return lr;
}

void gic_lr_write(uint32_t n, uint64_t value)
{
    uint32_t *at_eoi = &deactivate_at_eoi[pcpu_self()->id];

    *at_eoi &= ~(uint32_t)BIT(n);
    if (forgets_lines && field_get(ICH_LR_EL2, HW, value)) {
        *at_eoi |= (uint32_t)BIT(n);
        value &= ~(field_mask(ICH_LR_EL2, HW) | field_mask(ICH_LR_EL2, pINTID));
        value |= field_mask(ICH_LR_EL2, EOI); /* both INTIDs are the same, as everywhere */
    }
    lr_write(n, value);
}

uint32_t gic_lr_empty(void)
{
    return mmio_read32(gich(), GICH_ELRSR);
}

uint32_t gic_lr_ended(void)
{
    uint32_t ended = mmio_read32(gich(), GICH_EISR);

    for (uint32_t ours = ended & deactivate_at_eoi[pcpu_self()->id]; ours != 0; ours &= ours - 1)
        gic_deactivate((uint32_t)field_get(ICH_LR_EL2, vINTID, lr_read(bits_lowest(ours))));
    return ended;
}

uint32_t gic_lr_count(void)
{
    return pcpu_self()->lr_count;
}

void gic_virtual_reset(void)
{
    for (uint32_t n = 0; n < gic_lr_count(); n++)
        gic_lr_write(n, 0);
    mmio_write32(gich(), GICH_APR, 0);
    mmio_write32(gich(), GICH_VMCR, 0);
    mmio_write32(gich(), GICH_HCR, (uint32_t)field_mask(GICH_HCR, En));
}

void gic_maintenance(bool no_pending, bool underflow)
{
    mmio_write32(gich(), GICH_HCR, (uint32_t)(field_mask(GICH_HCR, En) | field_put(GICH_HCR, NPIE, no_pending) |
                                             field_put(GICH_HCR, UIE, underflow)));
}
