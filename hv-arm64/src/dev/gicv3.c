/* SPDX-License-Identifier: Apache-2.0
 *
 * GICv3, one security state or the non-secure view of two. Arm IHI 0069. All interrupts are
 * group 1 with one priority: among its own interrupts a guest's priorities live in the list
 * registers, and between partitions there is nothing to order. EOImode is 1: EL2 drops the
 * priority, the guest's EOI deactivates through the list register's HW bit.
 */
#include "dev/gic.h"

#include "arch/mmio.h"
#include "arch/ops.h"
#include "arch/pcpu.h"
#include "config/config.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "regs/regs.h"

#define GICR_SGI_FRAME 0x10000u
#define PRIORITY_ALL_4 0xa0a0a0a0u
#define POLL_LIMIT 1000000u

static uint64_t sgi_targets[HV_PCPU_COUNT]; /* ICC_SGI1R_EL1, all but the INTID */
static pa_t sgi_frames[HV_PCPU_COUNT];      /* the second frames of the redistributors: SGIs and PPIs */

static pa_t gicd(void)
{
    return config_global()->gicd;
}

static pa_t gicr(uint32_t pcpu)
{
    return (pa_t){ config_global()->gicr.pa + (uint64_t)pcpu * HV_GICR_STRIDE };
}

/* The register of a bit array for one word: SPIs are at the distributor, the rest at a redistributor. */
static void write_word(uint32_t gicd_array, uint32_t gicr_register, uint32_t word, uint32_t value, uint32_t pcpu)
{
    if (word > 0)
        mmio_write32(gicd(), gicd_array + 4 * word, value);
    else
        mmio_write32(sgi_frames[pcpu], gicr_register - GICR_SGI_FRAME, value);
}

static bool wait_clear(pa_t base, uint32_t offset, uint64_t mask)
{
    for (uint32_t n = 0; n < POLL_LIMIT; n++) {
        if ((mmio_read32(base, offset) & mask) == 0)
            return true;
        op_cpu_relax();
    }
    return false;
}

static uint32_t spi_words(void)
{
    return (uint32_t)field_get(GICD_TYPER, ITLinesNumber, mmio_read32(gicd(), GICD_TYPER)) + 1;
}

static uint64_t sgi_target(uint64_t mpidr)
{
    uint64_t aff0 = mpidr & 0xff;

    return field_put(ICC_SGI1R_EL1, TargetList, BIT(aff0 % 16)) | field_put(ICC_SGI1R_EL1, RS, aff0 / 16) |
           field_put(ICC_SGI1R_EL1, Aff1, mpidr >> 8) | field_put(ICC_SGI1R_EL1, Aff2, mpidr >> 16) |
           field_put(ICC_SGI1R_EL1, Aff3, mpidr >> 32);
}

bool gic_init_distributor(void)
{
    pa_t d = gicd();
    uint32_t words = spi_words();

    for (uint32_t id = 0; id < HV_PCPU_COUNT; id++) {
        sgi_targets[id] = sgi_target(config_pcpu(id)->mpidr);
        sgi_frames[id].pa = gicr(id).pa + GICR_SGI_FRAME;
    }
    mmio_write32(d, GICD_CTLR, 0);
    if (!wait_clear(d, GICD_CTLR, field_mask(GICD_CTLR, RWP)))
        return false;
    for (uint32_t word = 1; word < words; word++) {
        mmio_write32(d, GICD_IGROUPR + 4 * word, 0xffffffffu);
        mmio_write32(d, GICD_ICENABLER + 4 * word, 0xffffffffu);
        mmio_write32(d, GICD_ICPENDR + 4 * word, 0xffffffffu);
        mmio_write32(d, GICD_ICACTIVER + 4 * word, 0xffffffffu);
        for (uint32_t i = 0; i < 8; i++)
            mmio_write32(d, GICD_IPRIORITYR + 32 * word + 4 * i, PRIORITY_ALL_4);
    }
    if (!wait_clear(d, GICD_CTLR, field_mask(GICD_CTLR, RWP)))
        return false;
    for (uint32_t intid = HV_SPI_FIRST; intid < HV_INTID_COUNT; intid++) {
        uint32_t owner = config_irq_owner(intid);
        uint32_t shift = 2 * (intid % 16) + 1;

        if (owner >= HV_PARTITION_COUNT || !(config_irq_edge(owner, intid / 32) & BIT(intid % 32)))
            continue;
        mmio_write32(d, GICD_ICFGR + 4 * (intid / 16),
                     mmio_read32(d, GICD_ICFGR + 4 * (intid / 16)) | (uint32_t)BIT(shift));
    }
    mmio_write32(d, GICD_CTLR, (uint32_t)(field_mask(GICD_CTLR, ARE) | field_mask(GICD_CTLR, EnableGrp1)));
    return wait_clear(d, GICD_CTLR, field_mask(GICD_CTLR, RWP));
}

bool gic_init_pcpu(void)
{
    uint32_t self = pcpu_self()->id;
    pa_t r = gicr(self);

    mmio_write32(r, GICR_WAKER, mmio_read32(r, GICR_WAKER) & (uint32_t)~field_mask(GICR_WAKER, ProcessorSleep));
    if (!wait_clear(r, GICR_WAKER, field_mask(GICR_WAKER, ChildrenAsleep)))
        return false;
    mmio_write32(r, GICR_IGROUPR0, 0xffffffffu);
    mmio_write32(r, GICR_ICENABLER0, 0xffffffffu);
    mmio_write32(r, GICR_ICPENDR0, 0xffffffffu);
    mmio_write32(r, GICR_ICACTIVER0, 0xffffffffu);
    for (uint32_t i = 0; i < GICR_IPRIORITYR_COUNT; i++)
        mmio_write32(r, GICR_IPRIORITYR + 4 * i, PRIORITY_ALL_4);
    mmio_write32(r, GICR_ISENABLER0, (uint32_t)(BIT(GIC_SGI_KICK) | BIT(GIC_SGI_CONSOLE) | BIT(GIC_SGI_VGIC)));
    if (!wait_clear(r, GICR_CTLR, field_mask(GICR_CTLR, RWP)))
        return false;

    sysreg_write(ICC_SRE_EL2, field_mask(ICC_SRE_EL2, SRE) | field_mask(ICC_SRE_EL2, DFB) |
                                  field_mask(ICC_SRE_EL2, DIB) | field_mask(ICC_SRE_EL2, Enable));
    op_isb();
    sysreg_write(ICC_PMR_EL1, 0xffu);
    sysreg_write(ICC_BPR1_EL1, 0u);
    sysreg_write(ICC_CTLR_EL1, field_mask(ICC_CTLR_EL1, EOImode));
    sysreg_write(ICC_IGRPEN1_EL1, 1u);
    op_isb();
    pcpu_self()->lr_count = (uint32_t)field_get(ICH_VTR_EL2, ListRegs, sysreg_read(ICH_VTR_EL2)) + 1;
    gic_virtual_reset();
    gic_enable(config_global()->maintenance_intid, self);
    return true;
}

uint32_t gic_ack(void)
{
    return (uint32_t)sysreg_read(ICC_IAR1_EL1);
}

void gic_drop(uint32_t intid)
{
    sysreg_write(ICC_EOIR1_EL1, intid);
}

void gic_deactivate(uint32_t intid)
{
    sysreg_write(ICC_DIR_EL1, intid);
}

void gic_end(uint32_t intid)
{
    sysreg_write(ICC_EOIR1_EL1, intid);
    sysreg_write(ICC_DIR_EL1, intid);
}

void gic_send_sgi(uint32_t pcpu, enum gic_sgi sgi)
{
    op_dsb_ishst(); /* what the SGI announces is seen before it arrives */
    sysreg_write(ICC_SGI1R_EL1, sgi_targets[pcpu] | (uint64_t)sgi << ICC_SGI1R_EL1_INTID_LO);
    op_isb();
}

void gic_enable_word(uint32_t word, uint32_t mask, uint32_t pcpu)
{
    write_word(GICD_ISENABLER, GICR_ISENABLER0, word, mask, pcpu);
}

void gic_disable_word(uint32_t word, uint32_t mask, uint32_t pcpu)
{
    write_word(GICD_ICENABLER, GICR_ICENABLER0, word, mask, pcpu);
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
    write_word(GICD_ISPENDR, GICR_ISPENDR0, word, mask, pcpu);
}

void gic_clear_pending_word(uint32_t word, uint32_t mask, uint32_t pcpu)
{
    write_word(GICD_ICPENDR, GICR_ICPENDR0, word, mask, pcpu);
}

void gic_clear_active_word(uint32_t word, uint32_t mask, uint32_t pcpu)
{
    write_word(GICD_ICACTIVER, GICR_ICACTIVER0, word, mask, pcpu);
}

uint32_t gic_read_pending(uint32_t word, uint32_t pcpu)
{
    return word > 0 ? mmio_read32(gicd(), GICD_ISPENDR + 4 * word) : mmio_read32(sgi_frames[pcpu], GICR_ISPENDR0 - GICR_SGI_FRAME);
}

void gic_route(uint32_t intid, uint32_t pcpu)
{
    mmio_write64(gicd(), GICD_IROUTER + 8 * (uint64_t)intid, config_pcpu(pcpu)->mpidr & 0xff00ffffffull);
}

#define LR_CASES(CASE) \
    CASE(0) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) \
    CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14) CASE(15)

uint64_t gic_lr_read(uint32_t n)
{
    switch (n) {
#define LR_READ(i) case i: return sysreg_read(ICH_LR##i##_EL2);
        LR_CASES(LR_READ)
    default:
        hv_bug("list register out of range"); /* callers count to lr_count, at most 16 */
    }
}

void gic_lr_write(uint32_t n, uint64_t value)
{
    switch (n) {
#define LR_WRITE(i) case i: sysreg_write(ICH_LR##i##_EL2, value); return;
        LR_CASES(LR_WRITE)
    default:
        hv_bug("list register out of range"); /* as above */
    }
}

bool gic_lr_put_sgi(uint64_t value, uint32_t all)
{
    if (((uint32_t)sysreg_read(ICH_ELRSR_EL2) | 1u) != all)
        return false;
    sysreg_write(ICH_LR1_EL2, value);
    return true;
}

uint32_t gic_lr_empty(void)
{
    return (uint32_t)sysreg_read(ICH_ELRSR_EL2);
}

uint32_t gic_lr_ended(void)
{
    return (uint32_t)sysreg_read(ICH_EISR_EL2);
}

uint32_t gic_lr_count(void)
{
    return pcpu_self()->lr_count;
}

void gic_virtual_reset(void)
{
    uint32_t groups = (uint32_t)field_get(ICH_VTR_EL2, PREbits, sysreg_read(ICH_VTR_EL2)) + 1;

    for (uint32_t n = 0; n < gic_lr_count(); n++)
        gic_lr_write(n, 0);
    sysreg_write(ICH_AP0R0_EL2, 0u);
    sysreg_write(ICH_AP1R0_EL2, 0u);
    if (groups >= 6) {
        sysreg_write(ICH_AP0R1_EL2, 0u);
        sysreg_write(ICH_AP1R1_EL2, 0u);
    }
    if (groups >= 7) {
        sysreg_write(ICH_AP0R2_EL2, 0u);
        sysreg_write(ICH_AP1R2_EL2, 0u);
        sysreg_write(ICH_AP0R3_EL2, 0u);
        sysreg_write(ICH_AP1R3_EL2, 0u);
    }
    sysreg_write(ICH_VMCR_EL2, 0u);
    sysreg_write(ICH_HCR_EL2, field_mask(ICH_HCR_EL2, En));
    op_isb();
}

void gic_maintenance(bool no_pending, bool underflow)
{
    sysreg_write(ICH_HCR_EL2, field_mask(ICH_HCR_EL2, En) | field_put(ICH_HCR_EL2, NPIE, no_pending) |
                                  field_put(ICH_HCR_EL2, UIE, underflow));
}
