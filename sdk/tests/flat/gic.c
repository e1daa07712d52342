/* SPDX-License-Identifier: Apache-2.0
 *
 * The interrupt controller, of either version, as little as the checks need. Arm IHI 0048, IHI 0069.
 */
#include "flat.h"

static uint32_t self(void)
{
    return sysreg_read(mpidr_el1) & 0xff;
}

uint64_t gic_frame(uint32_t intid)
{
    return intid < 32 && machine.gic == 3 ? machine.gicr + self() * GICR_STRIDE + GICR_SGI : machine.gicd;
}

bool gic_bit(uint32_t bank, uint32_t intid)
{
    return read32(gic_frame(intid) + bank + intid / 32 * 4) >> intid % 32 & 1;
}

void gic_set_bit(uint32_t bank, uint32_t intid)
{
    write32(gic_frame(intid) + bank + intid / 32 * 4, 1u << intid % 32);
}

/* A GICv2's SGI is pending from a source: here itself. */
void gic_pend(uint32_t intid, bool on)
{
    if (machine.gic == 2 && intid < 16)
        write8(machine.gicd + (on ? GICD_SPENDSGIR : GICD_CPENDSGIR) + intid, 1u << self());
    else
        gic_set_bit(on ? ISPENDR : ICPENDR, intid);
}

/* Group 1 on a GICv3, group 0 on a GICv2; all SGIs on, PPIs and SPIs off. */
void gic_cpu_begin(uint32_t cpu)
{
    if (machine.gic == 2) {
        write32(machine.gicd + GICD_CTLR, 1);
        for (uint32_t i = 0; i < 32; i++)
            write8(machine.gicd + IPRIORITYR + i, 0xa0);
        write32(machine.gicc + 4, 0xff);
        write32(machine.gicc, 1);
        return;
    }
    uint64_t frame = machine.gicr + cpu * GICR_STRIDE + GICR_SGI;

    if (cpu == 0)
        write32(machine.gicd + GICD_CTLR, 1u << 4 | 2);
    write32(machine.gicr + cpu * GICR_STRIDE + 0x14, 0); /* GICR_WAKER */
    write32(frame + IGROUPR, 0xffffffff);
    for (uint32_t i = 0; i < 32; i++)
        write8(frame + IPRIORITYR + i, 0xa0);
    write32(frame + ISENABLER, 0xffff);
    sysreg_write(s3_0_c12_c12_5, sysreg_read(s3_0_c12_c12_5) | 1); /* ICC_SRE_EL1 */
    isb();
    sysreg_write(s3_0_c4_c6_0, 0xff);  /* ICC_PMR_EL1 */
    sysreg_write(s3_0_c12_c12_7, 1);   /* ICC_IGRPEN1_EL1 */
    isb();
}

uint32_t gic_acknowledge(void)
{
    return machine.gic == 2 ? read32(machine.gicc + 0xc) : (uint32_t)sysreg_read(s3_0_c12_c12_0);
}

void gic_end(uint32_t token)
{
    if (machine.gic == 2)
        write32(machine.gicc + 0x10, token);
    else
        sysreg_write(s3_0_c12_c12_1, token);
}

void gic_send(uint32_t intid, uint32_t list, bool others)
{
    dsb();
    if (machine.gic == 2)
        write32(machine.gicd + GICD_SGIR, (uint32_t)others << 24 | list << 16 | intid);
    else
        sysreg_write(s3_0_c12_c11_5, (uint64_t)others << 40 | (uint64_t)intid << 24 | list);
    isb();
}
