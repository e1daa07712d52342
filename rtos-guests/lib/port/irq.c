/* SPDX-License-Identifier: Apache-2.0
 *
 * See irq.h.
 */
#include "irq.h"

#include "gic.h"

struct irq_slot irq_slots[IRQ_HANDLERS + 1];

void irq_init(void)
{
    uint32_t i;

    for (i = 0; i <= IRQ_HANDLERS; i++)
        irq_slots[i].handler = gic_disable;
}

void irq_set_handler(uint32_t intid, irq_fn *handler)
{
    if (intid < IRQ_HANDLERS)
        irq_slots[intid].handler = handler ? handler : gic_disable;
}

uint32_t irq_count(uint32_t intid) { return intid < IRQ_HANDLERS ? (uint32_t)irq_slots[intid].count : 0; }
