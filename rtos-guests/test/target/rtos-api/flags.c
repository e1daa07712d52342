/* SPDX-License-Identifier: Apache-2.0
 *
 * Thread flags and event flags.
 */
#include "api.h"

static volatile uint32_t result;
static osEventFlagsId_t event;

static void waits_any(void *argument)
{
    (void)argument;
    result = osThreadFlagsWait(6, osFlagsWaitAny, osWaitForever);
}

static void waits_all(void *argument)
{
    (void)argument;
    result = osThreadFlagsWait(6, osFlagsWaitAll, osWaitForever);
}

static void waits_event(void *argument)
{
    (void)argument;
    result = osEventFlagsWait(event, 1, osFlagsWaitAny, osWaitForever);
}

static void thread_flags(void)
{
    osThreadId_t thread;

    thread = check_thread("any", waits_any, osPriorityHigh, 0);
    check_equal("thread-flags-not-awaited", osThreadFlagsSet(thread, 1), 1);
    check_equal("thread-flags-set-returns", osThreadFlagsSet(thread, 4), 1);
    check_equal("thread-flags-any", result, 5);
    result = 0;
    thread = check_thread("all", waits_all, osPriorityHigh, 0);
    osThreadFlagsSet(thread, 2);
    check_equal("thread-flags-all-not-yet", result, 0);
    osThreadFlagsSet(thread, 4);
    check_equal("thread-flags-all", result, 6);
    osThreadFlagsSet(osThreadGetId(), 0x18);
    check_equal("thread-flags-get", osThreadFlagsGet(), 0x18);
    check_equal("thread-flags-clear-returns-before", osThreadFlagsClear(8), 0x18);
    check_equal("thread-flags-no-clear", osThreadFlagsWait(0x10, osFlagsNoClear, 0), 0x10);
    check_equal("thread-flags-still-there", osThreadFlagsWait(0x10, osFlagsWaitAny, 0), 0x10);
    check_equal("thread-flags-taken", osThreadFlagsGet(), 0);
    check_equal("thread-flags-try", osThreadFlagsWait(1, osFlagsWaitAny, 0), osFlagsErrorResource);
    check_equal("thread-flags-timeout", osThreadFlagsWait(1, osFlagsWaitAny, 100), osFlagsErrorTimeout);
    check_equal("thread-flags-bit-31", osThreadFlagsSet(osThreadGetId(), 0x80000000u), osFlagsErrorParameter);
    check_equal("thread-flags-null", osThreadFlagsSet(NULL, 1), osFlagsErrorParameter);
    check_equal("thread-flags-wait-bit-31", osThreadFlagsWait(0x80000000u, 0, 0), osFlagsErrorParameter);
}

static void event_flags(void)
{
    static const osEventFlagsAttr_t attr = {.name = "event"};
    osThreadId_t thread;

    event = osEventFlagsNew(&attr);
    check_that("event-name", strcmp(osEventFlagsGetName(event), "event") == 0, "another name");
    result = 0;
    thread = check_thread("waiter", waits_event, osPriorityHigh, 0);
    check_equal("event-set-wakes", (osEventFlagsSet(event, 3), result), 3);
    check_equal("event-taken-by-waiter", osEventFlagsGet(event), 2);
    check_equal("event-clear-returns-before", osEventFlagsClear(event, 2), 2);
    check_equal("event-try", osEventFlagsWait(event, 1, osFlagsWaitAny, 0), osFlagsErrorResource);
    check_equal("event-timeout", osEventFlagsWait(event, 1, osFlagsWaitAny, 100), osFlagsErrorTimeout);
    osEventFlagsSet(event, 5);
    check_equal("event-all-not-yet", osEventFlagsWait(event, 7, osFlagsWaitAll, 0), osFlagsErrorResource);
    check_equal("event-no-clear", osEventFlagsWait(event, 5, osFlagsWaitAll | osFlagsNoClear, 0), 5);
    check_equal("event-all", osEventFlagsWait(event, 5, osFlagsWaitAll, 0), 5);
    check_equal("event-bit-31", osEventFlagsSet(event, 0x80000000u), osFlagsErrorParameter);
    check_equal("event-null", osEventFlagsSet(NULL, 1), osFlagsErrorParameter);
    check_equal("event-get-null", osEventFlagsGet(NULL), 0);
    check_thread("one", waits_event, osPriorityHigh, 0);
    thread = check_thread("two", waits_event, osPriorityHigh1, 0);
    osEventFlagsSet(event, 1);
    check_that("event-most-urgent-first", osThreadGetState(thread) == osThreadError && osEventFlagsGet(event) == 0,
               "the other one got it");
    result = 0;
    check_equal("event-delete", osEventFlagsDelete(event), osOK);
    check_equal("event-delete-wakes", result, osFlagsErrorResource);
    check_equal("event-deleted-is-invalid", osEventFlagsSet(event, 1), osFlagsErrorParameter);
}

void flag_checks(void)
{
    thread_flags();
    event_flags();
}
