/* SPDX-License-Identifier: Apache-2.0
 *
 * GICv2 (Arm IHI 0048): distributor and CPU interface in memory, up to eight vCPUs. Groups stay as they
 * are at reset and bit 0 of both control registers enables: that is group 0 where there is one security
 * state, and group 1 in the non-secure view where there are two.
 */
#include "gic.h"

#define GICD_CTLR_ENABLE 1u
#define GICC_CTLR_ENABLE 1u

void gicv2_init(void) { mmio_write32(gic.gicd + GICD_CTLR, GICD_CTLR_ENABLE); }

void gicv2_init_cpu(void)
{
    uint32_t i;

    for (i = 0; i < 32; i += 4) /* banked: these are this vCPU's */
        mmio_write32(gic.gicd + GICD_IPRIORITYR + i, GIC_PRIORITY * 0x01010101u);
    mmio_write32(gic.gicc + GICC_PMR, 0xf8);
    mmio_write32(gic.gicc + GICC_BPR, 0);
    mmio_write32(gic.gicc + GICC_CTLR, GICC_CTLR_ENABLE); /* EOImode 0: one write completes */
}

/* The CPU interface of a vCPU has the number of its affinity 0, on every machine we know. */
void gicv2_route(uint32_t intid, uint64_t mpidr)
{
    mmio_write8(gic.gicd + GICD_ITARGETSR + intid, (uint8_t)(1u << (mpidr & 7)));
}

/* GICD_TYPER.CPUNumber. */
uint32_t gicv2_vcpu_count(void) { return (mmio_read32(gic.gicd + GICD_TYPER) >> 5 & 7) + 1; }
