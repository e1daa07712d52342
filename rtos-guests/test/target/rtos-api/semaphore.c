/* SPDX-License-Identifier: Apache-2.0
 *
 * Semaphores.
 */
#include "api.h"

static osSemaphoreId_t semaphore;
static char order[8];
static volatile int32_t status;

static void takes(void *argument)
{
    (void)argument;
    status = osSemaphoreAcquire(semaphore, osWaitForever);
    strcpy(order + strlen(order), osThreadGetName(osThreadGetId()));
}

void semaphore_checks(void)
{
    static const osSemaphoreAttr_t attr = {.name = "semaphore"};

    check_that("semaphore-no-tokens-at-all", !osSemaphoreNew(0, 0, NULL), "was made");
    check_that("semaphore-too-many-at-first", !osSemaphoreNew(1, 2, NULL), "was made");
    semaphore = osSemaphoreNew(2, 1, &attr);
    check_that("semaphore-name", strcmp(osSemaphoreGetName(semaphore), "semaphore") == 0, "another name");
    check_equal("semaphore-count", osSemaphoreGetCount(semaphore), 1);
    check_equal("semaphore-acquire", osSemaphoreAcquire(semaphore, 0), osOK);
    check_equal("semaphore-try", osSemaphoreAcquire(semaphore, 0), osErrorResource);
    check_equal("semaphore-timeout", osSemaphoreAcquire(semaphore, 100), osErrorTimeout);
    osSemaphoreRelease(semaphore);
    check_equal("semaphore-release", osSemaphoreRelease(semaphore), osOK);
    check_equal("semaphore-full", osSemaphoreRelease(semaphore), osErrorResource);
    osSemaphoreAcquire(semaphore, 0);
    osSemaphoreAcquire(semaphore, 0);
    check_thread("a", takes, osPriorityLow, 0);
    check_thread("b", takes, osPriorityHigh, 0);
    check_thread("c", takes, osPriorityLow, 0);
    osDelay(50);
    osSemaphoreRelease(semaphore);
    osSemaphoreRelease(semaphore);
    osSemaphoreRelease(semaphore);
    check_equal("semaphore-token-goes-to-waiter", osSemaphoreGetCount(semaphore), 0);
    osDelay(50);
    check_that("semaphore-by-priority-then-time", strcmp(order, "bac") == 0, order);
    check_equal("semaphore-null", osSemaphoreAcquire(NULL, 0), osErrorParameter);
    check_equal("semaphore-release-null", osSemaphoreRelease(NULL), osErrorParameter);
    check_equal("semaphore-count-null", osSemaphoreGetCount(NULL), 0);
    check_thread("d", takes, osPriorityHigh, 0);
    check_equal("semaphore-delete", osSemaphoreDelete(semaphore), osOK);
    check_equal("semaphore-delete-wakes", status, osErrorResource);
    check_equal("semaphore-deleted-is-invalid", osSemaphoreDelete(semaphore), osErrorParameter);
}
