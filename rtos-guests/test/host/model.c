/* SPDX-License-Identifier: Apache-2.0
 *
 * See model.h. Written from the specification and docs/guests.md, not from the kernel.
 */
#include "model_inside.h"

struct model model;

struct model_thread *model_current(void) { return &model.thread[model.running]; }

/* The waiting thread that comes first: by priority, then by time. -1: none. */
int model_first_waiting(enum model_wait wait, int object)
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

    if (model.running >= 0 && model_current()->state == RUNNING) {
        if (model.locked || next < 0 || model.thread[next].priority <= model_current()->priority)
            return;
        model_current()->state = READY;
        model_current()->order = -++model.order; /* in front of its priority */
    }
    run(next);
}

void model_wake(int thread, int result)
{
    model.thread[thread].deadline = NEVER;
    model.thread[thread].result = result;
    ready(thread);
}

int model_block(enum model_wait wait, int object, uint32_t ticks)
{
    struct model_thread *t = model_current();

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
            int waiter = model_first_waiting(FOR_MUTEX, i);

            if (waiter >= 0 && model.thread[waiter].priority > priority)
                priority = model.thread[waiter].priority;
        }
    }
    return priority;
}

void model_update(int thread)
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
        model_update(model.mutex[t->object].owner);
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

void model_own(int mutex, int thread)
{
    model.mutex[mutex].owner = thread;
    model.mutex[mutex].count = 1;
    model.mutex[mutex].got = ++model.order;
}

void model_pass_on(int mutex)
{
    int next = model_first_waiting(FOR_MUTEX, mutex);

    model.mutex[mutex].owner = -1;
    model.mutex[mutex].count = 0;
    if (next < 0)
        return;
    model_own(mutex, next);
    model_wake(next, osOK);
    model_update(next);
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
            model_pass_on(found);
        else
            model.mutex[found].owner = -2;
    }
    joiner = model_first_waiting(FOR_END, thread);
    if (joiner >= 0)
        model_wake(joiner, osOK);
    if (joiner >= 0 || !t->joinable)
        t->state = DEAD;
    if (thread == model.running)
        model.locked = false;
    return osOK;
}

int model_join(int thread)
{
    struct model_thread *t = &model.thread[thread];

    if (!t->joinable || thread == model.running || model_first_waiting(FOR_END, thread) >= 0)
        return osErrorResource;
    if (t->state == ENDED) {
        t->state = DEAD;
        return osOK;
    }
    return model.locked ? osErrorResource : model_block(FOR_END, thread, osWaitForever);
}

int model_detach(int thread)
{
    struct model_thread *t = &model.thread[thread];
    int joiner = model_first_waiting(FOR_END, thread);

    if (!t->joinable)
        return osErrorResource;
    t->joinable = false;
    if (t->state == ENDED)
        t->state = DEAD;
    if (joiner >= 0)
        model_wake(joiner, osErrorResource);
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
    model_update(thread);
    return osOK;
}

int model_yield(void)
{
    int next = first_ready();

    if (!model.locked && next >= 0 && model.thread[next].priority == model_current()->priority) {
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
    return model_block(FOR_TIME, 0, ticks);
}

int model_delay_until(uint64_t tick)
{
    uint32_t delay = (uint32_t)tick - (uint32_t)model.now;

    if (model.locked)
        return osError;
    if (delay == 0 || delay > 0x7fffffff)
        return osErrorParameter;
    return model_block(FOR_TIME, 0, delay);
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

    model_wake(thread, t->wait == FOR_TIME ? osOK : osErrorTimeout);
    if (mutex >= 0)
        model_update(model.mutex[mutex].owner);
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
