/* SPDX-License-Identifier: Apache-2.0
 *
 * See model.h: semaphores, mutexes, flags, queues and the pool.
 */
#include "model_inside.h"

int model_acquire(int semaphore, uint32_t timeout)
{
    if (model.semaphore[semaphore].count) {
        model.semaphore[semaphore].count--;
        return osOK;
    }
    if (timeout == 0)
        return osErrorResource;
    return model.locked ? osErrorTimeout : model_block(FOR_SEMAPHORE, semaphore, timeout);
}

int model_release(int semaphore)
{
    int waiter = model_first_waiting(FOR_SEMAPHORE, semaphore);

    if (waiter >= 0)
        model_wake(waiter, osOK);
    else if (model.semaphore[semaphore].count == model.semaphore[semaphore].max)
        return osErrorResource;
    else
        model.semaphore[semaphore].count++;
    return osOK;
}

int model_mutex_acquire(int mutex, uint32_t timeout)
{
    if (model.mutex[mutex].owner == -1) {
        model_own(mutex, model.running);
        return osOK;
    }
    if (model.mutex[mutex].owner == model.running) {
        if (!(model.mutex[mutex].attributes & osMutexRecursive))
            return osErrorResource;
        model.mutex[mutex].count++;
        return osOK;
    }
    if (timeout == 0)
        return osErrorResource;
    if (model.locked)
        return osErrorTimeout;
    model_block(FOR_MUTEX, mutex, timeout);
    model_current()->deadline = NEVER; /* armed behind the inheritance */
    model_update(model.mutex[mutex].owner);
    model_current()->deadline = timeout == osWaitForever ? NEVER : model.now + timeout;
    model_current()->armed = ++model.order;
    return BLOCKS;
}

int model_mutex_release(int mutex)
{
    if (model.mutex[mutex].owner != model.running)
        return osErrorResource;
    if (--model.mutex[mutex].count == 0) {
        model_pass_on(mutex);
        model_update(model.running);
    }
    return osOK;
}

static bool match(uint32_t flags, uint32_t want, uint32_t options)
{
    return options & osFlagsWaitAll ? (flags & want) == want : flags & want;
}

int model_event_set(int event, uint32_t flags)
{
    bool asked[THREADS] = {false};

    model.event[event] |= flags;
    for (;;) { /* each waiting thread once, in their order */
        int found = -1, i;

        for (i = 0; i < THREADS; i++) {
            const struct model_thread *t = &model.thread[i];

            if (t->state == BLOCKED && t->wait == FOR_EVENT && t->object == event && !asked[i] &&
                (found < 0 || t->priority > model.thread[found].priority ||
                 (t->priority == model.thread[found].priority && t->order < model.thread[found].order)))
                found = i;
        }
        if (found < 0)
            return (int)model.event[event];
        asked[found] = true;
        if (match(model.event[event], model.thread[found].want, model.thread[found].options)) {
            model_wake(found, (int)model.event[event]);
            if (!(model.thread[found].options & osFlagsNoClear))
                model.event[event] &= ~model.thread[found].want;
        }
    }
}

int model_event_clear(int event, uint32_t flags)
{
    uint32_t before = model.event[event];

    model.event[event] &= ~flags;
    return (int)before;
}

static int wait_flags(uint32_t *flags, enum model_wait wait, int object, uint32_t want, uint32_t options, uint32_t timeout)
{
    uint32_t before = *flags;

    if (match(before, want, options)) {
        if (!(options & osFlagsNoClear))
            *flags &= ~want;
        return (int)before;
    }
    if (timeout == 0)
        return osErrorResource;
    if (model.locked)
        return osErrorTimeout;
    model_current()->want = want;
    model_current()->options = options;
    return model_block(wait, object, timeout);
}

int model_event_wait(int event, uint32_t flags, uint32_t options, uint32_t timeout)
{
    return wait_flags(&model.event[event], FOR_EVENT, event, flags, options, timeout);
}

int model_flags_set(int thread, uint32_t flags)
{
    struct model_thread *t = &model.thread[thread];

    if (t->state == ENDED)
        return osErrorResource;
    t->flags |= flags;
    if (t->state == BLOCKED && t->wait == FOR_FLAGS && match(t->flags, t->want, t->options)) {
        model_wake(thread, (int)t->flags);
        if (!(t->options & osFlagsNoClear))
            t->flags &= ~t->want;
    }
    return (int)t->flags;
}

int model_flags_clear(uint32_t flags)
{
    uint32_t before = model_current()->flags;

    model_current()->flags &= ~flags;
    return (int)before;
}

int model_flags_wait(uint32_t flags, uint32_t options, uint32_t timeout)
{
    return wait_flags(&model_current()->flags, FOR_FLAGS, 0, flags, options, timeout);
}

static void insert(int queue, uint64_t value, uint8_t priority)
{
    int at = model.queue[queue].used++;

    for (; at > 0 && model.queue[queue].message[at - 1].priority < priority; at--)
        model.queue[queue].message[at] = model.queue[queue].message[at - 1];
    model.queue[queue].message[at] = (struct model_message){value, priority};
}

static void let_in(int queue)
{
    int waiter = model_first_waiting(FOR_ROOM, queue);

    if (waiter < 0 || model.queue[queue].used == QUEUE_LENGTH)
        return;
    insert(queue, model.thread[waiter].message, model.thread[waiter].message_priority);
    model_wake(waiter, osOK);
}

int model_put(int queue, uint64_t value, uint8_t priority, uint32_t timeout)
{
    int waiter = model_first_waiting(FOR_MESSAGE, queue);

    if (waiter >= 0) {
        model.thread[waiter].message = value;
        model.thread[waiter].message_priority = priority;
        model_wake(waiter, osOK);
        return osOK;
    }
    if (model.queue[queue].used < QUEUE_LENGTH) {
        insert(queue, value, priority);
        return osOK;
    }
    if (timeout == 0)
        return osErrorResource;
    if (model.locked)
        return osErrorTimeout;
    model_current()->message = value;
    model_current()->message_priority = priority;
    return model_block(FOR_ROOM, queue, timeout);
}

/* In an interrupt there may be nobody to take it for: the caller looks at the head before. */
int model_get(int queue, uint32_t timeout)
{
    if (model.queue[queue].used) {
        int i;

        if (model.running >= 0) {
            model_current()->message = model.queue[queue].message[0].value;
            model_current()->message_priority = model.queue[queue].message[0].priority;
        }
        model.queue[queue].used--;
        for (i = 0; i < model.queue[queue].used; i++)
            model.queue[queue].message[i] = model.queue[queue].message[i + 1];
        let_in(queue);
        return osOK;
    }
    if (timeout == 0)
        return osErrorResource;
    return model.locked ? osErrorTimeout : model_block(FOR_MESSAGE, queue, timeout);
}

int model_reset(int queue)
{
    int i;

    model.queue[queue].used = 0;
    for (i = 0; i < QUEUE_LENGTH; i++)
        let_in(queue);
    return osOK;
}

int model_alloc(uint32_t timeout)
{
    if (model.blocks_free) {
        model.blocks_free--;
        return osOK;
    }
    if (timeout == 0)
        return osErrorResource;
    return model.locked ? osErrorTimeout : model_block(FOR_BLOCK, 0, timeout);
}

int model_free(void)
{
    int waiter = model_first_waiting(FOR_BLOCK, 0);

    if (model.blocks_free == POOL_BLOCKS)
        return osErrorResource;
    if (waiter >= 0)
        model_wake(waiter, osOK);
    else
        model.blocks_free++;
    return osOK;
}
