/* SPDX-License-Identifier: Apache-2.0
 *
 * The interrupt controller: one interface, two drivers. The devicetree says which is there:
 * "arm,gic-v3" (gicv3.c, system registers) or "arm,cortex-a15-gic" / "arm,gic-400" (gicv2.c, memory
 * mapped). Without a devicetree it is a GICv3 at the addresses of machine.h. INTIDs below 32 (SGI, PPI)
 * mean those of the calling vCPU.
 *
 *     token = gic_ack(); intid = gic_intid(token); ... gic_eoi(token);
 *
 * A GICv2 wants the whole token back: it also says which vCPU sent an SGI.
 */
#ifndef GUEST_GIC_H
#define GUEST_GIC_H

#include "cpu.h"

#define GICD_CTLR        0x0000u
#define GICD_TYPER       0x0004u
#define GICD_IIDR        0x0008u
#define GICD_IGROUPR     0x0080u
#define GICD_ISENABLER   0x0100u
#define GICD_ICENABLER   0x0180u
#define GICD_ISPENDR     0x0200u
#define GICD_ICPENDR     0x0280u
#define GICD_ISACTIVER   0x0300u
#define GICD_ICACTIVER   0x0380u
#define GICD_IPRIORITYR  0x0400u
#define GICD_ITARGETSR   0x0800u
#define GICD_ICFGR       0x0c00u
#define GICD_SGIR        0x0f00u
#define GICD_IROUTER     0x6000u
#define GICD_PIDR2       0xffe8u

#define GICR_CTLR        0x0000u
#define GICR_IIDR        0x0004u
#define GICR_TYPER       0x0008u
#define GICR_WAKER       0x0014u
#define GICR_SGI_FRAME   0x10000u /* the second frame has the same layout as the distributor, for INTIDs 0 .. 31 */

#define GICC_CTLR        0x0000u
#define GICC_PMR         0x0004u
#define GICC_BPR         0x0008u
#define GICC_IAR         0x000cu
#define GICC_EOIR        0x0010u
#define GICC_RPR         0x0014u
#define GICC_HPPIR       0x0018u
#define GICC_IIDR        0x00fcu

#define GICD_CTLR_GRP1   (1u << 1)
#define GICD_CTLR_ARE    (1u << 4)
#define GICD_CTLR_DS     (1u << 6)

#define GIC_INTID_SPECIAL 1020u
#define GIC_PRIORITY      0xa0u /* of everything, unless changed */

/* What gic_init() found. The second region is the redistributors (v3) or the CPU interface (v2). */
struct gic {
    uint32_t version; /* 2 or 3 */
    uint64_t gicd, gicr, gicc;
};
extern struct gic gic;

void gic_init(void);     /* distributor: once */
void gic_init_cpu(void); /* what each vCPU has of its own */

void gic_enable(uint32_t intid);
void gic_disable(uint32_t intid);
void gic_set_priority(uint32_t intid, uint8_t priority); /* smaller is more urgent; 16 levels at least, 0x10 apart */
void gic_set_edge(uint32_t intid, bool edge);            /* an SPI; disabled meanwhile. Else level */
void gic_route(uint32_t intid, uint64_t mpidr);          /* an SPI, to one vCPU */

/* How many vCPUs the interrupt controller serves. */
uint32_t gic_vcpu_count(void);

/* Base of the registers that have `intid`: the distributor or, GICv3, this vCPU's SGI frame. */
uint64_t gic_frame(uint32_t intid);

/* The drivers, for gic.c alone. */
void gicv2_init(void);
void gicv2_init_cpu(void);
void gicv2_route(uint32_t intid, uint64_t mpidr);
uint32_t gicv2_vcpu_count(void);
void gicv3_init(void);
void gicv3_init_cpu(void);
void gicv3_route(uint32_t intid, uint64_t mpidr);
uint32_t gicv3_vcpu_count(void);

/* To the vCPUs in `targets` (bit = affinity 0), or to all others. */
static inline void gic_send_sgi(uint32_t intid, uint32_t targets)
{
    dsb(); /* what the receiver should see is written */
    if (gic.version == 2) {
        mmio_write32(gic.gicd + GICD_SGIR, (targets & 0xff) << 16 | intid);
        return;
    }
    sysreg_write(icc_sgi1r_el1, (uint64_t)intid << 24 | targets);
    isb();
}
static inline void gic_send_sgi_others(uint32_t intid)
{
    dsb();
    if (gic.version == 2) {
        mmio_write32(gic.gicd + GICD_SGIR, 1u << 24 | intid);
        return;
    }
    sysreg_write(icc_sgi1r_el1, 1ul << 40 | (uint64_t)intid << 24);
    isb();
}

static inline uint32_t gicv2_ack(void)
{
    uint32_t token = mmio_read32(gic.gicc + GICC_IAR);

    dsb();
    return token;
}
static inline void gicv2_eoi(uint32_t token)
{
    dsb();
    mmio_write32(gic.gicc + GICC_EOIR, token);
}
static inline uint32_t gicv3_ack(void)
{
    uint32_t intid = (uint32_t)sysreg_read(icc_iar1_el1) & 0xffffff;

    dsb();
    return intid;
}
static inline void gicv3_eoi(uint32_t intid)
{
    sysreg_write(icc_eoir1_el1, intid);
    isb();
}

static inline uint32_t gic_ack(void) { return gic.version == 2 ? gicv2_ack() : gicv3_ack(); }
static inline uint32_t gic_intid(uint32_t token) { return gic.version == 2 ? token & 0x3ff : token; }
static inline void gic_eoi(uint32_t token)
{
    if (gic.version == 2)
        gicv2_eoi(token);
    else
        gicv3_eoi(token);
}

#endif
