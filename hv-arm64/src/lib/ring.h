/* SPDX-License-Identifier: Apache-2.0
 *
 * A byte ring with one producer and one consumer, which may be on different pCPUs: each side
 * writes its own index only. The size is a power of two; all of it can be used.
 */
#ifndef HV_LIB_RING_H
#define HV_LIB_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RING_SIZE 1024u

struct ring {
    _Atomic uint32_t head; /* written by the producer; counts for ever */
    _Atomic uint32_t tail; /* written by the consumer */
    uint8_t bytes[RING_SIZE];
};

static inline uint32_t ring_used(const struct ring *r)
{
    return atomic_load_explicit(&r->head, memory_order_acquire) -
           atomic_load_explicit(&r->tail, memory_order_acquire);
}

static inline uint32_t ring_room(const struct ring *r)
{
    return RING_SIZE - ring_used(r);
}

/* Producer. False when full. */
static inline bool ring_push(struct ring *r, uint8_t byte)
{
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

    if (head - atomic_load_explicit(&r->tail, memory_order_acquire) == RING_SIZE)
        return false;
    r->bytes[head % RING_SIZE] = byte;
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
    return true;
}

/* Producer: all of it, seen at once by the consumer, or nothing. */
static inline bool ring_push_all(struct ring *r, const char *bytes, uint32_t count)
{
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

    if (ring_room(r) < count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        r->bytes[(head + i) % RING_SIZE] = (uint8_t)bytes[i];
    atomic_store_explicit(&r->head, head + count, memory_order_release);
    return true;
}

/* Producer: what it pushed last; `otherwise` if that is nothing yet. */
static inline uint8_t ring_last(const struct ring *r, uint8_t otherwise)
{
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

    return head == 0 ? otherwise : r->bytes[(head - 1) % RING_SIZE];
}

/* Consumer. False when empty. */
static inline bool ring_pop(struct ring *r, uint8_t *byte)
{
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    if (atomic_load_explicit(&r->head, memory_order_acquire) == tail)
        return false;
    *byte = r->bytes[tail % RING_SIZE];
    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
    return true;
}

#endif
