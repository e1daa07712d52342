/* SPDX-License-Identifier: Apache-2.0
 *
 * What is not in every switch: SPIs, and what is constant.
 */
#include "vdev/vgic_shared.h"

#include "vdev/vgic_state.h"

void vgic_share(struct vgic_turns *t, uint32_t vcpu)
{
    uint32_t partition = config_vcpu(vcpu)->partition;

    *t = (struct vgic_turns){ .cpu = &vgic_cpus[vcpu], .own = config_irq_owned(partition, 0) };
    for (uint32_t number = 1; number < HV_IRQ_WORDS; number++)
        if (config_irq_owned(partition, number) != 0)
            t->spis |= (uint32_t)BIT(number);
    gic_virtual_share(&t->interface);
}

bool vgic_has_more(const struct vgic_turns *t)
{
    return t->spis != 0 || t->interface.more != 0;
}

/* All enabled SPIs of its partition, on or off in hardware. */
static void spis(const struct vgic_turns *t, bool on)
{
    const struct vgic *g = t->cpu->common;

    for (uint32_t numbers = t->spis; numbers != 0; numbers &= numbers - 1) {
        uint32_t number = bits_lowest(numbers);
        uint32_t bits = g->hardware[number] & vgic_load(&g->word[number].enabled);

        if (on)
            gic_enable_word(number, bits, t->cpu->pcpu);
        else
            gic_disable_word(number, bits, t->cpu->pcpu);
    }
}

void vgic_leave_more(struct vgic_turns *t)
{
    if (t->interface.more != 0)
        gic_more_active_save(&t->interface);
    spis(t, false);
}

void vgic_come_more(const struct vgic_turns *t)
{
    if (t->interface.more != 0)
        gic_more_active_load(&t->interface);
    spis(t, true);
}

void vgic_change_private(uint32_t before, uint32_t now)
{
    uint32_t self = pcpu_self()->id;

    gic_disable_word(0, before & ~now, self);
    gic_enable_word(0, now & ~before, self);
}
