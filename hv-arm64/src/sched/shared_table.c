/* SPDX-License-Identifier: Apache-2.0
 *
 * Decisions in constant time: the windows stand in the plan in their order, and their ends were
 * turned into ticks at the start. A turn that ends late does not move the next one.
 */
#include "sched/shared_table.h"

#include <stdatomic.h>
#include <stddef.h>

#include "arch/pcpu.h"
#include "config/config.h"

#define NS_PER_S 1000000000u

struct table_account table_accounts[HV_VCPU_COUNT + 1];

static struct slot slots[HV_WINDOW_COUNT];
static _Atomic uint64_t origin;

/* Up to 18 seconds at 1 GHz; the SDK allows frames of 4. */
static uint64_t ticks_of(uint64_t ns)
{
    return ns * (pcpu_self()->counter_hz / 1000) / (NS_PER_S / 1000);
}

static uint32_t account_of(uint32_t vcpu)
{
    return vcpu == HV_NONE ? HV_VCPU_COUNT : vcpu;
}

void table_set_origin(uint64_t ticks)
{
    atomic_store(&origin, ticks);
}

uint64_t table_origin(void)
{
    return atomic_load(&origin);
}

struct turn table_begin(struct table *t, void *(*who)(uint32_t vcpu))
{
    const struct hv_schedule_config *s = config_schedule(pcpu_self()->id);

    for (uint32_t i = s->window_first; i < s->window_first + s->window_count; i++) {
        slots[i].end = ticks_of(config_window(i)->end_ns);
        slots[i].vcpu = config_window(i)->vcpu;
        slots[i].who = slots[i].vcpu == HV_NONE ? NULL : who(slots[i].vcpu);
        slots[i].account = &table_accounts[account_of(slots[i].vcpu)];
    }
    t->first = &slots[s->window_first];
    t->last = t->first + s->window_count - 1;
    t->slot = t->last;
    t->frame_ticks = ticks_of(s->frame_ns);
    t->late_limit = ticks_of(HV_LATE_LIMIT_NS);
    t->frame = table_origin() - t->frame_ticks;
    t->since = t->until = table_origin();
    return (struct turn){ .who = NULL, .until = t->until };
}

void table_catch_up(struct table *t, uint64_t now)
{
    uint64_t frames = (now - t->frame) / t->frame_ticks;

    for (const struct slot *s = t->first; s <= t->last && frames != 0; s++)
        s->account->missed += (uint32_t)frames; /* of each of these frames */
    t->frame += frames * t->frame_ticks;
    if (frames != 0) { /* in the first of them those before this slot were not missed, in the last they were */
        for (const struct slot *s = t->first; s < t->slot; s++)
            s->account->missed--;
        t->slot = t->first;
    }
    for (; now >= t->frame + t->slot->end; t->slot++)
        t->slot->account->missed++;
}

const struct table_account *table_account_of(uint32_t vcpu)
{
    return &table_accounts[account_of(vcpu)];
}
