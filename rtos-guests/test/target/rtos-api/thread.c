/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads.
 */
#include "api.h"

static volatile uint32_t ran;
static char order[16];
static OS_CB(static_cb, THREAD);
static uint64_t static_stack[256];
OS_STACK(guarded, 4096);

static void once(void *argument)
{
    (void)argument;
    ran++;
}

static void letter(void *argument)
{
    char text[2] = {(char)(uint64_t)argument, 0};

    strcpy(order + strlen(order), text);
    osThreadYield();
    strcpy(order + strlen(order), text);
}

static void for_ever(void *argument)
{
    (void)argument;
    for (;;)
        osDelay(100);
}

static void attributes(void)
{
    osThreadAttr_t attr = {.name = "static", .cb_mem = static_cb, .cb_size = sizeof(static_cb),
                           .stack_mem = static_stack, .stack_size = sizeof(static_stack), .priority = osPriorityLow};
    struct os_thread_info info;
    osThreadId_t thread;

    thread = osThreadNew(for_ever, NULL, &attr);
    check_that("new-static", thread == (void *)static_cb, "not in the memory given");
    check_that("name", strcmp(osThreadGetName(thread), "static") == 0, "another name");
    check_equal("priority", osThreadGetPriority(thread), osPriorityLow);
    check_equal("stack-size", osThreadGetStackSize(thread), sizeof(static_stack));
    check_equal("state-ready", osThreadGetState(thread), osThreadReady);
    osDelay(50);
    check_that("stack-space", osThreadGetStackSpace(thread) < sizeof(static_stack) && osThreadGetStackSpace(thread) > 512,
               "not between all and nothing");
    check_equal("state-blocked", osThreadGetState(thread), osThreadBlocked);
    check_equal("terminate", osThreadTerminate(thread), osOK);
    check_equal("terminated-is-invalid", osThreadTerminate(thread), osErrorParameter);
    attr.cb_size = 16;
    check_that("new-cb-too-small", !osThreadNew(for_ever, NULL, &attr), "was made");
    attr = (osThreadAttr_t){.cb_size = 16};
    check_that("new-size-without-memory", !osThreadNew(for_ever, NULL, &attr), "was made");
    attr = (osThreadAttr_t){.priority = osPriorityISR};
    check_that("new-priority-isr", !osThreadNew(for_ever, NULL, &attr), "was made");
    attr = (osThreadAttr_t){.priority = 64};
    check_that("new-priority-out-of-range", !osThreadNew(for_ever, NULL, &attr), "was made");
    check_that("new-no-function", !osThreadNew(NULL, NULL, NULL), "was made");
    attr = (osThreadAttr_t){OS_STACK_ATTR(guarded)};
    thread = osThreadNew(for_ever, NULL, &attr);
    check_equal("default-priority", osThreadGetPriority(thread), osPriorityNormal);
    os_thread_info(thread, &info);
    check_that("static-stack-guarded", info.guarded, "no guard page");
    osThreadTerminate(thread);
}

static void scheduling(void)
{
    osThreadId_t low;
    uint32_t i;

    ran = 0;
    check_thread("high", once, osPriorityHigh, 0);
    check_equal("higher-runs-at-once", ran, 1);
    low = check_thread("low", once, osPriorityLow, 0);
    check_equal("lower-waits", ran, 1);
    check_equal("yield-not-to-lower", (osThreadYield(), ran), 1);
    osDelay(10);
    check_equal("lower-runs-when-blocked", ran, 2);
    check_equal("ended-is-invalid", osThreadGetState(low), osThreadError);
    for (i = 0; i < 3; i++)
        osThreadNew(letter, (void *)(uint64_t)('a' + i), NULL);
    osThreadYield();
    osThreadYield();
    check_that("equal-in-turn", strcmp(order, "abcabc") == 0, order);
}

static void priorities(void)
{
    osThreadId_t thread = check_thread("target", once, osPriorityLow, 0);

    ran = 0;
    check_equal("set-priority", osThreadSetPriority(thread, osPriorityHigh), osOK);
    check_equal("set-priority-preempts", ran, 1);
    check_equal("set-priority-null", osThreadSetPriority(NULL, osPriorityLow), osErrorParameter);
    check_equal("set-priority-nonsense", osThreadSetPriority(osThreadGetId(), osPriorityNone), osErrorParameter);
    check_equal("get-priority-null", osThreadGetPriority(NULL), osPriorityError);
    thread = check_thread("target", once, osPriorityNormal, 0);
    check_equal("lower-own-priority", osThreadSetPriority(osThreadGetId(), osPriorityLow), osOK);
    check_equal("lower-own-priority-switches", ran, 2);
    osThreadSetPriority(osThreadGetId(), osPriorityNormal);
    check_equal("get-priority-self", osThreadGetPriority(osThreadGetId()), osPriorityNormal);
}

static void suspending(void)
{
    osThreadId_t thread = check_thread("sleeper", for_ever, osPriorityHigh, 0), ready;

    ran = 0;
    check_equal("suspend-blocked", osThreadSuspend(thread), osOK);
    check_equal("suspended-is-blocked", osThreadGetState(thread), osThreadBlocked);
    osDelay(300);
    check_equal("suspended-stays", osThreadGetState(thread), osThreadBlocked);
    check_equal("resume", osThreadResume(thread), osOK);
    ready = check_thread("ready", once, osPriorityLow, 0);
    check_equal("suspend-ready", osThreadSuspend(ready), osOK);
    osDelay(50);
    check_equal("suspended-does-not-run", ran, 0);
    osThreadResume(ready);
    osDelay(50);
    check_equal("resumed-runs", ran, 1);
    check_equal("resume-not-blocked", osThreadResume(osThreadGetId()), osErrorResource);
    check_equal("suspend-null", osThreadSuspend(NULL), osErrorParameter);
    osThreadTerminate(thread);
}

static void joining(void)
{
    osThreadId_t thread;

    thread = check_thread("joinable", once, osPriorityHigh, osThreadJoinable);
    check_equal("ended-joinable", osThreadGetState(thread), osThreadTerminated);
    check_equal("join-ended", osThreadJoin(thread), osOK);
    check_equal("join-twice", osThreadJoin(thread), osErrorParameter);
    thread = check_thread("joinable", once, osPriorityLow, osThreadJoinable);
    check_equal("join-waits", osThreadJoin(thread), osOK);
    thread = check_thread("detached", for_ever, osPriorityLow, 0);
    check_equal("join-detached", osThreadJoin(thread), osErrorResource);
    check_equal("detach-detached", osThreadDetach(thread), osErrorResource);
    osThreadTerminate(thread);
    check_equal("join-self", osThreadJoin(osThreadGetId()), osErrorResource);
    check_equal("join-null", osThreadJoin(NULL), osErrorParameter);
    thread = check_thread("joinable", for_ever, osPriorityLow, osThreadJoinable);
    check_equal("detach", osThreadDetach(thread), osOK);
    check_equal("join-after-detach", osThreadJoin(thread), osErrorResource);
    osThreadTerminate(thread);
}

static void enumerating(void)
{
    osThreadId_t all[8], thread = check_thread("one more", for_ever, osPriorityLow, 0);
    uint32_t count = osThreadGetCount(), found = osThreadEnumerate(all, 8), i, seen = 0;

    for (i = 0; i < found; i++)
        seen += all[i] == thread || all[i] == osThreadGetId();
    check_that("enumerate", found == count && seen == 2, "not all of them");
    check_equal("enumerate-fewer", osThreadEnumerate(all, 1), 1);
    osThreadTerminate(thread);
    check_equal("count", osThreadGetCount(), count - 1);
    check_equal("affinity-one-vcpu", osThreadGetAffinityMask(osThreadGetId()), 1);
    check_equal("affinity-none", osThreadSetAffinityMask(osThreadGetId(), 2), osErrorParameter);
}

static void memory(void)
{
    struct os_memory_info before, after;
    uint32_t i;

    osDelay(10);
    check_thread("reaper", once, osPriorityHigh, 0);
    osThreadJoin(check_thread("reaper", once, osPriorityHigh, osThreadJoinable));
    os_memory_info(&before);
    for (i = 0; i < 500; i++)
        osThreadJoin(check_thread("many", once, osPriorityHigh, osThreadJoinable));
    os_memory_info(&after);
    check_equal("memory-comes-back", (int64_t)after.used, (int64_t)before.used);
}

void thread_checks(void)
{
    attributes();
    scheduling();
    priorities();
    suspending();
    joining();
    enumerating();
    memory();
}
