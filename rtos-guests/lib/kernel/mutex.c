/* SPDX-License-Identifier: Apache-2.0
 *
 * Mutexes: recursive, with priority inheritance along chains of owners, robust. A thread's priority is
 * its own (base) or that of the most urgent thread that waits for a mutex of its with osMutexPrioInherit.
 */
#include "os.h"

#define ATTRIBUTES (osMutexRecursive | osMutexPrioInherit | osMutexRobust)

_Static_assert(sizeof(struct os_mutex) <= OS_MUTEX_CB_SIZE, "os_ext.h promises less");

static struct os_mutex *get(osMutexId_t id) { return OS_GET(id, struct os_mutex, object, OS_MAGIC_MUTEX); }

static uint8_t inherited(const struct os_thread *thread)
{
    uint8_t priority = thread->base;
    struct os_link *link;

    for (link = thread->mutexes.root.next; link != &thread->mutexes.root; link = link->next) {
        const struct os_mutex *mutex = OS_CONTAINER(link, struct os_mutex, owned);
        const struct os_thread *waiter = os_waiter(&mutex->waiters);

        if (mutex->attributes & osMutexPrioInherit && waiter && waiter->priority > priority)
            priority = waiter->priority;
    }
    return priority;
}

static void set_priority(struct os_thread *thread, uint8_t priority)
{
    struct os_list *waiting = thread->waiting;
    struct os_cpu *cpu = os_running_on(thread);

    if (thread->state == osThreadReady) {
        os_requeue(thread, priority);
        return;
    }
    if (waiting) {
        os_list_remove(&thread->link);
        thread->priority = priority;
        os_insert_waiter(waiting, thread);
    }
    thread->priority = priority;
    if (cpu)
        os_resched(cpu);
}

/* Ends: each step changes a priority towards a value that depends on what lies behind it, and a circle of owners
 * agrees on the highest in it. */
void os_priority_update(struct os_thread *thread)
{
    while (thread) {
        uint8_t priority = inherited(thread);

        if (priority == thread->priority)
            return;
        set_priority(thread, priority);
        thread = thread->wait_mutex ? thread->wait_mutex->owner : NULL;
    }
}

static void own(struct os_mutex *mutex, struct os_thread *thread)
{
    mutex->owner = thread;
    mutex->count = 1;
    os_list_append(&thread->mutexes, &mutex->owned);
}

/* To the most urgent waiter, or to nobody. */
static void pass_on(struct os_mutex *mutex)
{
    struct os_thread *next = os_waiter(&mutex->waiters);

    mutex->owner = NULL;
    mutex->count = 0;
    if (!next)
        return;
    next->wait_mutex = NULL;
    own(mutex, next);
    os_wake(next, (uint32_t)osOK);
    os_priority_update(next);
}

/* A mutex that is not robust stays locked for ever, with no owner. */
void os_mutex_abandon(struct os_thread *thread)
{
    while (!os_list_is_empty(&thread->mutexes)) {
        struct os_mutex *mutex = OS_CONTAINER(thread->mutexes.root.next, struct os_mutex, owned);

        os_list_remove(&mutex->owned);
        if (mutex->attributes & osMutexRobust)
            pass_on(mutex);
        else
            mutex->owner = NULL;
    }
}

osMutexId_t osMutexNew(const osMutexAttr_t *attr)
{
    static const osMutexAttr_t defaults;
    struct os_mutex *mutex;
    uint64_t state;

    if (!attr)
        attr = &defaults;
    if (os_in_isr() || os.state == osKernelInactive || attr->attr_bits & ~ATTRIBUTES)
        return NULL;
    state = os_enter();
    mutex = os_object_make(OS_MAGIC_MUTEX, attr->name, attr->cb_mem, attr->cb_size, sizeof(*mutex));
    if (mutex) {
        os_list_init(&mutex->waiters);
        mutex->attributes = attr->attr_bits;
    }
    os_leave(state);
    return mutex;
}

const char *osMutexGetName(osMutexId_t mutex_id) { return os_object_name(mutex_id, OS_MAGIC_MUTEX); }

osStatus_t osMutexAcquire(osMutexId_t mutex_id, uint32_t timeout)
{
    struct os_mutex *mutex = get(mutex_id);
    uint32_t result = (uint32_t)osOK;
    struct os_thread *thread;
    uint64_t state;

    if (os_in_isr() || !mutex)
        return os_refusal();
    if (os.state != osKernelRunning)
        return osError;
    if (!os_enter_for(&mutex->object, OS_MAGIC_MUTEX, &state))
        return osErrorParameter;
    thread = os_cpu_this()->current;
    if (mutex->count == 0) {
        own(mutex, thread);
    } else if (mutex->owner == thread) {
        if (mutex->attributes & osMutexRecursive && mutex->count < UINT32_MAX)
            mutex->count++;
        else
            result = (uint32_t)osErrorResource;
    } else if (timeout == 0) {
        result = (uint32_t)osErrorResource;
    } else if (!os_may_block()) {
        result = (uint32_t)osErrorTimeout;
    } else {
        thread->wait_mutex = mutex;
        os_insert_waiter(&mutex->waiters, thread);
        thread->state = osThreadBlocked;
        if (mutex->owner)
            os_priority_update(mutex->owner);
        result = os_block_in(timeout);
    }
    os_leave(state);
    return (osStatus_t)result;
}

osStatus_t osMutexRelease(osMutexId_t mutex_id)
{
    struct os_mutex *mutex = get(mutex_id);
    struct os_thread *thread;
    uint64_t state;

    if (os_in_isr() || !mutex)
        return os_refusal();
    if (os.state != osKernelRunning)
        return osError;
    if (!os_enter_for(&mutex->object, OS_MAGIC_MUTEX, &state))
        return osErrorParameter;
    thread = os_cpu_this()->current;
    if (mutex->owner != thread) {
        os_leave(state);
        return osErrorResource;
    }
    if (--mutex->count == 0) {
        os_list_remove(&mutex->owned);
        pass_on(mutex);
        os_priority_update(thread);
    }
    os_leave_switching(state);
    return osOK;
}

osThreadId_t osMutexGetOwner(osMutexId_t mutex_id)
{
    struct os_mutex *mutex = get(mutex_id);

    return mutex && !os_in_isr() ? mutex->owner : NULL;
}

/* Who waits for it gets osErrorResource. */
osStatus_t osMutexDelete(osMutexId_t mutex_id)
{
    struct os_mutex *mutex = get(mutex_id);
    uint64_t state;

    if (os_in_isr() || !mutex)
        return os_refusal();
    if (!os_enter_for(&mutex->object, OS_MAGIC_MUTEX, &state))
        return osErrorParameter;
    while (!os_list_is_empty(&mutex->waiters)) {
        struct os_thread *waiter = os_waiter(&mutex->waiters);

        waiter->wait_mutex = NULL;
        os_wake(waiter, (uint32_t)osErrorResource);
    }
    if (mutex->owner) {
        os_list_remove(&mutex->owned);
        os_priority_update(mutex->owner);
    }
    os_object_free(mutex, &mutex->object);
    os_leave_switching(state);
    return osOK;
}
