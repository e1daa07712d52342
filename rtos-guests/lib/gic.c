/* SPDX-License-Identifier: Apache-2.0
 *
 * See gic.h. Waits for RWP and ChildrenAsleep are bounded by the hardware, not by us.
 */
#include "gic.h"

#define GICD_CTLR_RWP      (1u << 31)
#define GICR_TYPER_LAST    (1u << 4)
#define GICR_WAKER_SLEEP   (1u << 1)
#define GICR_WAKER_ASLEEP  (1u << 2)

static void write_bit(uint32_t intid, uint32_t bank)
{
    mmio_write32(gic_frame(intid) + bank + intid / 32 * 4, 1u << intid % 32);
}

uint64_t gic_frame(uint32_t intid) { return intid < 32 ? cpu_this()->gicr + GICR_SGI_FRAME : MACHINE_GICD; }

void gic_init(void)
{
    mmio_write32(MACHINE_GICD + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
    while (mmio_read32(MACHINE_GICD + GICD_CTLR) & GICD_CTLR_RWP)
        cpu_yield();
}

/* GICR_TYPER[63:32] is the affinity of the frame's CPU. */
static uint64_t find_redistributor(void)
{
    uint64_t mpidr = sysreg_read(mpidr_el1);
    uint64_t affinity = (mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24;
    uint64_t frame = MACHINE_GICR;

    for (;;) {
        uint64_t typer = mmio_read64(frame + GICR_TYPER);

        if (typer >> 32 == affinity || typer & GICR_TYPER_LAST)
            return frame;
        frame += MACHINE_GICR_SIZE;
    }
}

uint32_t gic_vcpu_count(void)
{
    uint32_t count = 1;

    while (!(mmio_read64(MACHINE_GICR + (count - 1) * MACHINE_GICR_SIZE + GICR_TYPER) & GICR_TYPER_LAST))
        count++;
    return count;
}

void gic_init_cpu(void)
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

void gic_enable(uint32_t intid)
{
    if (intid >= 32) {
        uint64_t igroupr = MACHINE_GICD + GICD_IGROUPR + intid / 32 * 4;

        mmio_write32(igroupr, mmio_read32(igroupr) | 1u << intid % 32);
        gic_set_priority(intid, GIC_PRIORITY);
        gic_route(intid, sysreg_read(mpidr_el1));
    }
    write_bit(intid, GICD_ISENABLER);
}

void gic_disable(uint32_t intid) { write_bit(intid, GICD_ICENABLER); }

void gic_set_priority(uint32_t intid, uint8_t priority)
{
    mmio_write8(gic_frame(intid) + GICD_IPRIORITYR + intid, priority);
}

void gic_route(uint32_t intid, uint64_t mpidr)
{
    mmio_write64(MACHINE_GICD + GICD_IROUTER + 8ul * intid, mpidr & 0xff00fffffful);
}
