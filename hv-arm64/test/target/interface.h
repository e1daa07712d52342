/* SPDX-License-Identifier: Apache-2.0
 *
 * For test guests: the CPU interface and the odd register of the distributor, of a GICv3 by system registers, of a
 * GICv2 in memory (Arm IHI 0048, "CPU interface register map").
 */
#ifndef INTERFACE_H
#define INTERFACE_H

#include "check.h"

#define GICD_CPENDSGIR 0x0f10u /* GICv2: a byte an SGI, a bit a source */
#define GICD_SPENDSGIR 0x0f20u
#define GICC_DIR       0x1000u
#define GICC_EOIMODE   (1u << 9)

#define INTERFACE_READ(name, v2, v3)                                                                          \
    static inline uint32_t interface_##name(void)                                                             \
    {                                                                                                         \
        return gic.version == 2 ? mmio_read32(gic.gicc + v2) : (uint32_t)sysreg_read(v3);                     \
    }
#define INTERFACE_WRITE(name, v2, v3)                                                                         \
    static inline void interface_##name(uint32_t value)                                                       \
    {                                                                                                         \
        if (gic.version == 2)                                                                                 \
            mmio_write32(gic.gicc + v2, value);                                                               \
        else                                                                                                  \
            sysreg_write(v3, value);                                                                          \
        isb();                                                                                                \
    }
INTERFACE_READ(hppir, GICC_HPPIR, icc_hppir1_el1)
INTERFACE_READ(rpr, GICC_RPR, icc_rpr_el1)
INTERFACE_WRITE(set_pmr, GICC_PMR, icc_pmr_el1)
INTERFACE_WRITE(deactivate, GICC_DIR, icc_dir_el1)

#define PHYSICAL_PPI 30u /* the physical timer's, on QEMU's `virt` and in our partitions */

/* Of a handler: the timer whose interrupt this is asks for no other. */
static inline void timer_quiet(uint32_t intid)
{
    if (intid == MACHINE_INTID_VTIMER)
        timer_stop();
    if (intid == PHYSICAL_PPI)
        sysreg_write(cntp_ctl_el0, 0);
    isb();
}

static inline void interface_enable(bool on)
{
    if (gic.version == 2)
        mmio_write32(gic.gicc + GICC_CTLR, on);
    else
        sysreg_write(icc_igrpen1_el1, on);
    isb();
}

/* EOI in two steps: it drops the priority, interface_deactivate() ends it. */
static inline void interface_two_steps(bool on)
{
    if (gic.version == 2)
        mmio_write32(gic.gicc + GICC_CTLR, 1u | (on ? GICC_EOIMODE : 0));
    else
        sysreg_write(icc_ctlr_el1, on ? 2 : 0);
    isb();
}

static inline void distributor_enable(bool on)
{
    if (gic.version == 2)
        mmio_write32(gic.gicd + GICD_CTLR, on);
    else
        mmio_write32(gic.gicd + GICD_CTLR, GICD_CTLR_ARE | (on ? GICD_CTLR_GRP1 : 0));
}

/* One bit of a bank for this interrupt. A GICv2's SGI is made pending by its sources alone: here this vCPU. */
static inline void bank_set(uint32_t intid, uint32_t bank)
{
    bool sources = gic.version == 2 && intid < 16;

    if (sources && bank == GICD_ISPENDR)
        mmio_write8(gic.gicd + GICD_SPENDSGIR + intid, (uint8_t)(1u << cpu_this()->index));
    else if (sources && bank == GICD_ICPENDR)
        mmio_write8(gic.gicd + GICD_CPENDSGIR + intid, 0xff);
    else
        mmio_write32(gic_frame(intid) + bank + intid / 32 * 4, 1u << intid % 32);
}

static inline uint32_t bank_get(uint32_t intid, uint32_t bank)
{
    return mmio_read32(gic_frame(intid) + bank + intid / 32 * 4) >> intid % 32 & 1;
}

#endif
