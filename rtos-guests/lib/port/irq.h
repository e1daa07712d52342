/* SPDX-License-Identifier: Apache-2.0
 *
 * Interrupt handlers. Without the kernel a handler runs with interrupts masked; under the kernel interrupts of
 * higher priority come in between. The library acknowledges and completes.
 */
#ifndef GUEST_IRQ_H
#define GUEST_IRQ_H

#include <stdint.h>

#define IRQ_HANDLERS 96u /* SGI, PPI and the first 64 SPI */

typedef void irq_fn(uint32_t intid);

/* The default handler disables the interrupt: a level one would never end. NULL: that one again. */
void irq_set_handler(uint32_t intid, irq_fn *handler);

/* How often `intid` came, on all vCPUs. */
uint32_t irq_count(uint32_t intid);

/* For the library: all to the default handler; and the handler of an INTID that is not special. */
void irq_init(void);
struct irq_slot {
    irq_fn *handler;
    uint64_t count;
};
extern struct irq_slot irq_slots[IRQ_HANDLERS + 1]; /* the last one: all others */

static inline void irq_call(uint32_t intid)
{
    struct irq_slot *slot = &irq_slots[intid < IRQ_HANDLERS ? intid : IRQ_HANDLERS];

    slot->count++;
    slot->handler(intid);
}

#endif
