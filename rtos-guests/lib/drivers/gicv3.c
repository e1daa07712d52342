/* SPDX-License-Identifier: Apache-2.0
 *
 * GICv3 with system registers (Arm IHI 0069): affinity routing, group 1 only, one security state. Waits for
 * RWP and ChildrenAsleep are bounded by the hardware, not by us.
 */
#include "gic.h"

#define GICD_CTLR_RWP     (1u << 31)
#define GICR_TYPER_LAST   (1u << 4)
#define GICR_WAKER_SLEEP  (1u << 1)
#define GICR_WAKER_ASLEEP (1u << 2)

void gicv3_init(void)
{
    mmio_write32(gic.gicd + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
    while (mmio_read32(gic.gicd + GICD_CTLR) & GICD_CTLR_RWP)
        cpu_yield();
}

/* GICR_TYPER[63:32] is the affinity of the frame's CPU. */
static uint64_t find_redistributor(void)
{
    uint64_t mpidr = sysreg_read(mpidr_el1);
    uint64_t affinity = (mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24;
    uint64_t frame = gic.gicr;

    for (;;) {
        uint64_t typer = mmio_read64(frame + GICR_TYPER);

        if (typer >> 32 == affinity || typer & GICR_TYPER_LAST)
            return frame;
        frame += MACHINE_GICR_SIZE;
    }
}

uint32_t gicv3_vcpu_count(void)
{
    uint32_t count = 1;

    while (!(mmio_read64(gic.gicr + (count - 1) * MACHINE_GICR_SIZE + GICR_TYPER) & GICR_TYPER_LAST))
        count++;
    return count;
}

void gicv3_init_cpu(void)
{
    struct cpu *cpu = cpu_this();
    uint64_t sgi;
    uint32_t i;

    cpu->gicr = find_redistributor();
    sgi = cpu->gicr + GICR_SGI_FRAME;
    mmio_write32(cpu->gicr + GICR_WAKER, mmio_read32(cpu->gicr + GICR_WAKER) & ~GICR_WAKER_SLEEP);
    while (mmio_read32(cpu->gicr + GICR_WAKER) & GICR_WAKER_ASLEEP)
        cpu_yield();
    mmio_write32(sgi + GICD_IGROUPR, 0xffffffffu);
    for (i = 0; i < 32; i += 4)
        mmio_write32(sgi + GICD_IPRIORITYR + i, GIC_PRIORITY * 0x01010101u);
    sysreg_write(icc_sre_el1, 7);
    isb();
    sysreg_write(icc_pmr_el1, 0xf8);
    sysreg_write(icc_bpr1_el1, 0);
    sysreg_write(icc_ctlr_el1, 0); /* one write completes */
    sysreg_write(icc_igrpen1_el1, 1);
    isb();
}

void gicv3_route(uint32_t intid, uint64_t mpidr)
{
    uint64_t igroupr = gic.gicd + GICD_IGROUPR + intid / 32 * 4;

    mmio_write32(igroupr, mmio_read32(igroupr) | 1u << intid % 32);
    mmio_write64(gic.gicd + GICD_IROUTER + 8ul * intid, mpidr & 0xff00fffffful);
}
