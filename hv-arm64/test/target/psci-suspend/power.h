/* SPDX-License-Identifier: Apache-2.0
 *
 * A call that powers its vCPU down, as a function that returns. power.S has the offsets.
 */
#ifndef POWER_H
#define POWER_H

#include <stdint.h>

struct power_down {
    uint64_t call[4]; /* x0 to x3; x2 or x3, the context, is overwritten with the address of this */
    uint64_t saved[24];
    /* What the vCPU found where it began again. */
    uint64_t context, el, daif, sctlr, vbar, cpacr, tpidr, timer_control, counter, spsel;
};

/* 1: it went on at its entry. Else the answer of the call. `context_at`: the register of its context, 2 or 3; the
 * one before it gets the entry. MMU and caches are on; everything that C relies on is as before. */
int64_t power_down(struct power_down *p, uint64_t context_at);

#endif
