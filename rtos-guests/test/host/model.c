/* SPDX-License-Identifier: Apache-2.0
 *
 * See model.h. Written from the specification and docs/guests.md, not from the kernel.
 */
#include "model.h"

#include "cmsis_os2.h"

#define NEVER UINT64_MAX

struct model model;

static struct model_thread *current(void) { return &model.thread[model.running]; }

/* The waiting thread that comes first: by priority, then by time. -1: none. */
static int first_waiting(enum model_wait wait, int object)
{
    int found = -1, i;

    for (i = 0; i < THREADS; i++) {
        const struct model_thread *t = &model.thread[i];

        if (t->state == BLOCKED && t->wait == wait && t->object == object &&
            (found < 0 || t->priority > model.thread[found].priority ||
             (t->priority == model.thread[found].priority && t->order < model.thread[found].order)))
            found = i;
    }
    return found;
}

static int first_ready(void)
{
    int found = -1, i;

    for (i = 0; i < THREADS; i++) {
        const struct model_thread *t = &model.thread[i];

        if (t->state == READY && (found < 0 || t->priority > model.thread[found].priority ||
                                  (t->priority == model.thread[found].priority && t->order < model.thread[found].order)))
            found = i;
    }
    return found;
}

static void ready(int thread)
{
    model.thread[thread].state = READY;
    model.thread[thread].order = ++model.order;
}

static void run(int thread)
{
    model.running = thread;
    if (thread >= 0)
        model.thread[thread].state = RUNNING;
}

void model_dispatch(void)
{
    int next = first_ready();

    if (model.running >= 0 && current()->state == RUNNING) {
        if (model.locked || next < 0 || model.thread[next].priority <= current()->priority)
            return;
        current()->state = READY;
        current()->order = -++model.order; /* in front of its priority */
    }
    run(next);
}

static void wake(int thread, int result)
{
    model.thread[thread].deadline = NEVER;
    model.thread[thread].result = result;
    ready(thread);
}

static int block(enum model_wait wait, int object, uint32_t ticks)
{
    struct model_thread *t = current();

    t->state = BLOCKED;
    t->wait = wait;
    t->delaying = wait == FOR_TIME;
    t->object = object;
    t->order = ++model.order;
    t->deadline = ticks == osWaitForever ? NEVER : model.now + ticks;
    t->armed = ++model.order;
    return BLOCKS;
}

/* ---- priorities ---- */

static int effective(int thread)
{
    int priority = model.thread[thread].base, i;

    for (i = 0; i < MUTEXES; i++) {
        if (model.mutex[i].owner == thread && model.mutex[i].attributes & osMutexPrioInherit) {
            int waiter = first_waiting(FOR_MUTEX, i);

            if (waiter >= 0 && model.thread[waiter].priority > priority)
                priority = model.thread[waiter].priority;
        }
    }
    return priority;
}

static void update(int thread)
{
    while (thread >= 0) {
        struct model_thread *t = &model.thread[thread];
        int priority = effective(thread);

        if (priority == t->priority)
            return;
        t->priority = priority;
        if (t->state == READY || (t->state == BLOCKED && t->wait != FOR_TIME && t->wait != FOR_RESUME && t->wait != FOR_FLAGS))
            t->order = ++model.order;
        thread = t->state == BLOCKED && t->wait == FOR_MUTEX ? model.mutex[t->object].owner : -1;
    }
}

/* It waits no longer: whoever inherited from it may lose that. */
static void leave_wait(struct model_thread *t)
{
    enum model_wait wait = t->wait;

    t->deadline = NEVER;
    t->wait = FOR_RESUME;
    if (wait == FOR_MUTEX)
        update(model.mutex[t->object].owner);
}

/* ---- threads ---- */

void model_init(void)
{
    int i;

    model.running = -1;
    for (i = 0; i < MUTEXES; i++)
        model.mutex[i].owner = -1;
    for (i = 0; i < TIMERS; i++)
        model.timer[i].deadline = NEVER;
    for (i = 0; i < THREADS; i++)
        model.thread[i].deadline = NEVER;
    model.blocks_free = POOL_BLOCKS;
}

void model_new(int thread, int priority, bool joinable)
{
    model.thread[thread] = (struct model_thread){.priority = priority, .base = priority, .joinable = joinable, .deadline = NEVER};
    ready(thread);
}

static void own(int mutex, int thread)
{
    model.mutex[mutex].owner = thread;
    model.mutex[mutex].count = 1;
    model.mutex[mutex].got = ++model.order;
}

static void pass_on(int mutex)
{
    int next = first_waiting(FOR_MUTEX, mutex);

    model.mutex[mutex].owner = -1;
    model.mutex[mutex].count = 0;
    if (next < 0)
        return;
    own(mutex, next);
    wake(next, osOK);
    update(next);
}

int model_end(int thread)
{
    struct model_thread *t = &model.thread[thread];
    int i, joiner;

    if (t->state == ENDED)
        return osErrorResource;
    if (t->state == BLOCKED)
        leave_wait(t);
    t->state = ENDED;
    for (;;) { /* in the order in which it got them; that shows only in the order of those who wake */
        int found = -1;

        for (i = 0; i < MUTEXES; i++)
            if (model.mutex[i].owner == thread && (found < 0 || model.mutex[i].got < model.mutex[found].got))
                found = i;
        if (found < 0)
            break;
        if (model.mutex[found].attributes & osMutexRobust)
            pass_on(found);
        else
            model.mutex[found].owner = -2;
    }
    joiner = first_waiting(FOR_END, thread);
    if (joiner >= 0)
        wake(joiner, osOK);
    if (joiner >= 0 || !t->joinable)
        t->state = DEAD;
    if (thread == model.running)
        model.locked = false;
    return osOK;
}

int model_join(int thread)
{
    struct model_thread *t = &model.thread[thread];

    if (!t->joinable || thread == model.running || first_waiting(FOR_END, thread) >= 0)
        return osErrorResource;
    if (t->state == ENDED) {
        t->state = DEAD;
        return osOK;
    }
    return model.locked ? osErrorResource : block(FOR_END, thread, osWaitForever);
}

int model_detach(int thread)
{
    struct model_thread *t = &model.thread[thread];
    int joiner = first_waiting(FOR_END, thread);

    if (!t->joinable)
        return osErrorResource;
    t->joinable = false;
    if (t->state == ENDED)
        t->state = DEAD;
    if (joiner >= 0)
        wake(joiner, osErrorResource);
    return osOK;
}

/* A wait that is cut short has got nothing. */
static void cut_short(struct model_thread *t)
{
    if (t->state != BLOCKED || t->wait == FOR_RESUME)
        return;
    t->result = t->delaying ? osError : osErrorResource;
    leave_wait(t);
}

int model_suspend(int thread)
{
    struct model_thread *t = &model.thread[thread];

    if (t->state == ENDED || (thread == model.running && model.locked))
        return osErrorResource;
    cut_short(t);
    if (t->state == RUNNING)
        t->result = osOK;
    t->wait = FOR_RESUME;
    t->state = BLOCKED;
    return thread == model.running ? BLOCKS : osOK;
}

int model_resume(int thread)
{
    struct model_thread *t = &model.thread[thread];

    if (t->state != BLOCKED)
        return osErrorResource;
    cut_short(t);
    ready(thread);
    return osOK;
}

int model_set_priority(int thread, int priority)
{
    if (model.thread[thread].state == ENDED)
        return osErrorResource;
    model.thread[thread].base = priority;
    update(thread);
    return osOK;
}

int model_yield(void)
{
    int next = first_ready();

    if (!model.locked && next >= 0 && model.thread[next].priority == current()->priority) {
        ready(model.running);
        run(next);
    }
    return osOK;
}

int model_lock(bool lock)
{
    int before = model.locked;

    model.locked = lock;
    return before;
}

/* ---- time ---- */

int model_delay(uint32_t ticks)
{
    if (model.locked)
        return osError;
    if (ticks == 0)
        return osOK;
    return block(FOR_TIME, 0, ticks);
}

int model_delay_until(uint64_t tick)
{
    uint32_t delay = (uint32_t)tick - (uint32_t)model.now;

    if (model.locked)
        return osError;
    if (delay == 0 || delay > 0x7fffffff)
        return osErrorParameter;
    return block(FOR_TIME, 0, delay);
}

uint64_t model_next_deadline(void)
{
    uint64_t next = NEVER;
    int i;

    for (i = 0; i < THREADS; i++)
        if (model.thread[i].deadline < next)
            next = model.thread[i].deadline;
    for (i = 0; i < TIMERS; i++)
        if (model.timer[i].deadline < next)
            next = model.timer[i].deadline;
    return next;
}

static void expire_timer(int timer)
{
    model.timer[timer].due++;
    model.timer[timer].deadline = model.timer[timer].periodic ? model.timer[timer].deadline + model.timer[timer].period : NEVER;
    model.timer[timer].armed = ++model.order;
}

static void expire_thread(int thread)
{
    struct model_thread *t = &model.thread[thread];
    int mutex = t->wait == FOR_MUTEX ? t->object : -1;

    wake(thread, t->wait == FOR_TIME ? osOK : osErrorTimeout);
    if (mutex >= 0)
        update(model.mutex[mutex].owner);
}

void model_advance(uint64_t ticks)
{
    uint64_t next;

    model.now += ticks;
    while ((next = model_next_deadline()) <= model.now) {
        long armed = 0;
        int found = -1, i;

        for (i = 0; i < THREADS + TIMERS; i++) {
            uint64_t deadline = i < THREADS ? model.thread[i].deadline : model.timer[i - THREADS].deadline;
            long order = i < THREADS ? model.thread[i].armed : model.timer[i - THREADS].armed;

            if (deadline == next && (found < 0 || order < armed)) {
                found = i;
                armed = order;
            }
        }
        if (found < THREADS)
            expire_thread(found);
        else
            expire_timer(found - THREADS);
    }
}

int model_timer_start(int timer, uint32_t ticks)
{
    if (ticks == 0)
        return osErrorParameter;
    model.timer[timer].due = 0;
    model.timer[timer].period = ticks;
    model.timer[timer].deadline = model.now + ticks;
    model.timer[timer].armed = ++model.order;
    return osOK;
}

int model_timer_stop(int timer)
{
    if (model.timer[timer].deadline == NEVER)
        return osErrorResource;
    model.timer[timer].deadline = NEVER;
    model.timer[timer].due = 0;
    return osOK;
}

/* ---- objects ---- */

int model_acquire(int semaphore, uint32_t timeout)
{
    if (model.semaphore[semaphore].count) {
        model.semaphore[semaphore].count--;
        return osOK;
    }
    if (timeout == 0)
        return osErrorResource;
    return model.locked ? osErrorTimeout : block(FOR_SEMAPHORE, semaphore, timeout);
}

int model_release(int semaphore)
{
    int waiter = first_waiting(FOR_SEMAPHORE, semaphore);

    if (waiter >= 0)
        wake(waiter, osOK);
    else if (model.semaphore[semaphore].count == model.semaphore[semaphore].max)
        return osErrorResource;
    else
        model.semaphore[semaphore].count++;
    return osOK;
}

int model_mutex_acquire(int mutex, uint32_t timeout)
{
    if (model.mutex[mutex].owner == -1) {
        own(mutex, model.running);
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
    block(FOR_MUTEX, mutex, timeout);
    current()->deadline = NEVER; /* armed behind the inheritance */
    update(model.mutex[mutex].owner);
    current()->deadline = timeout == osWaitForever ? NEVER : model.now + timeout;
    current()->armed = ++model.order;
    return BLOCKS;
}

int model_mutex_release(int mutex)
{
    if (model.mutex[mutex].owner != model.running)
        return osErrorResource;
    if (--model.mutex[mutex].count == 0) {
        pass_on(mutex);
        update(model.running);
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
            wake(found, (int)model.event[event]);
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
    current()->want = want;
    current()->options = options;
    return block(wait, object, timeout);
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
        wake(thread, (int)t->flags);
        if (!(t->options & osFlagsNoClear))
            t->flags &= ~t->want;
    }
    return (int)t->flags;
}

int model_flags_clear(uint32_t flags)
{
    uint32_t before = current()->flags;

    current()->flags &= ~flags;
    return (int)before;
}

int model_flags_wait(uint32_t flags, uint32_t options, uint32_t timeout)
{
    return wait_flags(&current()->flags, FOR_FLAGS, 0, flags, options, timeout);
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
    int waiter = first_waiting(FOR_ROOM, queue);

    if (waiter < 0 || model.queue[queue].used == QUEUE_LENGTH)
        return;
    insert(queue, model.thread[waiter].message, model.thread[waiter].message_priority);
    wake(waiter, osOK);
}

int model_put(int queue, uint64_t value, uint8_t priority, uint32_t timeout)
{
    int waiter = first_waiting(FOR_MESSAGE, queue);

    if (waiter >= 0) {
        model.thread[waiter].message = value;
        model.thread[waiter].message_priority = priority;
        wake(waiter, osOK);
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
    current()->message = value;
    current()->message_priority = priority;
    return block(FOR_ROOM, queue, timeout);
}

/* In an interrupt there may be nobody to take it for: the caller looks at the head before. */
int model_get(int queue, uint32_t timeout)
{
    if (model.queue[queue].used) {
        int i;

        if (model.running >= 0) {
            current()->message = model.queue[queue].message[0].value;
            current()->message_priority = model.queue[queue].message[0].priority;
        }
        model.queue[queue].used--;
        for (i = 0; i < model.queue[queue].used; i++)
            model.queue[queue].message[i] = model.queue[queue].message[i + 1];
        let_in(queue);
        return osOK;
    }
    if (timeout == 0)
        return osErrorResource;
    return model.locked ? osErrorTimeout : block(FOR_MESSAGE, queue, timeout);
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
    return model.locked ? osErrorTimeout : block(FOR_BLOCK, 0, timeout);
}

int model_free(void)
{
    int waiter = first_waiting(FOR_BLOCK, 0);

    if (model.blocks_free == POOL_BLOCKS)
        return osErrorResource;
    if (waiter >= 0)
        wake(waiter, osOK);
    else
        model.blocks_free++;
    return osOK;
}
