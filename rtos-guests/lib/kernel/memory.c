/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's memory, for whoever does not bring their own: first fit over one list of blocks in the order of
 * their addresses. Creating objects is not a fast path, and a system that brings its memory never comes here.
 */
#include "os.h"

struct block {
    struct block *next, *prev;
    uint64_t size; /* this header included; a multiple of 16 */
    uint64_t used;
};

static struct block *first;
static uint64_t size_all, size_used, size_high;

void os_memory_init(void *base, uint64_t size)
{
    uint64_t start = ((uint64_t)base + 15) & ~15ull;
    uint64_t end = ((uint64_t)base + size) & ~15ull;

    size_used = size_high = 0;
    size_all = end > start + sizeof(struct block) ? end - start : 0;
    first = size_all ? (struct block *)start : NULL;
    if (first)
        *first = (struct block){.size = size_all};
}

/* The part of a block from `at` on becomes a block of its own. */
static struct block *split(struct block *block, uint64_t at)
{
    struct block *rest = (struct block *)((char *)block + at);

    *rest = (struct block){.next = block->next, .prev = block, .size = block->size - at};
    if (rest->next)
        rest->next->prev = rest;
    block->next = rest;
    block->size = at;
    return rest;
}

static void join(struct block *block)
{
    struct block *next = block->next;

    block->size += next->size;
    block->next = next->next;
    if (block->next)
        block->next->prev = block;
}

static struct block *fit(struct block *block, uint64_t need, uint64_t alignment)
{
    uint64_t payload = (uint64_t)block + sizeof(*block);
    uint64_t aligned = (payload + alignment - 1) & ~(alignment - 1);
    uint64_t gap = aligned - payload;

    if (gap && gap < sizeof(*block) + 16) { /* too small for a block of its own */
        aligned += alignment > sizeof(*block) + 16 ? alignment : (sizeof(*block) + 16 + alignment - 1) & ~(alignment - 1);
        gap = aligned - payload;
    }
    if (block->used || block->size < gap + need)
        return NULL;
    if (gap)
        block = split(block, gap);
    if (block->size >= need + sizeof(*block) + 16)
        split(block, need);
    return block;
}

void *os_memory_take(uint64_t size, uint64_t alignment)
{
    uint64_t need = sizeof(struct block) + ((size + 15) & ~15ull);
    struct block *block, *found = NULL;

    if (alignment < 16)
        alignment = 16;
    for (block = first; block && !found; block = block->next)
        found = fit(block, need, alignment);
    if (!found || size == 0)
        return NULL;
    found->used = 1;
    size_used += found->size;
    if (size_used > size_high)
        size_high = size_used;
    os_clear(found + 1, size);
    return found + 1;
}

void os_memory_give(void *memory)
{
    struct block *block = (struct block *)memory - 1;

    block->used = 0;
    size_used -= block->size;
    if (block->next && !block->next->used)
        join(block);
    if (block->prev && !block->prev->used)
        join(block->prev);
}

void os_memory_info(struct os_memory_info *info)
{
    uint64_t state = os_enter();

    *info = (struct os_memory_info){.size = size_all, .used = size_used, .high_water = size_high};
    os_leave(state);
}
