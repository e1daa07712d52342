/* SPDX-License-Identifier: Apache-2.0
 *
 * What the attacks share. An attack tries things and counts; it has ESCAPED if one of them gave what a
 * partition must never have. An attack must end by itself and leave the guest able to go on; it begins with interrupts
 * masked, and may leave interrupt controller, virtual timer and UART as it likes, but for those in talk.c.
 */
#ifndef ROGUE_H
#define ROGUE_H

#include "guest.h"
#include "rtos.h"

struct outcome {
    uint32_t tries, faults; /* a fault is an exception that this guest got for a try */
    uint32_t answers;       /* harmless answers: a value of the virtual machine, an error code */
    uint32_t escapes;
    const char *what; /* the first escape */
    uint64_t where;
};

typedef void attack_fn(struct outcome *outcome);

attack_fn attack_other_ram, attack_el2_ram, attack_device, attack_jump_nowhere;              /* memory.c */
attack_fn attack_gic, attack_irq_masked_loop, attack_wfi_storm, attack_timer_storm, attack_sgi_storm; /* interrupts.c */
attack_fn attack_smc_flood, attack_hvc_flood, attack_psci_abuse;                             /* calls.c */
attack_fn attack_console_flood, attack_forged_tags;                                          /* talk.c */
attack_fn attack_sysregs, attack_odd_accesses;                                               /* instructions.c */
attack_fn attack_aarch32;                                                                    /* aarch32.c */

/* One try, judged by the caller. True if it faulted. */
static inline bool try_end(struct outcome *outcome)
{
    bool faulted = fault_taken(NULL);

    outcome->tries++;
    outcome->faults += faulted;
    return faulted;
}

static inline void escape(struct outcome *outcome, const char *what, uint64_t where)
{
    if (outcome->escapes++ == 0) {
        outcome->what = what;
        outcome->where = where;
    }
}

#endif
