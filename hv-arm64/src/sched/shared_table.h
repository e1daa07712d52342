/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy `table`: the windows of a major frame, one after the other, for ever. All pCPUs count their
 * frames from one origin. It decides and counts; who acts on it is trap/shared.c.
 */
#ifndef HV_SCHED_SHARED_TABLE_H
#define HV_SCHED_SHARED_TABLE_H

#include <stdint.h>

#include "arch/pcpu.h"
#include "config/config.h"

struct turn {
    void *who;      /* as it was bound; NULL: nobody's */
    uint64_t until; /* in ticks of the counter */
};

/* What a vCPU had of its time, for who looks on. */
struct table_account {
    uint64_t ticks;    /* in its windows so far, EL2's work for it included */
    uint64_t late_max; /* ticks from a window's planned begin to its switch, at most */
    uint32_t missed;   /* windows that were over before they could begin */
    uint32_t overruns; /* its windows that ended later than HV_LATE_LIMIT_NS after their time */
};

struct slot {
    uint64_t end; /* ticks from the frame's begin */
    struct table_account *account;
    void *who;
    uint32_t vcpu;
};

/* Of one pCPU. */
struct table {
    uint64_t frame; /* ticks at which this frame began */
    uint64_t frame_ticks;
    uint64_t late_limit;
    uint64_t until; /* end of this turn */
    uint64_t since; /* when its time began to count */
    const struct slot *slot, *first, *last;
};

extern struct table_account table_accounts[HV_VCPU_COUNT + 1]; /* the last: nobody's, on all pCPUs */

/* The boot pCPU, once all that come are there: frames count from `origin`. */
void table_set_origin(uint64_t origin);
/* The common origin; 0 while it is not known. */
uint64_t table_origin(void);

/* This pCPU's first turn: nobody's, until the origin. `who` is what each turn of a vCPU is to say: by its id. */
struct turn table_begin(struct table *t, void *(*who)(uint32_t vcpu));
/* EL2 was held up for whole windows, or frames: a board's debugger or an emulator stopped it. On to the slot that `now`
 * lies in; those passed over are counted as missed. */
void table_catch_up(struct table *t, uint64_t now);

/* This turn is over, it is `now`: whose is the next? */
static inline struct turn table_next(struct table *t, uint64_t now)
{
    struct table_account *account = t->slot->account;
    uint64_t late = now - t->until;

    account->ticks += now - t->since;
    if (late > t->late_limit)
        account->overruns++;
    if (t->slot++ == t->last) {
        t->slot = t->first;
        t->frame += t->frame_ticks;
    }
    if (now >= t->frame + t->slot->end) {
        table_catch_up(t, now);
        late = now - (t->slot == t->first ? t->frame : t->frame + t->slot[-1].end);
    }
    account = t->slot->account;
    if (late > account->late_max)
        account->late_max = late;
    t->since = now;
    t->until = t->frame + t->slot->end;
    return (struct turn){ .who = t->slot->who, .until = t->until };
}

/* HV_NONE: of the time that is nobody's, on all pCPUs. */
const struct table_account *table_account_of(uint32_t vcpu);

#endif
