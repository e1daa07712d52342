/* SPDX-License-Identifier: Apache-2.0
 *
 * Event flags and thread flags. Flags set are seen by the waiting threads at once, most urgent first; each
 * takes (clears) what it waited for before the next one looks.
 */
#include "os.h"

struct os_event {
    struct os_object object;
    struct os_list waiters;
    uint32_t flags;
};

_Static_assert(sizeof(struct os_event) <= OS_EVENT_CB_SIZE, "os_ext.h promises less");

static struct os_event *get(osEventFlagsId_t id) { return OS_GET(id, struct os_event, object, OS_MAGIC_EVENT); }

/* Do `flags` satisfy the wait? */
static bool match(uint32_t flags, uint32_t wanted, uint32_t options)
{
    return options & osFlagsWaitAll ? (flags & wanted) == wanted : (flags & wanted) != 0;
}

/* What is left of `flags` for others. */
static uint32_t taken(uint32_t flags, uint32_t wanted, uint32_t options)
{
    return options & osFlagsNoClear ? flags : flags & ~wanted;
}

/* ---- event flags ---- */

osEventFlagsId_t osEventFlagsNew(const osEventFlagsAttr_t *attr)
{
    static const osEventFlagsAttr_t defaults;
    struct os_event *event;
    uint64_t state;

    if (!attr)
        attr = &defaults;
    if (os_in_isr() || os.state == osKernelInactive)
        return NULL;
    state = os_enter();
    event = os_object_make(OS_MAGIC_EVENT, attr->name, attr->cb_mem, attr->cb_size, sizeof(*event));
    if (event)
        os_list_init(&event->waiters);
    os_leave(state);
    return event;
}

const char *osEventFlagsGetName(osEventFlagsId_t ef_id) { return os_object_name(ef_id, OS_MAGIC_EVENT); }

uint32_t osEventFlagsSet(osEventFlagsId_t ef_id, uint32_t flags)
{
    struct os_event *event = get(ef_id);
    struct os_link *link, *next;
    uint64_t state;

    if (!event || flags & osFlagsError)
        return osFlagsErrorParameter;
    if (!os_enter_for(&event->object, OS_MAGIC_EVENT, &state))
        return osFlagsErrorParameter;
    event->flags |= flags;
    for (link = event->waiters.root.next; link != &event->waiters.root; link = next) {
        struct os_thread *thread = OS_CONTAINER(link, struct os_thread, link);

        next = link->next;
        if (match(event->flags, thread->wait_flags, thread->wait_options)) {
            os_wake(thread, event->flags);
            event->flags = taken(event->flags, thread->wait_flags, thread->wait_options);
        }
    }
    flags = event->flags;
    os_leave_switching(state);
    return flags;
}

uint32_t osEventFlagsClear(osEventFlagsId_t ef_id, uint32_t flags)
{
    struct os_event *event = get(ef_id);
    uint32_t before;
    uint64_t state;

    if (!event || flags & osFlagsError)
        return osFlagsErrorParameter;
    if (!os_enter_for(&event->object, OS_MAGIC_EVENT, &state))
        return osFlagsErrorParameter;
    before = event->flags;
    event->flags &= ~flags;
    os_leave(state);
    return before;
}

OS_NUMBER(osEventFlagsGet, osEventFlagsId_t, struct os_event, event, event->flags)

/* A wait of the current thread on `flags`; `list`: where it waits, NULL for its own flags. */
static uint32_t wait(uint32_t *flags, struct os_list *list, uint32_t wanted, uint32_t options, uint32_t timeout)
{
    struct os_thread *thread = os_cpu_this()->current;
    uint32_t before = *flags;

    if (match(before, wanted, options)) {
        *flags = taken(before, wanted, options);
        return before;
    }
    if (timeout == 0)
        return osFlagsErrorResource;
    if (!os_may_block())
        return osFlagsErrorTimeout;
    thread->wait_flags = wanted;
    thread->wait_options = options;
    before = os_block(list, timeout);
    thread->wait_flags = 0;
    return before;
}

uint32_t osEventFlagsWait(osEventFlagsId_t ef_id, uint32_t flags, uint32_t options, uint32_t timeout)
{
    struct os_event *event = get(ef_id);
    uint32_t result;
    uint64_t state;

    if (!event || flags & osFlagsError || (timeout && os_in_isr()))
        return osFlagsErrorParameter;
    if (!os_enter_for(&event->object, OS_MAGIC_EVENT, &state))
        return osFlagsErrorParameter;
    result = wait(&event->flags, &event->waiters, flags, options, timeout);
    os_leave(state);
    return result;
}

osStatus_t osEventFlagsDelete(osEventFlagsId_t ef_id)
{
    struct os_event *event = get(ef_id);
    uint64_t state;

    if (os_in_isr() || !event)
        return os_refusal();
    if (!os_enter_for(&event->object, OS_MAGIC_EVENT, &state))
        return osErrorParameter;
    os_wake_all(&event->waiters, osFlagsErrorResource);
    os_object_free(event, &event->object);
    os_leave_switching(state);
    return osOK;
}

/* ---- thread flags ---- */

uint32_t osThreadFlagsSet(osThreadId_t thread_id, uint32_t flags)
{
    struct os_thread *thread = OS_GET(thread_id, struct os_thread, object, OS_MAGIC_THREAD);
    uint64_t state;

    if (!thread || flags & osFlagsError)
        return osFlagsErrorParameter;
    if (!os_enter_for(&thread->object, OS_MAGIC_THREAD, &state))
        return osFlagsErrorParameter;
    if (thread->state == osThreadTerminated) {
        os_leave(state);
        return osFlagsErrorResource;
    }
    thread->flags |= flags;
    if (thread->state == osThreadBlocked && thread->waits_for_flags &&
        match(thread->flags, thread->wait_flags, thread->wait_options)) {
        thread->waits_for_flags = false;
        os_wake(thread, thread->flags);
        thread->flags = taken(thread->flags, thread->wait_flags, thread->wait_options);
    }
    flags = thread->flags;
    os_leave_switching(state);
    return flags;
}

uint32_t osThreadFlagsClear(uint32_t flags)
{
    struct os_thread *thread;
    uint32_t before;
    uint64_t state;

    if (os_in_isr())
        return osFlagsErrorISR;
    if (os.state != osKernelRunning)
        return osFlagsErrorUnknown;
    if (flags & osFlagsError)
        return osFlagsErrorParameter;
    state = os_enter();
    thread = os_cpu_this()->current;
    before = thread->flags;
    thread->flags &= ~flags;
    os_leave(state);
    return before;
}

uint32_t osThreadFlagsGet(void)
{
    if (os_in_isr() || os.state != osKernelRunning)
        return 0;
    return ((struct os_thread *)osThreadGetId())->flags;
}

uint32_t osThreadFlagsWait(uint32_t flags, uint32_t options, uint32_t timeout)
{
    struct os_thread *thread;
    uint32_t result;
    uint64_t state;

    if (os_in_isr())
        return osFlagsErrorISR;
    if (os.state != osKernelRunning)
        return osFlagsErrorUnknown;
    if (flags & osFlagsError)
        return osFlagsErrorParameter;
    state = os_enter();
    thread = os_cpu_this()->current;
    thread->waits_for_flags = true;
    result = wait(&thread->flags, NULL, flags, options, timeout);
    thread->waits_for_flags = false;
    os_leave(state);
    return result;
}
