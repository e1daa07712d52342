/* SPDX-License-Identifier: Apache-2.0
 *
 * Driver of the GICv3 (Arm IHI 0069) with system registers: group 1 only, one security state.
 * INTIDs below 32 (SGI, PPI) mean those of the calling vCPU.
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

#define GICD_CTLR_GRP1   (1u << 1)
#define GICD_CTLR_ARE    (1u << 4)
#define GICD_CTLR_DS     (1u << 6)

#define GIC_INTID_SPECIAL 1020u
#define GIC_PRIORITY      0xa0u /* of everything, unless changed */

void gic_init(void);     /* distributor: once */
void gic_init_cpu(void); /* redistributor and CPU interface of this vCPU */

void gic_enable(uint32_t intid);
void gic_disable(uint32_t intid);
void gic_set_priority(uint32_t intid, uint8_t priority);
void gic_route(uint32_t intid, uint64_t mpidr); /* an SPI, to one vCPU */

/* How many vCPUs there are: redistributors up to the one that says it is the last. */
uint32_t gic_vcpu_count(void);

/* Base of the registers that have `intid`: the distributor or this vCPU's SGI frame. */
uint64_t gic_frame(uint32_t intid);

/* ICC_SGI1R_EL1: to the vCPUs in `targets` (bit = affinity 0), or to all others. */
static inline void gic_send_sgi(uint32_t intid, uint32_t targets)
{
    dsb(); /* what the receiver should see is written */
    sysreg_write(icc_sgi1r_el1, (uint64_t)intid << 24 | targets);
    isb();
}
static inline void gic_send_sgi_others(uint32_t intid)
{
    dsb();
    sysreg_write(icc_sgi1r_el1, 1ul << 40 | (uint64_t)intid << 24);
    isb();
}

static inline uint32_t gic_ack(void)
{
    uint32_t intid = (uint32_t)sysreg_read(icc_iar1_el1) & 0xffffff;

    dsb();
    return intid;
}
static inline void gic_eoi(uint32_t intid)
{
    dsb();
    sysreg_write(icc_eoir1_el1, intid);
    isb();
}

#endif
