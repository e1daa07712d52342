/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#if HV_TRACE_RECORDS
_Static_assert(sizeof(struct hv_trace_record) == 16, "hv/trace.h");
_Static_assert((HV_TRACE_RECORDS & (HV_TRACE_RECORDS - 1)) == 0, "the newest record overwrites the oldest");

static struct trace_ring trace_rings[HV_PCPU_COUNT];
uint32_t trace_on = 1;

void trace_init(void)
{
    struct pcpu *self = pcpu_self();
    struct trace_ring *ring = &trace_rings[self->id];

    ring->head = (struct hv_trace_head){
        .magic = HV_TRACE_MAGIC, .version = HV_TRACE_VERSION, .pcpu = self->id, .size = HV_TRACE_RECORDS,
        .hz = self->counter_hz,
    };
    self->trace = ring;
}

bool trace_read(uint32_t pcpu, uint64_t n, struct hv_trace_record *record)
{
    const struct trace_ring *ring = &trace_rings[pcpu];

    if (n >= ring->head.next || ring->head.next - n > HV_TRACE_RECORDS)
        return false;
    *record = ring->places[n % HV_TRACE_RECORDS].record;
    return true;
}

uint64_t trace_count(uint32_t pcpu)
{
    return trace_rings[pcpu].head.next;
}

void trace_switch(bool on)
{
    trace_on = on;
}
#endif
