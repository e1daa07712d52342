/* SPDX-License-Identifier: Apache-2.0
 *
 * What interrupt handlers may call and what not, nesting by priority, and work put off.
 */
#include "../rtos_check.h"

#define OUTER 1u
#define INNER 2u
#define EQUAL 3u

static struct {
    int32_t delay, delay_until, yield, mutex, release, join, suspend, priority, lock, unlock, terminate, semaphore_wait, queue_wait;
    int32_t semaphore_try, semaphore_release, event_set, thread_set, put, get, timer_start, delete, initialize, info, pool_free;
    uint32_t event_wait, flags_wait, flags_clear, ticks, capacity;
    bool thread_new, semaphore_new, timer_new, alloc, name, id, state;
} saw;
static osSemaphoreId_t semaphore;
static osMutexId_t mutex;
static osEventFlagsId_t event;
static osMessageQueueId_t queue;
static osMemoryPoolId_t pool;
static osThreadId_t waiter;
static volatile uint32_t woken, ran[4], nested_in_outer, equal_in_outer, order[2], ordered;

static void nothing(void *argument) { (void)argument; }

static void forbidden(uint32_t intid)
{
    uint32_t value;

    (void)intid;
    saw.delay = osDelay(1);
    saw.delay_until = osDelayUntil(osKernelGetTickCount() + 10);
    saw.yield = osThreadYield();
    saw.mutex = osMutexAcquire(mutex, 0);
    saw.release = osMutexRelease(mutex);
    saw.join = osThreadJoin(waiter);
    saw.suspend = osThreadSuspend(waiter);
    saw.priority = osThreadSetPriority(waiter, osPriorityLow);
    saw.terminate = osThreadTerminate(waiter);
    saw.lock = osKernelLock();
    saw.unlock = osKernelUnlock();
    saw.initialize = osKernelInitialize();
    saw.timer_start = osTimerStart(NULL, 1);
    saw.delete = osSemaphoreDelete(semaphore);
    saw.semaphore_wait = osSemaphoreAcquire(semaphore, 1);
    saw.queue_wait = osMessageQueueGet(queue, &value, NULL, osWaitForever);
    saw.event_wait = osEventFlagsWait(event, 1, 0, 1);
    saw.flags_wait = osThreadFlagsWait(1, 0, 0);
    saw.flags_clear = osThreadFlagsClear(1);
    saw.thread_new = osThreadNew(nothing, NULL, NULL);
    saw.semaphore_new = osSemaphoreNew(1, 1, NULL);
    saw.timer_new = osTimerNew(nothing, osTimerOnce, NULL, NULL);
}

static void allowed(uint32_t intid)
{
    uint32_t value = 11;
    void *block;

    (void)intid;
    saw.semaphore_try = osSemaphoreAcquire(semaphore, 0);
    saw.put = osMessageQueuePut(queue, &value, 0, 0);
    value = 0;
    saw.get = osMessageQueueGet(queue, &value, NULL, 0) == osOK && value == 11 ? osOK : osError;
    block = osMemoryPoolAlloc(pool, 0);
    saw.alloc = block;
    saw.pool_free = osMemoryPoolFree(pool, block);
    saw.event_set = (int32_t)osEventFlagsSet(event, 4);
    saw.thread_set = (int32_t)osThreadFlagsSet(waiter, 8);
    saw.ticks = osKernelGetTickCount();
    saw.info = osKernelGetInfo(NULL, NULL, 0);
    saw.state = osKernelGetState() == osKernelRunning;
    saw.name = osSemaphoreGetName(semaphore) != NULL;
    saw.id = osThreadGetId() != NULL;
    saw.capacity = osMessageQueueGetCapacity(queue);
    saw.semaphore_release = osSemaphoreRelease(semaphore);
}

static void waits(void *argument)
{
    (void)argument;
    for (;;) {
        osSemaphoreAcquire(semaphore, osWaitForever);
        woken++;
    }
}

static void note(uint32_t intid) { ran[intid]++; }

static void spin(void)
{
    uint64_t from = timer_now();

    while (timer_now() - from < timer_frequency() / 10000)
        cpu_yield();
}

static void outer(uint32_t intid)
{
    ran[intid]++;
    gic_send_sgi(INNER, 1);
    gic_send_sgi(EQUAL, 1);
    spin();
    nested_in_outer = ran[INNER];
    equal_in_outer = ran[EQUAL];
}

static void raise(uint32_t intid, irq_fn *handler)
{
    irq_set_handler(intid, handler);
    gic_enable(intid);
    gic_send_sgi(intid, 1);
    spin();
}

static void worked(void *argument)
{
    if (ordered < 2)
        order[ordered] = (uint32_t)(uint64_t)argument;
    ordered++;
}

static struct os_work first = {.run = worked, .argument = (void *)1}, second = {.run = worked, .argument = (void *)2};
static bool submitted[3];

static void submits(uint32_t intid)
{
    (void)intid;
    submitted[0] = os_work_submit(&first);
    submitted[1] = os_work_submit(&second);
    submitted[2] = os_work_submit(&first);
}

static void check_forbidden(void)
{
    check_equal("isr-delay", saw.delay, osErrorISR);
    check_equal("isr-delay-until", saw.delay_until, osErrorISR);
    check_equal("isr-yield", saw.yield, osErrorISR);
    check_equal("isr-mutex-acquire", saw.mutex, osErrorISR);
    check_equal("isr-mutex-release", saw.release, osErrorISR);
    check_equal("isr-join", saw.join, osErrorISR);
    check_equal("isr-suspend", saw.suspend, osErrorISR);
    check_equal("isr-set-priority", saw.priority, osErrorISR);
    check_equal("isr-terminate", saw.terminate, osErrorISR);
    check_equal("isr-lock", saw.lock, osErrorISR);
    check_equal("isr-unlock", saw.unlock, osErrorISR);
    check_equal("isr-initialize", saw.initialize, osErrorISR);
    check_equal("isr-timer-start", saw.timer_start, osErrorISR);
    check_equal("isr-delete", saw.delete, osErrorISR);
    check_equal("isr-semaphore-with-timeout", saw.semaphore_wait, osErrorParameter);
    check_equal("isr-queue-with-timeout", saw.queue_wait, osErrorParameter);
    check_equal("isr-event-with-timeout", saw.event_wait, osFlagsErrorParameter);
    check_equal("isr-thread-flags-wait", saw.flags_wait, osFlagsErrorISR);
    check_equal("isr-thread-flags-clear", saw.flags_clear, osFlagsErrorISR);
    check_that("isr-nothing-new", !saw.thread_new && !saw.semaphore_new && !saw.timer_new, "something was made");
}

static void check_allowed(void)
{
    check_equal("isr-semaphore-try", saw.semaphore_try, osErrorResource);
    check_equal("isr-put", saw.put, osOK);
    check_equal("isr-get", saw.get, osOK);
    check_that("isr-pool", saw.alloc && saw.pool_free == osOK, "no block");
    check_equal("isr-event-set", saw.event_set, 4);
    check_equal("isr-thread-flags-set", saw.thread_set, 8);
    check_that("isr-questions", saw.ticks && saw.info == osOK && saw.state && saw.name && saw.id && saw.capacity == 2, "no answer");
    check_equal("isr-semaphore-release", saw.semaphore_release, osOK);
    check_equal("isr-wakes-thread", woken, 1);
}

static void masked(void)
{
    osStatus_t status;

    irq_mask();
    status = osDelay(1);
    irq_unmask();
    check_equal("masked-is-as-isr", status, osErrorISR);
}

static void run(void *argument)
{
    static const osSemaphoreAttr_t named = {.name = "semaphore"};

    (void)argument;
    semaphore = osSemaphoreNew(1, 0, &named);
    mutex = osMutexNew(NULL);
    event = osEventFlagsNew(NULL);
    queue = osMessageQueueNew(2, 4, NULL);
    pool = osMemoryPoolNew(1, 8, NULL);
    waiter = check_thread("waiter", waits, osPriorityHigh, 0);
    raise(OUTER, forbidden);
    check_forbidden();
    raise(OUTER, allowed);
    check_allowed();
    masked();

    gic_set_priority(INNER, GIC_PRIORITY - 0x20);
    irq_set_handler(INNER, note);
    irq_set_handler(EQUAL, note);
    gic_enable(INNER);
    gic_enable(EQUAL);
    raise(OUTER, outer);
    check_equal("more-urgent-comes-in-between", nested_in_outer, 1);
    check_equal("equal-waits", equal_in_outer, 0);
    check_equal("equal-comes-after", ran[EQUAL], 1);

    check_equal("work-start", os_work_start(), osOK);
    raise(OUTER, submits);
    check_that("work-submitted-once", submitted[0] && submitted[1] && !submitted[2], "not so");
    check_that("work-in-order", ordered == 2 && order[0] == 1 && order[1] == 2, "another order");
    check_that("interrupts-are-counted", irq_count(OUTER) == 4, "another number");
    check_done();
}

void guest_main(void)
{
    osKernelInitialize();
    osThreadNew(run, NULL, NULL);
    osKernelStart();
}
