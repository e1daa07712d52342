/* SPDX-License-Identifier: Apache-2.0
 *
 * Time. There is no tick: the timer is set to the earliest deadline and to nothing else. A tick is a
 * microsecond since osKernelInitialize(), computed from the counter when somebody asks.
 */
#include "os.h"

uint64_t os_timer_now(void) { return port_now(); }

uint64_t os_tick_now(void)
{
    uint64_t passed = port_now() - os.epoch;

    return passed / os.frequency * OS_TICK_HZ + passed % os.frequency * OS_TICK_HZ / os.frequency;
}

/* Rounded up: when the counter is there, the tick is. */
uint64_t os_tick_to_timer(uint64_t tick)
{
    return os.epoch + tick / OS_TICK_HZ * os.frequency + (tick % OS_TICK_HZ * os.frequency + OS_TICK_HZ - 1) / OS_TICK_HZ;
}

static struct os_timeout *first(void)
{
    struct os_link *link = os_list_first(&os.timeouts);

    return link ? OS_CONTAINER(link, struct os_timeout, link) : NULL;
}

/* Each CPU has a timer. The one that changes which deadline is the first sets its own; another's that was set for
 * an earlier state comes for nothing and looks again. */
void os_timer_program(void)
{
    const struct os_timeout *timeout = first();

    if (os.state == osKernelRunning)
        port_timer_set(timeout && !(os_cpu_this()->hold & OS_SUSPENDED) ? os_tick_to_timer(timeout->deadline) : OS_NEVER);
}

/* By deadline, among equals by time of the call. */
void os_timeout_start(struct os_timeout *timeout, uint64_t deadline)
{
    struct os_link *at = os.timeouts.root.prev;

    while (at != &os.timeouts.root && OS_CONTAINER(at, struct os_timeout, link)->deadline > deadline)
        at = at->prev;
    timeout->deadline = deadline;
    timeout->armed = true;
    os_list_insert(&timeout->link, at->next);
    if (first() == timeout)
        os_timer_program();
}

void os_timeout_stop(struct os_timeout *timeout)
{
    bool was_first = first() == timeout;

    os_list_remove(&timeout->link);
    timeout->armed = false;
    if (was_first)
        os_timer_program();
}

void os_timeout_expired(void)
{
    uint64_t now = os_tick_now();
    struct os_timeout *timeout;

    while ((timeout = first()) != NULL && timeout->deadline <= now) {
        os_list_remove(&timeout->link);
        timeout->armed = false;
        if (timeout->is_timer)
            os_timer_elapsed(timeout);
        else
            os_wake_timed_out(OS_CONTAINER(timeout, struct os_thread, timeout));
    }
    os_timer_program();
}

uint32_t osKernelGetTickCount(void) { return os.state == osKernelInactive ? 0 : (uint32_t)os_tick_now(); }
uint32_t osKernelGetTickFreq(void) { return OS_TICK_HZ; }
uint32_t osKernelGetSysTimerCount(void) { return (uint32_t)port_now(); }
uint32_t osKernelGetSysTimerFreq(void) { return (uint32_t)port_frequency(); }

osStatus_t osDelay(uint32_t ticks)
{
    uint32_t result = (uint32_t)osOK;
    uint64_t state;

    if (os_in_isr())
        return osErrorISR;
    state = os_enter();
    if (!os_may_block())
        result = (uint32_t)osError;
    else if (ticks == osWaitForever)
        result = os_block(NULL, osWaitForever);
    else if (ticks)
        result = os_block_until(os_tick_now() + ticks);
    os_leave(state);
    return (osStatus_t)result;
}

osStatus_t osDelayUntil(uint32_t ticks)
{
    uint32_t result, delay;
    uint64_t now, state;

    if (os_in_isr())
        return osErrorISR;
    state = os_enter();
    now = os_tick_now();
    delay = ticks - (uint32_t)now;
    if (!os_may_block())
        result = (uint32_t)osError;
    else if (delay == 0 || delay > 0x7fffffffu)
        result = (uint32_t)osErrorParameter;
    else
        result = os_block_until(now + delay);
    os_leave(state);
    return (osStatus_t)result;
}
