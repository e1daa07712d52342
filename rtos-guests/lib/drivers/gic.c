/* SPDX-License-Identifier: Apache-2.0
 *
 * What GICv2 and GICv3 have in common: which one it is, and the distributor's banks of bits and
 * bytes, whose layout is the same (Arm IHI 0048, chapter 4; Arm IHI 0069, chapter 12).
 */
#include "gic.h"

#include "dtb.h"

struct gic gic = {.version = 3, .gicd = MACHINE_GICD, .gicr = MACHINE_GICR};

/* Two regions in `reg`, the distributor first: both bindings say so. */
static void find(void)
{
    static const struct {
        const char *compatible;
        uint32_t version;
    } known[] = {{"arm,gic-v3", 3}, {"arm,cortex-a15-gic", 2}, {"arm,gic-400", 2}};
    uint64_t bases[2];
    uint32_t i;

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!dtb_regions(known[i].compatible, bases, 2))
            continue;
        gic.version = known[i].version;
        gic.gicd = bases[0];
        *(gic.version == 3 ? &gic.gicr : &gic.gicc) = bases[1];
        return;
    }
}

void gic_init(void)
{
    find();
    if (gic.version == 2)
        gicv2_init();
    else
        gicv3_init();
}

void gic_init_cpu(void)
{
    if (gic.version == 2)
        gicv2_init_cpu();
    else
        gicv3_init_cpu();
}

uint64_t gic_frame(uint32_t intid)
{
    return intid < 32 && gic.version == 3 ? cpu_this()->gicr + GICR_SGI_FRAME : gic.gicd;
}

static void write_bit(uint32_t intid, uint32_t bank)
{
    mmio_write32(gic_frame(intid) + bank + intid / 32 * 4, 1u << intid % 32);
}

void gic_enable(uint32_t intid)
{
    if (intid >= 32) {
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

void gic_set_edge(uint32_t intid, bool edge)
{
    uint64_t icfgr = gic_frame(intid) + GICD_ICFGR + intid / 16 * 4;
    uint32_t bit = 2u << intid % 16 * 2;
    uint32_t value = mmio_read32(icfgr);

    gic_disable(intid); /* "software must disable an interrupt before it changes": both manuals */
    mmio_write32(icfgr, edge ? value | bit : value & ~bit);
}

void gic_route(uint32_t intid, uint64_t mpidr)
{
    if (gic.version == 2)
        gicv2_route(intid, mpidr);
    else
        gicv3_route(intid, mpidr);
}

uint32_t gic_vcpu_count(void) { return gic.version == 2 ? gicv2_vcpu_count() : gicv3_vcpu_count(); }
