/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads: their making and their end. A thread that ends stands on its own stack, so its memory is given back
 * later, by the next one who makes a thread or waits for one.
 */
#include "os.h"

#define STACK_DEFAULT 4096u
#define STACK_LEAST   256u
#define STACK_PATTERN 0xa5a5a5a5a5a5a5a5ull

_Static_assert(sizeof(struct os_thread) <= OS_THREAD_CB_SIZE, "os_ext.h promises less");

static struct os_thread *get(osThreadId_t id) { return OS_GET(id, struct os_thread, object, OS_MAGIC_THREAD); }

static uint32_t affinity_of(uint32_t mask)
{
    uint32_t all = (1u << os.cpus) - 1;

    return mask ? mask & all : all;
}

/* Its own memory, a guard page below included, or what the caller brought. */
static bool make_stack(struct os_thread *thread, const osThreadAttr_t *attr)
{
    uint64_t *word, i;

    thread->stack_size = attr->stack_size ? attr->stack_size : STACK_DEFAULT;
    if (attr->stack_mem) {
        if ((uint64_t)attr->stack_mem % 8 != 0 || attr->stack_size < STACK_LEAST)
            return false;
        thread->stack = attr->stack_mem;
        thread->stack_size &= ~7u;
        thread->guarded = port_guard_static(attr->stack_mem);
    } else {
        if (thread->stack_size < STACK_LEAST)
            thread->stack_size = STACK_LEAST;
        thread->stack_size = (thread->stack_size + 15) & ~15u;
        thread->stack = os_memory_take(PORT_PAGE + thread->stack_size, PORT_PAGE);
        if (!thread->stack)
            return false;
        port_guard(thread->stack, true);
        thread->stack = (char *)thread->stack + PORT_PAGE;
        thread->guarded = thread->stack_ours = true;
    }
    word = thread->stack;
    for (i = 0; i < thread->stack_size / 8; i++)
        word[i] = STACK_PATTERN;
    return true;
}

struct os_thread *os_thread_make(osThreadFunc_t func, void *argument, const osThreadAttr_t *attr, uint8_t priority)
{
    struct os_thread *thread;

    os_reap();
    thread = os_memory_or(attr->cb_mem, attr->cb_size, sizeof(*thread));
    if (!thread)
        return NULL;
    thread->object = (struct os_object){.magic = OS_MAGIC_THREAD, .ours = !attr->cb_mem, .name = attr->name};
    os_list_init(&thread->mutexes);
    os_list_init(&thread->joiner);
    thread->affinity = (uint8_t)(priority ? affinity_of(attr->affinity_mask) : attr->affinity_mask);
    thread->priority = thread->base = priority;
    thread->joinable = attr->attr_bits & osThreadJoinable;
    if (!thread->affinity || !os_ready_queue_make(thread->affinity) || !make_stack(thread, attr)) {
        os_object_free(thread, &thread->object);
        return NULL;
    }
    thread->ready = os.queues[thread->affinity];
    port_context_make(&thread->context, func, argument, (char *)thread->stack + thread->stack_size);
    os_list_append(&os.threads, &thread->all);
    os_make_ready(thread);
    return thread;
}

static bool priority_is_good(osPriority_t priority)
{
    return priority >= osPriorityIdle && priority < (osPriority_t)OS_PRIORITIES && priority != osPriorityISR;
}

osThreadId_t osThreadNew(osThreadFunc_t func, void *argument, const osThreadAttr_t *attr)
{
    static const osThreadAttr_t defaults;
    osPriority_t priority;
    struct os_thread *thread;
    uint64_t state;

    if (!attr)
        attr = &defaults;
    priority = attr->priority == osPriorityNone ? osPriorityNormal : attr->priority;
    if (os_in_isr() || os.state == osKernelInactive || !func || !priority_is_good(priority))
        return NULL;
    state = os_enter();
    thread = os_thread_make(func, argument, attr, (uint8_t)priority);
    os_leave_switching(state);
    return thread;
}

/* Memory of ended threads, unless one still stands on its stack. */
void os_reap(void)
{
    struct os_thread **at = &os.dead, *thread;

    while ((thread = *at) != NULL) {
        if (os_running_on(thread)) {
            at = &thread->next_dead;
            continue;
        }
        *at = thread->next_dead;
        if (thread->stack_ours) {
            void *memory = (char *)thread->stack - PORT_PAGE;

            port_guard(memory, false);
            os_memory_give(memory);
        }
        os_object_free(thread, &thread->object);
    }
}

static void bury(struct os_thread *thread)
{
    thread->object.magic = 0; /* its identifier means nothing any more */
    thread->next_dead = os.dead;
    os.dead = thread;
}

/* Whatever state it is in. The caller dispatches. */
void os_thread_end(struct os_thread *thread)
{
    struct os_mutex *wanted = thread->wait_mutex;
    struct os_cpu *cpu = os_running_on(thread);

    if (thread->state == osThreadReady)
        os_unready(thread);
    else if (thread->state == osThreadBlocked)
        os_unblock(thread);
    thread->wait_mutex = NULL;
    if (wanted && wanted->owner)
        os_priority_update(wanted->owner);
    os_mutex_abandon(thread);
    os_list_remove(&thread->all);
    thread->state = osThreadTerminated;
    if (!os_list_is_empty(&thread->joiner)) {
        os_wake(os_waiter(&thread->joiner), (uint32_t)osOK);
        bury(thread);
    } else if (!thread->joinable) {
        bury(thread);
    }
    if (cpu)
        os_resched(cpu);
}

/* With the lock held. */
static __NO_RETURN void end_this(void)
{
    struct os_cpu *cpu = os_cpu_this();

    os_thread_end(cpu->current);
    cpu->hold = 0;
    os_dispatch(cpu);
    __builtin_unreachable();
}

__NO_RETURN void osThreadExit(void)
{
    os_enter();
    end_this();
}

/* Until it is off its CPU, when that is another one. */
static void wait_until_off(struct os_thread *thread)
{
    while (os.cpus > 1 && ((volatile struct os_cpu *)&os.cpu[thread->cpu])->current == thread &&
           &os.cpu[thread->cpu] != os_cpu_this())
        port_relax();
}

osStatus_t osThreadTerminate(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);
    osStatus_t status = osOK;
    uint64_t state;

    if (os_in_isr() || !thread || thread->priority == 0)
        return os_refusal();
    if (os.state != osKernelRunning)
        return osError;
    if (!os_enter_for(&thread->object, OS_MAGIC_THREAD, &state))
        return osErrorParameter;
    if (thread == os_cpu_this()->current)
        end_this();
    if (thread->state == osThreadTerminated)
        status = osErrorResource;
    else
        os_thread_end(thread);
    os_leave_switching(state);
    if (status == osOK)
        wait_until_off(thread);
    return status;
}

osStatus_t osThreadDetach(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);
    osStatus_t status = osOK;
    uint64_t state;

    if (os_in_isr() || !thread)
        return os_refusal();
    if (!os_enter_for(&thread->object, OS_MAGIC_THREAD, &state))
        return osErrorParameter;
    if (!thread->joinable)
        status = osErrorResource;
    else if (thread->state == osThreadTerminated)
        bury(thread);
    thread->joinable = false;
    os_wake_all(&thread->joiner, (uint32_t)osErrorResource);
    os_leave_switching(state);
    return status;
}

osStatus_t osThreadJoin(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);
    uint32_t result = (uint32_t)osOK;
    uint64_t state;

    if (os_in_isr() || !thread)
        return os_refusal();
    if (!os_enter_for(&thread->object, OS_MAGIC_THREAD, &state))
        return osErrorParameter;
    if (!thread->joinable || !os_list_is_empty(&thread->joiner) || thread == os_cpu_this()->current)
        result = (uint32_t)osErrorResource;
    else if (thread->state == osThreadTerminated)
        bury(thread);
    else if (!os_may_block())
        result = (uint32_t)osErrorResource;
    else
        result = os_block(&thread->joiner, osWaitForever);
    os_reap();
    os_leave(state);
    return (osStatus_t)result;
}

/* Ends a wait, if there is one: what the thread waited for it did not get. */
static void cut_short(struct os_thread *thread)
{
    struct os_mutex *wanted = thread->wait_mutex;

    if (thread->suspended)
        return;
    os_unblock(thread);
    thread->result = (uint32_t)(thread->delayed ? osError : osErrorResource);
    thread->waits_for_flags = false;
    thread->wait_mutex = NULL;
    if (wanted && wanted->owner)
        os_priority_update(wanted->owner);
}

osStatus_t osThreadSuspend(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);
    osStatus_t status = osOK;
    struct os_cpu *cpu;
    uint64_t state;

    if (os_in_isr() || !thread || thread->priority == 0)
        return os_refusal();
    if (!os_enter_for(&thread->object, OS_MAGIC_THREAD, &state))
        return osErrorParameter;
    cpu = os_running_on(thread);
    if (thread->state == osThreadTerminated || (cpu == os_cpu_this() && !os_may_block())) {
        status = osErrorResource;
    } else {
        if (thread->state == osThreadReady)
            os_unready(thread);
        else if (thread->state == osThreadBlocked)
            cut_short(thread);
        thread->suspended = true;
        thread->state = osThreadBlocked;
        if (cpu)
            os_resched(cpu);
    }
    os_leave_switching(state);
    if (status == osOK)
        wait_until_off(thread);
    return status;
}

osStatus_t osThreadResume(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);
    osStatus_t status = osOK;
    uint64_t state;

    if (os_in_isr() || !thread)
        return os_refusal();
    if (!os_enter_for(&thread->object, OS_MAGIC_THREAD, &state))
        return osErrorParameter;
    if (thread->state != osThreadBlocked) {
        status = osErrorResource;
    } else {
        cut_short(thread);
        thread->suspended = false;
        os_make_ready(thread);
    }
    os_leave_switching(state);
    return status;
}

osStatus_t osThreadSetPriority(osThreadId_t thread_id, osPriority_t priority)
{
    struct os_thread *thread = get(thread_id);
    osStatus_t status = osOK;
    uint64_t state;

    if (os_in_isr() || !thread || thread->priority == 0 || !priority_is_good(priority))
        return os_refusal();
    if (!os_enter_for(&thread->object, OS_MAGIC_THREAD, &state))
        return osErrorParameter;
    if (thread->state == osThreadTerminated) {
        status = osErrorResource;
    } else {
        thread->base = (uint8_t)priority;
        os_priority_update(thread);
    }
    os_leave_switching(state);
    return status;
}

osStatus_t osThreadSetAffinityMask(osThreadId_t thread_id, uint32_t affinity_mask)
{
    struct os_thread *thread = get(thread_id);
    osStatus_t status = osOK;
    struct os_cpu *cpu;
    uint32_t affinity;
    uint64_t state;

    if (os_in_isr() || !thread || thread->priority == 0)
        return os_refusal();
    if (!os_enter_for(&thread->object, OS_MAGIC_THREAD, &state))
        return osErrorParameter;
    affinity = affinity_of(affinity_mask);
    cpu = os_running_on(thread);
    if (!affinity) {
        status = osErrorParameter;
    } else if (thread->state == osThreadTerminated || !os_ready_queue_make(affinity)) {
        status = osErrorResource;
    } else {
        bool ready = thread->state == osThreadReady;

        if (ready)
            os_unready(thread);
        thread->affinity = (uint8_t)affinity;
        thread->ready = os.queues[affinity];
        if (ready)
            os_make_ready(thread);
        if (cpu && !(affinity >> cpu->index & 1)) {
            cpu->hold = OS_MOVE;
            os_resched(cpu);
        } else if (cpu) {
            cpu->hold &= (uint8_t)~OS_MOVE;
        }
    }
    os_leave_switching(state);
    return status;
}
