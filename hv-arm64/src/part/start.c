/* SPDX-License-Identifier: Apache-2.0
 *
 * Check, scrub, copy. RAM is mapped at EL2 only within a step. Everything written is cleaned to
 * the point of coherency, because the guest starts with its MMU off and reads past the caches. A warm start does
 * the same, but what would be zeroed is only cleaned: it stays, and no line of it is written back later.
 */
#include "part/start.h"

#include "arch/crc32c.h"
#include "arch/transition.h"
#include "config/config.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mem/mem.h"

void start_begin(struct start *s, bool warm)
{
    *s = (struct start){ .phase = START_CHECK, .check = CRC32C_START, .warm = warm };
}

static const struct hv_segment_config *segment_of(uint32_t partition, const struct start *s)
{
    return config_segment(config_partition(partition)->segment_first + s->segment);
}

/* Phase over all segments done? Goes to the next segment or the next phase. */
static void next_segment(uint32_t partition, struct start *s, enum start_phase after)
{
    s->segment++;
    s->offset = 0;
    s->check = CRC32C_START;
    if (s->segment == config_partition(partition)->segment_count) {
        s->segment = 0;
        s->phase = after;
    }
}

static enum start_result check(uint32_t partition, struct start *s)
{
    const struct hv_segment_config *g = segment_of(partition, s);
    uint64_t padded = (g->size + 7) & ~7ull;
    uint64_t end = min_u64(s->offset + START_STEP, padded);

    s->check = crc32c(s->check, (const uint64_t *)(g->store.pa + s->offset), end - s->offset);
    s->offset = end;
    if (end < padded)
        return START_MORE;
    if (~s->check != g->check)
        return START_BAD_PAYLOAD;
    next_segment(partition, s, START_SCRUB);
    return START_MORE;
}

static void scrub(uint32_t partition, struct start *s)
{
    const struct hv_partition_config *p = config_partition(partition);
    uint64_t base = p->ram_pa.pa + s->offset;
    uint64_t size = min_u64(START_STEP, p->ram_size - s->offset); /* RAM is whole pages */

    mem_loader_begin(partition);
    if (s->warm)
        transition_payload_ready(base, size);
    else
        transition_scrub(base, size);
    mem_loader_end();
    s->offset += size;
    if (s->offset == p->ram_size) {
        s->offset = 0;
        s->phase = START_COPY;
    }
}

static void copy(uint32_t partition, struct start *s)
{
    const struct hv_segment_config *g = segment_of(partition, s);
    uint64_t size = min_u64(START_STEP, g->size - s->offset);
    pa_t to;

    /* The SDK places every segment inside the partition's RAM (BH-GUEST checks). */
    HV_BUG_ON(!mem_ram_address(partition, (ipa_t){ g->ipa.ipa + s->offset }, size, &to));
    mem_loader_begin(partition);
    memcpy(mem_pointer(to), (const void *)(g->store.pa + s->offset), size);
    transition_payload_ready(to.pa, size);
    mem_loader_end();
    s->offset += size;
    if (s->offset == g->size)
        next_segment(partition, s, START_DONE);
}

enum start_result start_step(uint32_t partition, struct start *s)
{
    switch (s->phase) {
    case START_CHECK:
        return check(partition, s);
    case START_SCRUB:
        scrub(partition, s);
        return START_MORE;
    case START_COPY:
        copy(partition, s);
        return s->phase == START_DONE ? START_READY : START_MORE;
    case START_DONE:
        return START_READY;
    }
    return START_READY;
}
