/* SPDX-License-Identifier: Apache-2.0
 *
 * The interrupt controller as the hypervisor drives it: the physical distributor,
 * redistributors and CPU interface, and the list registers of the virtual one. One file per GIC
 * version implements it; the build takes one. No function here knows about guests.
 *
 * Interrupts are INTIDs. A pCPU is an index into hv_pcpus[].
 */
#ifndef HV_DEV_GIC_H
#define HV_DEV_GIC_H

#include <stdbool.h>
#include <stdint.h>

#define GIC_SPURIOUS 1023u /* ack: nothing is pending; 1020 to 1023 are special INTIDs */
#define GIC_PPI_FIRST 16u
#define GIC_LR_MAX 16u
#define GIC_LR_SGI 1u

/* SGIs between pCPUs. */
enum gic_sgi {
    GIC_SGI_KICK = 0,    /* look at your vCPU: something was asked of it */
    GIC_SGI_CONSOLE = 1, /* a console ring is no longer empty */
    GIC_SGI_VGIC = 2,    /* SGIs of your vCPU were made pending, nothing else */
};

/* Once, on the boot pCPU. False if the hardware did not answer within its time limit. */
bool gic_init_distributor(void);
/* On each pCPU, for itself. */
bool gic_init_pcpu(void);

uint32_t gic_ack(void);             /* INTID, or >= 1020 */
void gic_drop(uint32_t intid);      /* priority drop: others may come */
void gic_deactivate(uint32_t intid); /* may come again */
void gic_end(uint32_t intid);       /* both */
void gic_send_sgi(uint32_t pcpu, enum gic_sgi sgi);

/* Of any INTID but SGIs; for a PPI the pCPU says whose. */
void gic_enable(uint32_t intid, uint32_t pcpu);
void gic_disable(uint32_t intid, uint32_t pcpu);
/* The same for those of the 32 INTIDs from 32 * word that `mask` names. */
void gic_enable_word(uint32_t word, uint32_t mask, uint32_t pcpu);
void gic_disable_word(uint32_t word, uint32_t mask, uint32_t pcpu); /* one may still be on its way */
void gic_set_pending_word(uint32_t word, uint32_t mask, uint32_t pcpu);
void gic_clear_pending_word(uint32_t word, uint32_t mask, uint32_t pcpu);
void gic_clear_active_word(uint32_t word, uint32_t mask, uint32_t pcpu);
/* Their pending bits: latched, or the line of a level-triggered one is high. */
uint32_t gic_read_pending(uint32_t word, uint32_t pcpu);
/* The pCPU that gets an SPI. */
void gic_route(uint32_t intid, uint32_t pcpu);

/* The virtual CPU interface of the running pCPU. */
uint64_t gic_lr_read(uint32_t n);
void gic_lr_write(uint32_t n, uint64_t value);
/* Into list register GIC_LR_SGI, if of all there are only register 0 is in use. */
bool gic_lr_put_sgi(uint64_t value, uint32_t all);
uint32_t gic_lr_empty(void);           /* bit n: list register n is free */
uint32_t gic_lr_ended(void);           /* bit n: list register n waits to be cleared after its EOI */
uint32_t gic_lr_count(void);
void gic_virtual_reset(void);          /* as at reset: nothing pending, nothing active */
void gic_maintenance(bool no_pending, bool underflow); /* which events interrupt EL2 */

#endif
