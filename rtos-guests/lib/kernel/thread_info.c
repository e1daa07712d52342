/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions about threads.
 */
#include "os.h"

#define STACK_PATTERN 0xa5a5a5a5a5a5a5a5ull

static struct os_thread *get(osThreadId_t id) { return OS_GET(id, struct os_thread, object, OS_MAGIC_THREAD); }

const char *osThreadGetName(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);

    return thread ? thread->object.name : NULL;
}

osThreadId_t osThreadGetId(void) { return os.state == osKernelRunning ? os_cpu_this()->current : NULL; }

osThreadState_t osThreadGetState(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);

    return thread && !os_in_isr() ? (osThreadState_t)thread->state : osThreadError;
}

osPriority_t osThreadGetPriority(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);

    return thread && !os_in_isr() && thread->state != osThreadTerminated ? (osPriority_t)thread->priority : osPriorityError;
}

uint32_t osThreadGetAffinityMask(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);

    return thread && !os_in_isr() ? thread->affinity : 0;
}

uint32_t osThreadGetStackSize(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);

    return thread && !os_in_isr() ? thread->stack_size : 0;
}

/* What was never written. */
static uint32_t untouched(const struct os_thread *thread)
{
    const volatile uint64_t *word = thread->stack;
    uint32_t i = 0;

    while (i < thread->stack_size / 8 && word[i] == STACK_PATTERN)
        i++;
    return i * 8;
}

uint32_t osThreadGetStackSpace(osThreadId_t thread_id)
{
    struct os_thread *thread = get(thread_id);

    return thread && !os_in_isr() ? untouched(thread) : 0;
}

/* The idle threads are the kernel's own and not counted. */
uint32_t osThreadGetCount(void)
{
    struct os_link *link;
    uint32_t count = 0;
    uint64_t state;

    if (os_in_isr())
        return 0;
    state = os_enter();
    for (link = os.threads.root.next; link != &os.threads.root; link = link->next)
        count += OS_CONTAINER(link, struct os_thread, all)->base != 0;
    os_leave(state);
    return count;
}

uint32_t osThreadEnumerate(osThreadId_t *thread_array, uint32_t array_items)
{
    struct os_link *link;
    uint32_t count = 0;
    uint64_t state;

    if (os_in_isr() || !thread_array)
        return 0;
    state = os_enter();
    for (link = os.threads.root.next; link != &os.threads.root && count < array_items; link = link->next) {
        struct os_thread *thread = OS_CONTAINER(link, struct os_thread, all);

        if (thread->base != 0)
            thread_array[count++] = thread;
    }
    os_leave(state);
    return count;
}

osStatus_t os_thread_info(osThreadId_t thread_id, struct os_thread_info *info)
{
    struct os_thread *thread = get(thread_id);
    struct os_cpu *cpu;
    uint64_t state;

    if (!thread || !info)
        return osErrorParameter;
    if (!os_enter_for(&thread->object, OS_MAGIC_THREAD, &state))
        return osErrorParameter;
    cpu = os_running_on(thread);
    if (cpu)
        os_account(cpu);
    *info = (struct os_thread_info){
        .name = thread->object.name ? thread->object.name : "",
        .state = (osThreadState_t)thread->state,
        .priority = (osPriority_t)thread->priority,
        .base_priority = (osPriority_t)thread->base,
        .stack_size = thread->stack_size,
        .guarded = thread->guarded,
        .cpu_time = thread->cpu_time,
        .affinity = thread->affinity,
        .cpu = thread->cpu,
    };
    os_leave(state);
    info->stack_space = untouched(thread); /* long: with interrupts on */
    return osOK;
}

uint64_t os_cpu_idle_time(uint32_t cpu)
{
    uint64_t state = os_enter(), time;

    if (os.cpu[cpu].current == os.cpu[cpu].idle && os.cpu[cpu].index == os_cpu_this()->index)
        os_account(&os.cpu[cpu]);
    time = os.cpu[cpu].idle->cpu_time;
    os_leave(state);
    return time;
}
