/* SPDX-License-Identifier: Apache-2.0
 *
 * Message queues.
 */
#include "api.h"

static osMessageQueueId_t queue;
static volatile int32_t status;
static volatile uint32_t got;

static void gets(void *argument)
{
    uint32_t value = 0;

    (void)argument;
    status = osMessageQueueGet(queue, &value, NULL, osWaitForever);
    got = value;
}

static void puts_77(void *argument)
{
    uint32_t value = 77;

    (void)argument;
    status = osMessageQueuePut(queue, &value, 9, osWaitForever);
}

static void put(uint32_t value, uint8_t priority) { osMessageQueuePut(queue, &value, priority, 0); }

static uint32_t get(void)
{
    uint32_t value = 0;

    return osMessageQueueGet(queue, &value, NULL, 0) == osOK ? value : 0;
}

void queue_checks(void)
{
    static const osMessageQueueAttr_t attr = {.name = "queue"};
    uint32_t value = 1;
    uint8_t priority = 0;

    check_that("queue-no-messages", !osMessageQueueNew(0, 4, NULL), "was made");
    check_that("queue-no-size", !osMessageQueueNew(4, 0, NULL), "was made");
    queue = osMessageQueueNew(4, sizeof(uint32_t), &attr);
    check_that("queue-name", strcmp(osMessageQueueGetName(queue), "queue") == 0, "another name");
    check_equal("queue-capacity", osMessageQueueGetCapacity(queue), 4);
    check_equal("queue-message-size", osMessageQueueGetMsgSize(queue), 4);
    check_equal("queue-get-try", osMessageQueueGet(queue, &value, NULL, 0), osErrorResource);
    check_equal("queue-get-timeout", osMessageQueueGet(queue, &value, NULL, 100), osErrorTimeout);
    put(1, 0);
    put(2, 5);
    put(3, 0);
    put(4, 5);
    check_equal("queue-count", osMessageQueueGetCount(queue), 4);
    check_equal("queue-space", osMessageQueueGetSpace(queue), 0);
    check_equal("queue-put-try", osMessageQueuePut(queue, &value, 0, 0), osErrorResource);
    check_equal("queue-put-timeout", osMessageQueuePut(queue, &value, 0, 100), osErrorTimeout);
    check_that("queue-by-priority", osMessageQueueGet(queue, &value, &priority, 0) == osOK && value == 2 && priority == 5,
               "another message");
    check_that("queue-first-in-first-out", get() == 4 && get() == 1 && get() == 3, "another order");
    check_thread("getter", gets, osPriorityHigh, 0);
    put(55, 0);
    check_that("queue-put-wakes", got == 55 && osMessageQueueGetCount(queue) == 0, "it did not");
    put(1, 0);
    put(2, 0);
    put(3, 0);
    put(4, 0);
    status = osError;
    check_thread("putter", puts_77, osPriorityHigh, 0);
    check_equal("queue-get-makes-room", get(), 1);
    check_equal("queue-room-is-taken", status, osOK);
    check_equal("queue-putter-by-priority", get(), 77);
    check_equal("queue-reset", osMessageQueueReset(queue), osOK);
    check_equal("queue-reset-empties", osMessageQueueGetCount(queue), 0);
    check_equal("queue-null", osMessageQueuePut(NULL, &value, 0, 0), osErrorParameter);
    check_equal("queue-no-message", osMessageQueuePut(queue, NULL, 0, 0), osErrorParameter);
    check_equal("queue-get-no-buffer", osMessageQueueGet(queue, NULL, NULL, 0), osErrorParameter);
    check_thread("getter", gets, osPriorityHigh, 0);
    check_equal("queue-delete", osMessageQueueDelete(queue), osOK);
    check_equal("queue-delete-wakes", status, osErrorResource);
    check_equal("queue-deleted-is-invalid", osMessageQueueReset(queue), osErrorParameter);
}
