/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers.
 */
#include "api.h"

static volatile uint32_t count;
static osTimerId_t timer;

static void elapsed(void *argument)
{
    count += (uint32_t)(uint64_t)argument;
    if (count == 100)
        osTimerStop(timer);
}

void timer_checks(void)
{
    static const osTimerAttr_t attr = {.name = "timer"};
    osStatus_t started, stopped;
    uint32_t running, early;

    timer = osTimerNew(elapsed, osTimerOnce, (void *)1, &attr);
    check_that("timer-name", strcmp(osTimerGetName(timer), "timer") == 0, "another name");
    check_that("timer-no-function", !osTimerNew(NULL, osTimerOnce, NULL, NULL), "was made");
    check_equal("timer-stopped-at-first", osTimerIsRunning(timer), 0);
    check_equal("timer-stop-stopped", osTimerStop(timer), osErrorResource);
    check_equal("timer-start-zero", osTimerStart(timer, 0), osErrorParameter);
    started = osTimerStart(timer, 1000); /* printing takes time: nothing is printed while it runs */
    running = osTimerIsRunning(timer);
    osDelay(900);
    early = count;
    osDelay(500);
    check_equal("timer-start", started, osOK);
    check_equal("timer-running", running, 1);
    check_equal("timer-not-early", early, 0);
    check_equal("timer-once", count, 1);
    check_equal("timer-once-stopped", osTimerIsRunning(timer), 0);
    osTimerStart(timer, 1000);
    osDelay(500);
    osTimerStart(timer, 1000);
    osDelay(800);
    early = count;
    stopped = osTimerStop(timer);
    osDelay(1000);
    check_equal("timer-restart", early, 1);
    check_equal("timer-stop", stopped, osOK);
    check_equal("timer-stop-stops", count, 1);
    check_equal("timer-delete", osTimerDelete(timer), osOK);
    check_equal("timer-deleted-is-invalid", osTimerStart(timer, 1), osErrorParameter);
    count = 0;
    timer = osTimerNew(elapsed, osTimerPeriodic, (void *)10, NULL);
    osTimerStart(timer, 200);
    osDelay(1100);
    check_equal("timer-periodic", count, 50);
    osDelay(2000);
    check_equal("timer-stopped-in-callback", count, 100);
    count = 0;
    osTimerStart(timer, 300);
    osKernelLock();
    uint64_t from = os_tick_now();
    while (os_tick_now() - from < 1000) {
    }
    osKernelUnlock();
    check_equal("timer-none-left-out", count, 30);
    osTimerDelete(timer);
}
