/* SPDX-License-Identifier: Apache-2.0
 *
 * Mutexes.
 */
#include "api.h"

static osMutexId_t mutex, second;
static volatile int32_t status;
static volatile uint32_t phase;

static void takes(void *argument)
{
    (void)argument;
    status = osMutexAcquire(mutex, osWaitForever);
    phase++;
    if (status == osOK)
        osMutexRelease(mutex);
}

static void takes_and_ends(void *argument)
{
    (void)argument;
    osMutexAcquire(mutex, osWaitForever);
}

static void holds(void *argument)
{
    (void)argument;
    osMutexAcquire(mutex, osWaitForever);
    osThreadFlagsWait(1, osFlagsWaitAny, osWaitForever);
    osMutexRelease(mutex);
}

static void holds_second_wants_first(void *argument)
{
    (void)argument;
    osMutexAcquire(second, osWaitForever);
    osMutexAcquire(mutex, osWaitForever);
    osMutexRelease(mutex);
    osMutexRelease(second);
}

static void wants_second(void *argument)
{
    status = osMutexAcquire(second, argument ? 500 : osWaitForever);
    if (status == osOK)
        osMutexRelease(second);
}

static osMutexId_t make(uint32_t attr_bits)
{
    const osMutexAttr_t attr = {.name = "mutex", .attr_bits = attr_bits};

    return osMutexNew(&attr);
}

static void ownership(void)
{
    osThreadId_t thread;

    mutex = make(0);
    check_that("mutex-name", strcmp(osMutexGetName(mutex), "mutex") == 0, "another name");
    check_that("mutex-no-owner", !osMutexGetOwner(mutex), "it has one");
    check_equal("mutex-acquire", osMutexAcquire(mutex, 0), osOK);
    check_that("mutex-owner", osMutexGetOwner(mutex) == osThreadGetId(), "another one");
    check_equal("mutex-not-recursive", osMutexAcquire(mutex, 0), osErrorResource);
    thread = check_thread("taker", takes, osPriorityHigh, 0);
    check_equal("mutex-waits", phase, 0);
    check_equal("mutex-release-hands-over", (osMutexRelease(mutex), phase), 1);
    check_equal("mutex-release-not-owned", osMutexRelease(mutex), osErrorResource);
    check_equal("mutex-null", osMutexAcquire(NULL, 0), osErrorParameter);
    check_equal("mutex-release-null", osMutexRelease(NULL), osErrorParameter);
    check_that("mutex-attr-unknown", !make(0x100), "was made");
    thread = check_thread("holder", holds, osPriorityHigh, 0);
    check_equal("mutex-try", osMutexAcquire(mutex, 0), osErrorResource);
    check_equal("mutex-timeout", osMutexAcquire(mutex, 100), osErrorTimeout);
    check_equal("mutex-release-not-owner", osMutexRelease(mutex), osErrorResource);
    osThreadFlagsSet(thread, 1);
    osMutexAcquire(mutex, 0);
    phase = 0;
    check_thread("taker", takes, osPriorityHigh, 0);
    check_equal("mutex-delete", osMutexDelete(mutex), osOK);
    check_that("mutex-delete-wakes", phase == 1 && status == osErrorResource, "it did not");
    check_equal("mutex-deleted-is-invalid", osMutexAcquire(mutex, 0), osErrorParameter);
}

static void recursion(void)
{
    uint32_t i, ok = 0;

    mutex = make(osMutexRecursive);
    for (i = 0; i < 5; i++)
        ok += osMutexAcquire(mutex, 0) == osOK;
    check_equal("mutex-recursive", ok, 5);
    phase = 0;
    check_thread("taker", takes, osPriorityHigh, 0);
    for (i = 0; i < 4; i++)
        osMutexRelease(mutex);
    check_equal("mutex-recursive-still-held", phase, 0);
    osMutexRelease(mutex);
    check_equal("mutex-recursive-free", phase, 1);
    osMutexDelete(mutex);
}

static void inheritance(void)
{
    osThreadId_t low, middle;

    mutex = make(osMutexPrioInherit);
    second = make(osMutexPrioInherit);
    low = check_thread("low", holds, osPriorityLow, 0);
    osDelay(50);
    middle = check_thread("middle", holds_second_wants_first, osPriorityAboveNormal, 0);
    check_equal("mutex-inherits", osThreadGetPriority(low), osPriorityAboveNormal);
    check_thread("high", wants_second, osPriorityHigh, 0);
    check_equal("mutex-inherits-along-chain", osThreadGetPriority(low), osPriorityHigh);
    check_equal("mutex-inherits-in-chain", osThreadGetPriority(middle), osPriorityHigh);
    osThreadSetPriority(low, osPriorityBelowNormal);
    check_equal("mutex-inherited-stays", osThreadGetPriority(low), osPriorityHigh);
    osThreadFlagsSet(low, 1);
    check_equal("mutex-inheritance-ends", osThreadGetPriority(low), osPriorityBelowNormal);
    osDelay(50);
    low = check_thread("low", holds, osPriorityLow, 0);
    osDelay(50);
    middle = check_thread("middle", holds_second_wants_first, osPriorityLow1, 0);
    osDelay(50);
    osThreadAttr_t attr = {.priority = osPriorityHigh};
    osThreadNew(wants_second, (void *)1, &attr);
    check_equal("mutex-inherits-before-timeout", osThreadGetPriority(low), osPriorityHigh);
    osDelay(1000);
    check_equal("mutex-timeout-gives-back", osThreadGetPriority(low), osPriorityLow1);
    osThreadTerminate(middle);
    check_equal("mutex-terminate-gives-back", osThreadGetPriority(low), osPriorityLow);
    osThreadTerminate(low);
    osMutexDelete(mutex);
    osMutexDelete(second);
}

static void robustness(void)
{
    mutex = make(osMutexRobust);
    check_thread("ends", takes_and_ends, osPriorityHigh, 0);
    check_equal("mutex-robust", osMutexAcquire(mutex, 0), osOK);
    osMutexDelete(mutex);
    mutex = make(0);
    check_thread("ends", takes_and_ends, osPriorityHigh, 0);
    check_equal("mutex-not-robust", osMutexAcquire(mutex, 100), osErrorTimeout);
    check_that("mutex-orphan-has-no-owner", !osMutexGetOwner(mutex), "it has one");
    check_equal("mutex-orphan-delete", osMutexDelete(mutex), osOK);
}

void mutex_checks(void)
{
    ownership();
    recursion();
    inheritance();
    robustness();
}
