/* SPDX-License-Identifier: Apache-2.0
 *
 * Semaphores. A token released while a thread waits goes to that thread, past the count.
 */
#include "os.h"

struct os_semaphore {
    struct os_object object;
    struct os_list waiters;
    uint32_t count, max;
};

_Static_assert(sizeof(struct os_semaphore) <= OS_SEMAPHORE_CB_SIZE, "os_ext.h promises less");

static struct os_semaphore *get(osSemaphoreId_t id)
{
    return OS_GET(id, struct os_semaphore, object, OS_MAGIC_SEMAPHORE);
}

osSemaphoreId_t osSemaphoreNew(uint32_t max_count, uint32_t initial_count, const osSemaphoreAttr_t *attr)
{
    static const osSemaphoreAttr_t defaults;
    struct os_semaphore *semaphore;
    uint64_t state;

    if (!attr)
        attr = &defaults;
    if (os_in_isr() || os.state == osKernelInactive || max_count == 0 || initial_count > max_count)
        return NULL;
    state = os_enter();
    semaphore = os_object_make(OS_MAGIC_SEMAPHORE, attr->name, attr->cb_mem, attr->cb_size, sizeof(*semaphore));
    if (semaphore) {
        os_list_init(&semaphore->waiters);
        semaphore->max = max_count;
        semaphore->count = initial_count;
    }
    os_leave(state);
    return semaphore;
}

const char *osSemaphoreGetName(osSemaphoreId_t semaphore_id)
{
    return os_object_name(semaphore_id, OS_MAGIC_SEMAPHORE);
}

osStatus_t osSemaphoreAcquire(osSemaphoreId_t semaphore_id, uint32_t timeout)
{
    struct os_semaphore *semaphore = get(semaphore_id);
    uint32_t result = (uint32_t)osOK;
    uint64_t state;

    if (!semaphore || (timeout && os_in_isr()))
        return osErrorParameter;
    if (!os_enter_for(&semaphore->object, OS_MAGIC_SEMAPHORE, &state))
        return osErrorParameter;
    if (semaphore->count)
        semaphore->count--;
    else if (timeout == 0)
        result = (uint32_t)osErrorResource;
    else if (!os_may_block())
        result = (uint32_t)osErrorTimeout;
    else
        result = os_block(&semaphore->waiters, timeout);
    os_leave(state);
    return (osStatus_t)result;
}

osStatus_t osSemaphoreRelease(osSemaphoreId_t semaphore_id)
{
    struct os_semaphore *semaphore = get(semaphore_id);
    osStatus_t status = osOK;
    uint64_t state;

    if (!semaphore)
        return osErrorParameter;
    if (!os_enter_for(&semaphore->object, OS_MAGIC_SEMAPHORE, &state))
        return osErrorParameter;
    if (!os_list_is_empty(&semaphore->waiters))
        os_wake(os_waiter(&semaphore->waiters), (uint32_t)osOK);
    else if (semaphore->count < semaphore->max)
        semaphore->count++;
    else
        status = osErrorResource;
    os_leave_switching(state);
    return status;
}

OS_NUMBER(osSemaphoreGetCount, osSemaphoreId_t, struct os_semaphore, semaphore, semaphore->count)

osStatus_t osSemaphoreDelete(osSemaphoreId_t semaphore_id)
{
    struct os_semaphore *semaphore = get(semaphore_id);
    uint64_t state;

    if (os_in_isr() || !semaphore)
        return os_refusal();
    if (!os_enter_for(&semaphore->object, OS_MAGIC_SEMAPHORE, &state))
        return osErrorParameter;
    os_wake_all(&semaphore->waiters, (uint32_t)osErrorResource);
    os_object_free(semaphore, &semaphore->object);
    os_leave_switching(state);
    return osOK;
}
