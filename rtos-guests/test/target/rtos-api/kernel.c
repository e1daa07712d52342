/* SPDX-License-Identifier: Apache-2.0
 *
 * Kernel control and time.
 */
#include "api.h"

static osKernelState_t before_init, after_init;
static osStatus_t start_before_init, again;
static osThreadId_t thread_before_init;
static volatile uint32_t ran;

static void nothing(void *argument) { (void)argument; }

static void mark(void *argument)
{
    (void)argument;
    ran++;
}

void kernel_before_start(void)
{
    before_init = osKernelGetState();
    start_before_init = osKernelStart();
    thread_before_init = osThreadNew(nothing, NULL, NULL);
    osKernelInitialize();
    after_init = osKernelGetState();
    again = osKernelInitialize();
}

static void locks(void)
{
    check_equal("lock-returns-before", osKernelLock(), 0);
    check_equal("lock-again", osKernelLock(), 1);
    check_equal("state-locked", osKernelGetState(), osKernelLocked);
    check_thread("urgent", mark, osPriorityHigh, 0);
    check_equal("lock-holds-back", ran, 0);
    check_equal("lock-delay-refused", osDelay(1), osError);
    check_equal("unlock-returns-before", osKernelUnlock(), 1);
    check_equal("unlock-switches", ran, 1);
    check_equal("restore-lock", osKernelRestoreLock(1), 1);
    check_equal("restore-unlock", osKernelRestoreLock(0), 0);
    check_equal("restore-nonsense", osKernelRestoreLock(7), osError);
}

static void suspends(void)
{
    uint64_t from = os_tick_now();
    uint32_t ticks;

    ran = 0;
    osTimerId_t timer = osTimerNew(mark, osTimerOnce, NULL, NULL);
    osTimerStart(timer, 2000);
    ticks = osKernelSuspend();
    check_that("suspend-tells-ticks", ticks > 1000 && ticks <= 2000, "not the time to the next timer");
    check_equal("state-suspended", osKernelGetState(), osKernelSuspended);
    while (os_tick_now() - from < 4000) {
    }
    check_equal("suspend-no-events", ran, 0);
    osKernelResume(4000);
    check_equal("resume-catches-up", ran, 1);
    check_equal("state-running", osKernelGetState(), osKernelRunning);
    osTimerDelete(timer);
}

static void delays(void)
{
    uint64_t from = os_tick_now(), after;
    uint32_t tick;

    check_equal("delay-ok", osDelay(1000), osOK);
    after = os_tick_now() - from;
    check_that("delay-takes-its-time", after >= 1000, "came early");
    check_equal("delay-zero", osDelay(0), osOK);
    tick = osKernelGetTickCount() + 500;
    check_equal("delay-until", osDelayUntil(tick), osOK);
    check_that("delay-until-its-time", (int32_t)(osKernelGetTickCount() - tick) >= 0, "came early");
    check_equal("delay-until-past", osDelayUntil(tick), osErrorParameter);
    check_equal("delay-until-too-far", osDelayUntil(osKernelGetTickCount() + 0x80000001u), osErrorParameter);
}

void kernel_checks(void)
{
    osVersion_t version;
    char text[32];
    uint32_t a, b;

    check_equal("state-inactive", before_init, osKernelInactive);
    check_equal("start-before-initialize", start_before_init, osError);
    check_that("thread-before-initialize", !thread_before_init, "was made");
    check_equal("state-after-initialize", after_init, osKernelReady);
    check_equal("initialize-again", again, osOK);
    check_equal("start-again", osKernelStart(), osError);
    check_equal("info", osKernelGetInfo(&version, text, sizeof(text)), osOK);
    check_that("info-versions", version.api == 20030000 && version.kernel == 10000000, "other numbers");
    check_that("info-text", strncmp(text, "Bulkhead RTOS", 13) == 0, text);
    osKernelGetInfo(NULL, text, 5);
    check_that("info-short-buffer", strcmp(text, "Bulk") == 0, text);
    check_equal("tick-frequency", osKernelGetTickFreq(), 1000000);
    check_equal("timer-frequency", osKernelGetSysTimerFreq(), (int64_t)timer_frequency());
    a = osKernelGetSysTimerCount();
    b = osKernelGetSysTimerCount();
    check_that("timer-count-forwards", (int32_t)(b - a) >= 0, "went back");
    locks();
    suspends();
    delays();
}
