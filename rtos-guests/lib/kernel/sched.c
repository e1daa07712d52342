/* SPDX-License-Identifier: Apache-2.0
 *
 * Who runs. Ready threads stand in queues, one for each affinity in use, with a bitmap of the priorities that
 * have threads: the most urgent one is found by counting zeros, whatever the number of threads. A preempted
 * thread goes back to the front of its priority, one that yields or wakes to the end.
 */
#include "os.h"

struct os_kernel os;

/* Spins with interrupts masked; whoever holds it holds it for a bounded time. A thread that was ended, suspended or
 * sent away by another CPU meanwhile stops here. */
void __attribute__((noinline)) os_enter_contended(void)
{
    struct os_cpu *cpu;

    port_spin_lock(&os.lock);
    cpu = os_cpu_this();
    if ((cpu->current->state != osThreadRunning || cpu->hold & OS_MOVE) && !port_in_handler())
        os_dispatch(cpu);
}

static inline uint32_t top_of(const struct os_ready *queue) { return 63u - (uint32_t)__builtin_clzll(queue->bitmap); }

/* The queue of an affinity, and every CPU of it looks there from now on. */
bool os_ready_queue_make(uint32_t affinity)
{
    struct os_ready *queue;
    uint32_t i;

    if (os.queues[affinity])
        return true;
    queue = os_memory_take(sizeof(*queue), 8);
    if (!queue)
        return false;
    for (i = 0; i < OS_PRIORITIES; i++)
        os_list_init(&queue->at[i]);
    os.queues[affinity] = queue;
    for (i = 0; i < OS_CPUS_MAX; i++)
        if (affinity >> i & 1)
            os.cpu[i].queues[os.cpu[i].queue_count++] = queue;
    return true;
}

/* In front of `before`, a link in the list of its priority. */
static inline void push(struct os_thread *thread, struct os_link *before)
{
    thread->state = osThreadReady;
    os_list_insert(&thread->link, before);
    thread->ready->bitmap |= 1ull << thread->priority;
}
static inline void push_back(struct os_thread *thread) { push(thread, &thread->ready->at[thread->priority].root); }
static inline void push_front(struct os_thread *thread)
{
    push(thread, thread->ready->at[thread->priority].root.next);
}

static inline void pull(struct os_thread *thread)
{
    os_list_remove(&thread->link);
    if (thread->link.next == thread->link.prev) /* the root alone is left */
        thread->ready->bitmap &= ~(1ull << thread->priority);
}

void os_unready(struct os_thread *thread)
{
    if (os_cpu_this()->elect == thread)
        os_cpu_this()->elect = NULL;
    else
        pull(thread);
}

/* Of the queues whose threads may run on that CPU, the one with the most urgent. */
static const struct os_ready *best_of(const struct os_cpu *cpu)
{
    struct os_ready *best = cpu->queues[0];
    uint32_t i;

    for (i = 1; i < cpu->queue_count; i++) {
        struct os_ready *queue = cpu->queues[i];

        if (queue->bitmap && (!best->bitmap || top_of(queue) > top_of(best)))
            best = queue;
    }
    return best;
}

/* Its most urgent thread; it stays there. NULL: there is none. */
static inline struct os_thread *first_of(const struct os_ready *queue)
{
    return queue->bitmap ? OS_CONTAINER(queue->at[top_of(queue)].root.next, struct os_thread, link) : NULL;
}

void os_resched(struct os_cpu *cpu)
{
    cpu->resched = true;
    if (cpu != os_cpu_this())
        port_kick(cpu->index);
}

/* Of the CPUs that a thread may run on, the one with the least urgent thread, this one first among equals, if that
 * one is less urgent than the thread. */
static void preempt_one(const struct os_thread *thread)
{
    struct os_cpu *found = NULL, *this = os_cpu_this();
    uint32_t i;

    if (thread->affinity >> this->index & 1)
        found = this;
    for (i = 0; i < os.cpus; i++)
        if (thread->affinity >> i & 1 && (!found || os.cpu[i].current->priority < found->current->priority))
            found = &os.cpu[i];
    if (found && thread->priority > found->current->priority)
        os_resched(found);
}

static void __attribute__((noinline)) make_ready_somewhere(struct os_thread *thread)
{
    if (os_running_on(thread)) { /* stopped by another CPU, and has not noticed yet */
        thread->state = osThreadRunning;
        return;
    }
    push_back(thread);
    preempt_one(thread);
}

/* One CPU: who is more urgent than the current thread is so than all that are ready, unless `resched` says that one of
 * those waits already, and need not go through the queue. A second, more urgent still, sends it there, to the
 * front: nobody of its priority was ready before it. */
static inline void make_ready(struct os_thread *thread)
{
    struct os_cpu *cpu = os_cpu_this();

    if (__builtin_expect(os.cpus > 1, 0)) {
        make_ready_somewhere(thread);
    } else if (thread->priority > cpu->current->priority && !cpu->hold &&
               (cpu->elect ? thread->priority > cpu->elect->priority : !cpu->resched)) {
        if (cpu->elect)
            push_front(cpu->elect);
        thread->state = osThreadReady;
        cpu->elect = thread;
        cpu->resched = true;
    } else {
        push_back(thread);
        cpu->resched |= thread->priority > cpu->current->priority;
    }
}

/* A READY thread gets another priority: to the end of that one. */
void os_requeue(struct os_thread *thread, uint8_t priority)
{
    struct os_cpu *cpu = os_cpu_this();

    if (cpu->elect)
        push_front(cpu->elect);
    cpu->elect = NULL;
    cpu->resched = true; /* perhaps: os_next() looks */
    pull(thread);
    thread->priority = priority;
    push_back(thread);
    if (os.cpus > 1)
        preempt_one(thread);
}

void os_make_ready(struct os_thread *thread) { make_ready(thread); }

static inline void account(struct os_cpu *cpu, struct os_thread *current)
{
    uint64_t now = port_now();

    current->cpu_time += now - cpu->switched_at;
    cpu->switched_at = now;
}

void os_account(struct os_cpu *cpu) { account(cpu, cpu->current); }

/* `next` is in no queue any more, `current` where it belongs. */
static inline void take_over(struct os_cpu *cpu, struct os_thread *current, struct os_thread *next)
{
    account(cpu, current);
    next->state = osThreadRunning;
    next->cpu = cpu->index;
    cpu->current = next;
}

/* Several CPUs: who is left ready here may be more urgent than what another one runs. The first of each queue
 * speaks for all behind it. */
static void __attribute__((noinline)) spread(const struct os_cpu *cpu)
{
    uint32_t i;

    for (i = 0; i < cpu->queue_count; i++)
        if (cpu->queues[i]->bitmap)
            preempt_one(first_of(cpu->queues[i]));
}

/* The current thread goes where it may run. */
static void move_away(struct os_cpu *cpu, struct os_thread *current)
{
    cpu->hold = 0;
    push_front(current);
    preempt_one(current);
}

/* `several` is a constant: with one CPU there is one queue, nobody moves and nothing spreads, and no call is left. */
static inline __attribute__((always_inline)) struct os_thread *elect_next(struct os_cpu *cpu, bool several)
{
    struct os_thread *current = cpu->current, *next = cpu->elect;

    if (next) {
        cpu->elect = NULL;
        if (current->state == osThreadRunning)
            push_front(current);
    } else {
        bool runs = current->state == osThreadRunning;

        if (several && runs && cpu->hold & OS_MOVE) {
            move_away(cpu, current);
            runs = false;
        } else if (runs && cpu->hold) {
            return NULL; /* `resched` stays: letting go looks at it */
        }
        /* When `current` does not run there is one: the idle thread. */
        next = first_of(several ? best_of(cpu) : cpu->queues[0]);
        if (runs) {
            if (!next || next->priority <= current->priority) {
                cpu->resched = false;
                return NULL;
            }
            push_front(current);
        }
        pull(next);
    }
    cpu->resched = false;
    take_over(cpu, current, next);
    if (several)
        spread(cpu);
    return next;
}

static struct os_thread *__attribute__((noinline)) next_among(struct os_cpu *cpu) { return elect_next(cpu, true); }

static inline struct os_thread *next_for(struct os_cpu *cpu)
{
    return __builtin_expect(os.cpus > 1, 0) ? next_among(cpu) : elect_next(cpu, false);
}

struct os_thread *os_next(struct os_cpu *cpu) { return next_for(cpu); }

void os_dispatch(struct os_cpu *cpu)
{
    struct os_thread *from = cpu->current, *to = next_for(cpu);

    if (to && to != from)
        port_switch(&from->context, &to->context);
}

/* Where there are several queues: threads of the same priority and another affinity come too, behind those of the
 * same one. */
static struct os_thread *__attribute__((noinline)) yield_among(struct os_cpu *cpu, struct os_thread *current)
{
    struct os_thread *next = os_waiter(&current->ready->at[current->priority]);
    uint32_t i;

    for (i = 0; !next && i < cpu->queue_count; i++)
        next = os_waiter(&cpu->queues[i]->at[current->priority]);
    if (next) {
        pull(next);
        push_back(current);
        take_over(cpu, current, next);
        spread(cpu);
    }
    return next;
}

osStatus_t osThreadYield(void)
{
    uint64_t state = os_enter();
    struct os_cpu *cpu = os_cpu_this();
    osStatus_t status = osOK;

    if (__builtin_expect(port_in_handler() || port_was_masked(state), 0)) {
        status = os.state == osKernelRunning ? osErrorISR : osError;
    } else if (!cpu->hold) {
        struct os_thread *current = cpu->current, *next = NULL;
        struct os_list *list = &current->ready->at[current->priority];

        if (cpu->queue_count > 1) {
            next = yield_among(cpu, current);
        } else if (!os_list_is_empty(list)) { /* it stays occupied: the bitmap does not change */
            next = OS_CONTAINER(list->root.next, struct os_thread, link);
            os_list_remove(&next->link);
            os_list_append(list, &current->link);
            current->state = osThreadReady;
            take_over(cpu, current, next);
        }
        if (next) /* nobody more urgent is ready while `current` runs */
            port_switch(&current->context, &next->context);
    }
    os_leave(state);
    return status;
}

/* By priority, among equals by time. */
void os_insert_waiter(struct os_list *list, struct os_thread *thread)
{
    struct os_link *at = list->root.next;

    while (at != &list->root && OS_CONTAINER(at, struct os_thread, link)->priority >= thread->priority)
        at = at->next;
    os_list_insert(&thread->link, at);
    thread->waiting = list;
}

uint32_t os_block(struct os_list *list, uint32_t ticks)
{
    if (list)
        os_insert_waiter(list, os_cpu_this()->current);
    return os_block_in(ticks);
}

uint32_t os_block_in(uint32_t ticks)
{
    struct os_cpu *cpu = os_cpu_this();
    struct os_thread *thread = cpu->current;

    thread->state = osThreadBlocked;
    if (ticks != osWaitForever)
        os_timeout_start(&thread->timeout, os_tick_now() + ticks);
    os_dispatch(cpu);
    return thread->result;
}

uint32_t os_block_until(uint64_t deadline)
{
    struct os_cpu *cpu = os_cpu_this();
    struct os_thread *thread = cpu->current;

    thread->state = osThreadBlocked;
    thread->delayed = true;
    os_timeout_start(&thread->timeout, deadline);
    os_dispatch(cpu);
    thread->delayed = false;
    return thread->result;
}

void os_wake_timed_out(struct os_thread *thread)
{
    struct os_mutex *mutex = thread->wait_mutex;

    thread->waits_for_flags = false;
    os_wake(thread, (uint32_t)(thread->delayed ? osOK : osErrorTimeout));
    if (mutex) { /* its owner may have inherited from this thread */
        thread->wait_mutex = NULL;
        if (mutex->owner)
            os_priority_update(mutex->owner);
    }
}

static inline void leave_list(struct os_thread *thread)
{
    if (thread->waiting) {
        os_list_remove(&thread->link);
        thread->waiting = NULL;
    }
}

void os_unblock(struct os_thread *thread)
{
    leave_list(thread);
    if (thread->timeout.armed)
        os_timeout_stop(&thread->timeout);
}

static void __attribute__((noinline)) wake_in_time(struct os_thread *thread)
{
    os_timeout_stop(&thread->timeout);
    make_ready(thread);
}

/* Without a call of its own on the way without a timeout. */
void os_wake(struct os_thread *thread, uint32_t result)
{
    leave_list(thread);
    thread->result = result;
    if (thread->timeout.armed)
        wake_in_time(thread);
    else
        make_ready(thread);
}

void os_wake_all(struct os_list *list, uint32_t result)
{
    while (!os_list_is_empty(list))
        os_wake(os_waiter(list), result);
}

struct os_cpu *os_running_on(const struct os_thread *thread)
{
    struct os_cpu *cpu = &os.cpu[thread->cpu];

    return cpu->current == thread ? cpu : NULL;
}
