/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory pools: blocks of one size, each 8-byte aligned. A free block's first word leads to the next one.
 */
#include "os.h"

struct os_pool {
    struct os_object object;
    struct os_list waiters;
    void *memory, *free;
    uint32_t count, size, stride, used;
    bool memory_ours;
};

_Static_assert(sizeof(struct os_pool) <= OS_POOL_CB_SIZE, "os_ext.h promises less");

static struct os_pool *get(osMemoryPoolId_t id) { return OS_GET(id, struct os_pool, object, OS_MAGIC_POOL); }

static bool fill(struct os_pool *pool, const osMemoryPoolAttr_t *attr)
{
    uint64_t bytes = (uint64_t)pool->count * pool->stride;
    uint32_t i;

    if (attr->mp_mem ? (uint64_t)attr->mp_mem % 8 != 0 || attr->mp_size < bytes : attr->mp_size != 0)
        return false;
    pool->memory_ours = !attr->mp_mem;
    pool->memory = attr->mp_mem ? attr->mp_mem : os_memory_take(bytes, 8);
    if (!pool->memory)
        return false;
    for (i = pool->count; i-- > 0;) {
        void **block = (void **)((char *)pool->memory + (uint64_t)i * pool->stride);

        *block = pool->free;
        pool->free = block;
    }
    return true;
}

osMemoryPoolId_t osMemoryPoolNew(uint32_t block_count, uint32_t block_size, const osMemoryPoolAttr_t *attr)
{
    static const osMemoryPoolAttr_t defaults;
    struct os_pool *pool;
    uint64_t state;

    if (!attr)
        attr = &defaults;
    if (os_in_isr() || os.state == osKernelInactive || block_count == 0 || block_size == 0 || block_size > UINT32_MAX - 7)
        return NULL;
    state = os_enter();
    pool = os_object_make(OS_MAGIC_POOL, attr->name, attr->cb_mem, attr->cb_size, sizeof(*pool));
    if (pool) {
        os_list_init(&pool->waiters);
        pool->count = block_count;
        pool->size = block_size;
        pool->stride = OS_POOL_BLOCK_SIZE(block_size);
        if (!fill(pool, attr)) {
            os_object_free(pool, &pool->object);
            pool = NULL;
        }
    }
    os_leave(state);
    return pool;
}

const char *osMemoryPoolGetName(osMemoryPoolId_t mp_id) { return os_object_name(mp_id, OS_MAGIC_POOL); }

void *osMemoryPoolAlloc(osMemoryPoolId_t mp_id, uint32_t timeout)
{
    struct os_pool *pool = get(mp_id);
    void **block = NULL;
    uint64_t state;

    if (!pool || (timeout && os_in_isr()))
        return NULL;
    if (!os_enter_for(&pool->object, OS_MAGIC_POOL, &state))
        return NULL;
    if (pool->free) {
        block = pool->free;
        pool->free = *block;
        pool->used++;
    } else if (timeout && os_may_block()) {
        struct os_thread *thread = os_cpu_this()->current;

        thread->wait_data = NULL;
        if (os_block(&pool->waiters, timeout) == (uint32_t)osOK)
            block = thread->wait_data;
    }
    os_leave(state);
    return block;
}

osStatus_t osMemoryPoolFree(osMemoryPoolId_t mp_id, void *block)
{
    struct os_pool *pool = get(mp_id);
    uint64_t at, state;

    if (!pool || (char *)block < (char *)pool->memory)
        return osErrorParameter;
    at = (uint64_t)((char *)block - (char *)pool->memory);
    if (at % pool->stride || at / pool->stride >= pool->count)
        return osErrorParameter;
    if (!os_enter_for(&pool->object, OS_MAGIC_POOL, &state))
        return osErrorParameter;
    if (pool->used == 0) {
        os_leave(state);
        return osErrorResource;
    }
    if (!os_list_is_empty(&pool->waiters)) {
        struct os_thread *thread = os_waiter(&pool->waiters);

        thread->wait_data = block;
        os_wake(thread, (uint32_t)osOK);
    } else {
        *(void **)block = pool->free;
        pool->free = block;
        pool->used--;
    }
    os_leave_switching(state);
    return osOK;
}

OS_NUMBER(osMemoryPoolGetCapacity, osMemoryPoolId_t, struct os_pool, pool, pool->count)
OS_NUMBER(osMemoryPoolGetBlockSize, osMemoryPoolId_t, struct os_pool, pool, pool->size)
OS_NUMBER(osMemoryPoolGetCount, osMemoryPoolId_t, struct os_pool, pool, pool->used)
OS_NUMBER(osMemoryPoolGetSpace, osMemoryPoolId_t, struct os_pool, pool, pool->count - pool->used)

osStatus_t osMemoryPoolDelete(osMemoryPoolId_t mp_id)
{
    struct os_pool *pool = get(mp_id);
    uint64_t state;

    if (os_in_isr() || !pool)
        return os_refusal();
    if (!os_enter_for(&pool->object, OS_MAGIC_POOL, &state))
        return osErrorParameter;
    os_wake_all(&pool->waiters, (uint32_t)osErrorResource);
    if (pool->memory_ours)
        os_memory_give(pool->memory);
    os_object_free(pool, &pool->object);
    os_leave_switching(state);
    return osOK;
}
