/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers. Their callbacks run in one thread of priority osPriorityHigh, in the order of the deadlines. A
 * periodic timer's deadlines are whole periods apart, however late its callback ran; none is left out.
 */
#include "os.h"

#define STACK 4096u

struct os_timer {
    struct os_object object;
    struct os_timeout timeout;
    struct os_link due;   /* in the list of those whose callback is to run */
    uint32_t pending;     /* how often */
    osTimerFunc_t func;
    void *argument;
    uint32_t period;      /* 0: one shot */
    bool periodic;
};

_Static_assert(sizeof(struct os_timer) <= OS_TIMER_CB_SIZE, "os_ext.h promises less");

static struct os_list due; /* made with the server */
static struct os_thread *server;
static bool server_waits;

static struct os_timer *get(osTimerId_t id) { return OS_GET(id, struct os_timer, object, OS_MAGIC_TIMER); }

static void forget(struct os_timer *timer)
{
    if (timer->timeout.armed)
        os_timeout_stop(&timer->timeout);
    if (timer->pending)
        os_list_remove(&timer->due);
    timer->pending = 0;
}

/* In the timer's interrupt. */
void os_timer_elapsed(struct os_timeout *timeout)
{
    struct os_timer *timer = OS_CONTAINER(timeout, struct os_timer, timeout);

    if (timer->pending++ == 0)
        os_list_append(&due, &timer->due);
    if (timer->periodic)
        os_timeout_start(timeout, timeout->deadline + timer->period);
    if (server_waits) {
        server_waits = false;
        os_wake(server, (uint32_t)osOK);
    }
}

static void serve(void *argument)
{
    uint64_t state;

    (void)argument;
    state = os_enter();
    for (;;) {
        struct os_timer *timer;
        osTimerFunc_t func;
        void *with;

        if (os_list_is_empty(&due)) {
            server_waits = true;
            os_block(NULL, osWaitForever);
            continue;
        }
        timer = OS_CONTAINER(due.root.next, struct os_timer, due);
        os_list_remove(&timer->due);
        if (--timer->pending)
            os_list_append(&due, &timer->due);
        func = timer->func;
        with = timer->argument;
        os_leave_switching(state);
        func(with);
        state = os_enter();
    }
}

static bool make_server(void)
{
    static const osThreadAttr_t attr = {.name = "timer", .stack_size = STACK};

    if (!due.root.next)
        os_list_init(&due);
    if (!server || server->object.magic != OS_MAGIC_THREAD)
        server = os_thread_make(serve, NULL, &attr, osPriorityHigh);
    return server;
}

osTimerId_t osTimerNew(osTimerFunc_t func, osTimerType_t type, void *argument, const osTimerAttr_t *attr)
{
    static const osTimerAttr_t defaults;
    struct os_timer *timer = NULL;
    uint64_t state;

    if (!attr)
        attr = &defaults;
    if (os_in_isr() || os.state == osKernelInactive || !func || (type != osTimerOnce && type != osTimerPeriodic))
        return NULL;
    state = os_enter();
    if (make_server())
        timer = os_object_make(OS_MAGIC_TIMER, attr->name, attr->cb_mem, attr->cb_size, sizeof(*timer));
    if (timer) {
        timer->timeout.is_timer = true;
        timer->func = func;
        timer->argument = argument;
        timer->periodic = type == osTimerPeriodic;
    }
    os_leave_switching(state);
    return timer;
}

const char *osTimerGetName(osTimerId_t timer_id) { return os_object_name(timer_id, OS_MAGIC_TIMER); }

osStatus_t osTimerStart(osTimerId_t timer_id, uint32_t ticks)
{
    struct os_timer *timer = get(timer_id);
    uint64_t state;

    if (os_in_isr() || !timer || ticks == 0)
        return os_refusal();
    if (!os_enter_for(&timer->object, OS_MAGIC_TIMER, &state))
        return osErrorParameter;
    forget(timer);
    timer->period = ticks;
    os_timeout_start(&timer->timeout, os_tick_now() + ticks);
    os_leave(state);
    return osOK;
}

osStatus_t osTimerStop(osTimerId_t timer_id)
{
    struct os_timer *timer = get(timer_id);
    osStatus_t status = osErrorResource;
    uint64_t state;

    if (os_in_isr() || !timer)
        return os_refusal();
    if (!os_enter_for(&timer->object, OS_MAGIC_TIMER, &state))
        return osErrorParameter;
    if (timer->timeout.armed) {
        forget(timer);
        status = osOK;
    }
    os_leave(state);
    return status;
}

uint32_t osTimerIsRunning(osTimerId_t timer_id)
{
    struct os_timer *timer = get(timer_id);

    return timer && !os_in_isr() ? timer->timeout.armed : 0;
}

osStatus_t osTimerDelete(osTimerId_t timer_id)
{
    struct os_timer *timer = get(timer_id);
    uint64_t state;

    if (os_in_isr() || !timer)
        return os_refusal();
    if (!os_enter_for(&timer->object, OS_MAGIC_TIMER, &state))
        return osErrorParameter;
    forget(timer);
    os_object_free(timer, &timer->object);
    os_leave(state);
    return osOK;
}
