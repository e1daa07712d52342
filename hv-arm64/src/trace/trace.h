/* SPDX-License-Identifier: Apache-2.0
 *
 * Each pCPU's ring of what it did (hv/trace.h). Without CONFIG_TRACE nothing of it is there, and the calls below are
 * nothing. A record costs at most 16 instructions.
 */
#ifndef HV_TRACE_TRACE_H
#define HV_TRACE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include <hv/trace.h>

#include "hv_counts.h"

#if HV_TRACE_RECORDS
#include "arch/ops.h"
#include "arch/pcpu.h"
#include "lib/bits.h"
#include "regs/regs.h"

struct trace_ring {
    struct hv_trace_head head;
    union {
        struct hv_trace_record record;
        uint64_t words[2]; /* as one store puts it */
    } places[HV_TRACE_RECORDS];
};

extern uint32_t trace_on; /* 0: nothing is put */

/* `kind` is a constant; the vCPU is the one it is about. */
static inline __attribute__((always_inline)) void trace_put(enum hv_trace_kind kind, uint32_t vcpu, uint64_t argument)
{
    struct trace_ring *ring;
    uint64_t *words;

    if (trace_on == 0)
        return;
    ring = pcpu_self()->trace;
    words = ring->places[ring->head.next++ % HV_TRACE_RECORDS].words;
    words[0] = sysreg_read(cntpct_el0);
    words[1] = (uint64_t)kind | (uint64_t)(uint16_t)vcpu << 16 | argument << 32;
}

/* The pCPU's own, before its first record. */
void trace_init(void);
/* Record n of all of a pCPU's; false where it is not there (any more). */
bool trace_read(uint32_t pcpu, uint64_t n, struct hv_trace_record *record);
/* How many of a pCPU's were put. */
uint64_t trace_count(uint32_t pcpu);
/* Nothing is put until it is on again; or it goes on. */
void trace_switch(bool on);

#else
static inline void trace_put(enum hv_trace_kind kind, uint32_t vcpu, uint64_t argument)
{
    (void)kind;
    (void)vcpu;
    (void)argument;
}

static inline void trace_init(void)
{
}
#endif

/* A fault: what led to it stays, where CONFIG_TRACE_STOP_ON_FAULT says so. */
static inline void trace_health(uint32_t vcpu, uint64_t argument)
{
    trace_put(HV_TRACE_HEALTH, vcpu, argument);
#if HV_TRACE_RECORDS && HV_TRACE_STOP_ON_FAULT
    trace_on = 0;
#endif
}

#endif
