/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads on four vCPUs. Only order is checked: the emulator serves vCPUs in turn.
 */
#include "../rtos_check.h"

#define CPUS   4u
#define ROUNDS 2000u

static volatile uint32_t where[CPUS], seen_by[CPUS], counter, together;
static volatile bool stops;
static osSemaphoreId_t turn[CPUS], finished;
static osMutexId_t mutex;
static osMessageQueueId_t queue;
static uint32_t total;

static osThreadId_t start(osThreadFunc_t func, uint32_t number, uint32_t affinity, osPriority_t priority)
{
    const osThreadAttr_t attr = {.name = "smp", .priority = priority, .affinity_mask = affinity, .attr_bits = osThreadJoinable};

    return osThreadNew(func, (void *)(uint64_t)number, &attr);
}

static void says_where(void *argument)
{
    where[(uint64_t)argument] = os_cpu_index();
}

static void passes_on(void *argument)
{
    uint32_t me = (uint32_t)(uint64_t)argument, i;

    for (i = 0; i < ROUNDS; i++) {
        osSemaphoreAcquire(turn[me], osWaitForever);
        if (os_cpu_index() != me)
            seen_by[me]++;
        counter++;
        osSemaphoreRelease(turn[(me + 1) % CPUS]);
    }
}

static void adds_locked(void *argument)
{
    uint32_t i;

    (void)argument;
    for (i = 0; i < ROUNDS; i++) {
        osMutexAcquire(mutex, osWaitForever);
        total++;
        osMutexRelease(mutex);
    }
    osSemaphoreRelease(finished);
}

static void produces(void *argument)
{
    uint32_t i;

    for (i = 0; i < ROUNDS; i++) {
        uint32_t value = (uint32_t)(uint64_t)argument << 16 | i;

        osMessageQueuePut(queue, &value, 0, osWaitForever);
    }
}

static void meets(void *argument)
{
    (void)argument;
    __atomic_fetch_add(&together, 1, __ATOMIC_RELAXED);
    while (together < CPUS)
        cpu_yield();
}

static void spins(void *argument)
{
    (void)argument;
    while (!stops)
        cpu_yield();
}

static void pinned(void)
{
    osThreadId_t thread[CPUS];
    uint32_t i, right = 0;

    for (i = 0; i < CPUS; i++)
        thread[i] = start(says_where, i, osThreadProcessor(i), osPriorityNormal);
    for (i = 0; i < CPUS; i++)
        osThreadJoin(thread[i]);
    for (i = 0; i < CPUS; i++)
        right += where[i] == i;
    check_equal("each-where-it-belongs", right, CPUS);
    for (i = 0; i < CPUS; i++)
        turn[i] = osSemaphoreNew(1, i == 0, NULL);
    for (i = 0; i < CPUS; i++)
        thread[i] = start(passes_on, i, osThreadProcessor(i), osPriorityNormal);
    for (i = 0; i < CPUS; i++)
        osThreadJoin(thread[i]);
    check_equal("round-and-round", counter, CPUS * ROUNDS);
    check_equal("never-elsewhere", seen_by[0] + seen_by[1] + seen_by[2] + seen_by[3], 0);
}

static void anywhere(void)
{
    osThreadId_t thread[CPUS];
    uint32_t i, last[2] = {0, 0}, value, wrong = 0;

    for (i = 0; i < CPUS; i++)
        thread[i] = start(meets, i, 0, osPriorityBelowNormal);
    for (i = 0; i < CPUS; i++)
        osThreadJoin(thread[i]);
    check_equal("four-at-once", together, CPUS);
    mutex = osMutexNew(NULL);
    finished = osSemaphoreNew(CPUS, 0, NULL);
    for (i = 0; i < CPUS; i++)
        thread[i] = start(adds_locked, i, 0, osPriorityNormal);
    for (i = 0; i < CPUS; i++)
        osThreadJoin(thread[i]);
    check_equal("mutex-excludes", total, CPUS * ROUNDS);
    queue = osMessageQueueNew(4, 4, NULL);
    thread[0] = start(produces, 0, osThreadProcessor(1), osPriorityNormal);
    thread[1] = start(produces, 1, osThreadProcessor(2), osPriorityNormal);
    for (i = 0; i < 2 * ROUNDS; i++) {
        osMessageQueueGet(queue, &value, NULL, osWaitForever);
        wrong += (value & 0xffff) != last[value >> 16]++;
    }
    osThreadJoin(thread[0]);
    osThreadJoin(thread[1]);
    check_equal("queue-in-order", wrong, 0);
}

/* What it is in, once it is in that; a vCPU may be held up by the host for long. */
static osThreadState_t reaches(osThreadId_t thread, osThreadState_t state)
{
    uint32_t i;

    for (i = 0; i < 5000 && osThreadGetState(thread) != state; i++)
        osDelay(1000);
    return osThreadGetState(thread);
}

static void elsewhere(void)
{
    osThreadId_t thread = start(spins, 0, osThreadProcessor(2), osPriorityNormal);
    struct os_thread_info info = {0};
    uint32_t i;

    check_equal("runs-elsewhere", reaches(thread, osThreadRunning), osThreadRunning);
    check_equal("suspend-elsewhere", osThreadSuspend(thread), osOK);
    check_equal("suspended-elsewhere", osThreadGetState(thread), osThreadBlocked);
    osThreadResume(thread);
    check_equal("resumed-elsewhere", reaches(thread, osThreadRunning), osThreadRunning);
    check_equal("terminate-elsewhere", osThreadTerminate(thread), osOK);
    check_equal("terminated-elsewhere", osThreadJoin(thread), osOK);
    thread = start(spins, 0, osThreadProcessor(3), osPriorityNormal);
    reaches(thread, osThreadRunning);
    check_equal("move", osThreadSetAffinityMask(thread, osThreadProcessor(1)), osOK);
    for (i = 0; i < 5000 && !(info.state == osThreadRunning && info.cpu == 1); i++) {
        osDelay(1000);
        os_thread_info(thread, &info);
    }
    check_that("moved", info.state == osThreadRunning && info.cpu == 1, "it is not there");
    check_equal("affinity", osThreadGetAffinityMask(thread), 2);
    stops = true;
    osThreadJoin(thread);
}

/* As long as somebody else's vCPU deletes it and makes it anew in the same memory. */
static void uses_mutex(void *argument)
{
    uint32_t *wrong = argument;

    while (!stops) {
        osStatus_t status = osMutexAcquire(mutex, 100);

        if (status == osOK)
            status = osMutexRelease(mutex); /* of another life: osErrorResource */
        *wrong += status != osOK && status != osErrorResource && status != osErrorParameter && status != osErrorTimeout;
    }
}

static void deleted_in_use(void)
{
    static OS_CB(memory, MUTEX);
    static const osMutexAttr_t attr = {.attr_bits = osMutexPrioInherit | osMutexRobust, .cb_mem = memory, .cb_size = sizeof(memory)};
    static uint32_t wrong[CPUS];
    osThreadId_t thread[CPUS];
    uint32_t i, deleted = 0;

    stops = false;
    mutex = osMutexNew(&attr);
    for (i = 1; i < CPUS; i++)
        thread[i] = osThreadNew(uses_mutex, &wrong[i], &(osThreadAttr_t){.attr_bits = osThreadJoinable, .affinity_mask = osThreadProcessor(i)});
    for (i = 0; i < ROUNDS / 8; i++) {
        deleted += osMutexDelete(mutex) == osOK;
        osDelay(1 + i % 7); /* the others go on, with one that is not there */
        deleted += osMutexNew(&attr) == mutex;
        osDelay(1 + i % 11);
    }
    stops = true;
    for (i = 1; i < CPUS; i++)
        osThreadJoin(thread[i]);
    check_equal("deleted-in-use", deleted, ROUNDS / 4);
    check_equal("deleted-in-use-answers", wrong[1] + wrong[2] + wrong[3], 0);
    check_equal("deleted-in-use-is-free", osMutexAcquire(mutex, 0), osOK);
}

static void run(void *argument)
{
    (void)argument;
    check_equal("vcpus", os_cpu_count(), CPUS);
    pinned();
    anywhere();
    elsewhere();
    deleted_in_use();
    check_done();
}

void guest_main(void)
{
    const osThreadAttr_t attr = {.name = "main", .affinity_mask = 1, .stack_size = 8192};

    osKernelInitialize();
    os_use_cpus(CPUS);
    osThreadNew(run, NULL, &attr);
    osKernelStart();
}
