/* SPDX-License-Identifier: Apache-2.0
 *
 * Random calls of the whole API, from threads, timer callbacks and interrupt handlers, against the plain model. After each
 * call the thread that runs must be the model's, and each result the one that the model gave.
 */
#include "check.h"
#include "cmsis_os2.h"
#include "model.h"
#include "os_ext.h"
#include "port.h"

#define CALLS_SAMPLE 250000u
#define CALLS_LONG   4000000u
#define LEAST 20u /* priorities */
#define MOST  26u

static osThreadId_t id[THREADS];
static bool brings_memory[THREADS];
static uint32_t lives[THREADS]; /* how often it was made */
static OS_CB(memory[THREADS], THREAD);
static uint64_t stacks[THREADS][64];
static osSemaphoreId_t semaphore[SEMAPHORES];
static osMutexId_t mutex[MUTEXES];
static osEventFlagsId_t event[EVENTS];
static osMessageQueueId_t queue[QUEUES];
static osTimerId_t timer[TIMERS];
static osMemoryPoolId_t pool;
static void *held[POOL_BLOCKS];
static uint32_t calls, limit, timer_calls[TIMERS];
static uint64_t memory_before;

static void fail(const char *what, int thread, int64_t got, int64_t expected)
{
    if (!check_why[0])
        snprintf(check_why, sizeof(check_why), "call %u, seed %llu: %s of thread %d: got %lld, expected %lld", calls,
                 (unsigned long long)check_seed, what, thread, (long long)got, (long long)expected);
    fake_stop();
}

static void same(const char *what, int thread, int64_t got, int64_t expected)
{
    if (got != expected)
        fail(what, thread, got, expected);
}

/* What the model said before the call, and the call. `me`: who calls. */
#define TRY(me, what, said, call)                                                                        \
    do {                                                                                                 \
        int said_ = (said);                                                                              \
        model_dispatch();                                                                                \
        int64_t got_ = (int32_t)(call);                                                                  \
        same(what, me, got_, said_ == BLOCKS ? model.thread[me].result : said_);                         \
        same("who runs after " what, me, model.running, me);                                             \
    } while (0)

static uint32_t any_timeout(void)
{
    uint32_t kind = check_below(4);

    return kind == 0 ? 0 : kind == 1 ? osWaitForever : 1 + check_below(40);
}

static uint32_t any_flags(void) { return 1 + check_below(15); }

/* ---- threads ---- */

static void body(void *argument);

static void make(int thread)
{
    uint32_t priority = LEAST + check_below(MOST - LEAST);
    bool joinable = check_below(3) == 0;
    osThreadAttr_t attr = {.name = "random", .attr_bits = joinable ? osThreadJoinable : 0, .priority = (osPriority_t)priority};

    brings_memory[thread] = check_below(2);
    if (brings_memory[thread]) {
        attr.cb_mem = memory[thread];
        attr.cb_size = sizeof(memory[thread]);
        attr.stack_mem = stacks[thread];
        attr.stack_size = sizeof(stacks[thread]);
    }
    uint32_t life = ++lives[thread];
    model_new(thread, (int)priority, joinable);
    model_dispatch();
    id[thread] = NULL;
    attr.stack_size = sizeof(stacks[thread]);
    osThreadId_t made = osThreadNew(body, (void *)(intptr_t)thread, &attr);
    if (!made)
        fail("osThreadNew", thread, 0, 1);
    if (lives[thread] != life)
        return; /* it ran at once, and ended, and somebody has made another since */
    if (!id[thread])
        id[thread] = made;
    same("identifier", thread, (int64_t)(intptr_t)made, (int64_t)(intptr_t)id[thread]);
}

static void elapsed(void *argument)
{
    int number = (int)(intptr_t)argument, thread = (int)check_below(THREADS);

    timer_calls[number]++;
    if (number != 0 || check_below(2))
        return;
    if (model.thread[thread].state == DEAD) {
        make(thread);
    } else if (id[thread]) { /* lets somebody go on who may wait for ever */
        int said = model_resume(thread);

        model_dispatch();
        same("osThreadResume in a timer", thread, osThreadResume(id[thread]), said);
    }
}

static void on_threads(int me)
{
    int other = (int)check_below(THREADS);
    enum model_state state = model.thread[other].state;

    if (state == DEAD) {
        if (id[other] && brings_memory[other])
            same("a call for a dead thread", me, osThreadResume(id[other]), osErrorParameter);
        make(other);
        return;
    }
    if (!id[other])
        return; /* it has not run yet, and its maker does not know it either */
    switch (check_below(12)) {
    case 0:
    case 1: TRY(me, "osThreadSuspend", model_suspend(other), osThreadSuspend(id[other])); break;
    case 2:
    case 3:
    case 4: TRY(me, "osThreadResume", model_resume(other), osThreadResume(id[other])); break;
    case 5:
    case 6: {
        int priority = (int)(LEAST + check_below(MOST - LEAST));

        TRY(me, "osThreadSetPriority", model_set_priority(other, priority), osThreadSetPriority(id[other], (osPriority_t)priority));
        break;
    }
    case 7: TRY(me, "osThreadJoin", model_join(other), osThreadJoin(id[other])); break;
    case 8: TRY(me, "osThreadDetach", model_detach(other), osThreadDetach(id[other])); break;
    case 9:
        same("osThreadGetPriority", other, osThreadGetPriority(id[other]),
             state == ENDED ? osPriorityError : model.thread[other].priority);
        same("osThreadGetState", other, osThreadGetState(id[other]),
             state == ENDED ? osThreadTerminated : state == BLOCKED ? osThreadBlocked : state == RUNNING ? osThreadRunning : osThreadReady);
        break;
    case 10: TRY(me, "osThreadYield", model_yield(), osThreadYield()); break;
    default:
        if (other == me && check_below(2)) {
            model_end(me);
            model_dispatch();
            osThreadExit();
        }
        if (other != me || check_below(2))
            TRY(me, "osThreadTerminate", model_end(other), osThreadTerminate(id[other]));
    }
}

/* ---- objects ---- */

static void on_semaphores(int me)
{
    int which = (int)check_below(SEMAPHORES);
    uint32_t timeout = any_timeout();

    if (check_below(2))
        TRY(me, "osSemaphoreRelease", model_release(which), osSemaphoreRelease(semaphore[which]));
    else
        TRY(me, "osSemaphoreAcquire", model_acquire(which, timeout), osSemaphoreAcquire(semaphore[which], timeout));
    same("osSemaphoreGetCount", me, osSemaphoreGetCount(semaphore[which]), model.semaphore[which].count);
}

static void on_mutexes(int me)
{
    int which = (int)check_below(MUTEXES), owner;
    uint32_t timeout = any_timeout();

    if (check_below(5) < 3)
        TRY(me, "osMutexRelease", model_mutex_release(which), osMutexRelease(mutex[which]));
    else
        TRY(me, "osMutexAcquire", model_mutex_acquire(which, timeout), osMutexAcquire(mutex[which], timeout));
    owner = model.mutex[which].owner;
    if (owner < 0 || id[owner])
        same("osMutexGetOwner", me, (int64_t)(intptr_t)osMutexGetOwner(mutex[which]), owner < 0 ? 0 : (int64_t)(intptr_t)id[owner]);
}

static void on_flags(int me)
{
    int which = (int)check_below(EVENTS), other = (int)check_below(THREADS);
    uint32_t flags = any_flags(), options = check_below(4), timeout = any_timeout();

    switch (check_below(6)) {
    case 0: TRY(me, "osEventFlagsSet", model_event_set(which, flags), osEventFlagsSet(event[which], flags)); break;
    case 1: TRY(me, "osEventFlagsClear", model_event_clear(which, flags), osEventFlagsClear(event[which], flags)); break;
    case 2: TRY(me, "osEventFlagsWait", model_event_wait(which, flags, options, timeout), osEventFlagsWait(event[which], flags, options, timeout)); break;
    case 3:
        if (model.thread[other].state != DEAD && id[other])
            TRY(me, "osThreadFlagsSet", model_flags_set(other, flags), osThreadFlagsSet(id[other], flags));
        break;
    case 4: TRY(me, "osThreadFlagsClear", model_flags_clear(flags), osThreadFlagsClear(flags)); break;
    default: TRY(me, "osThreadFlagsWait", model_flags_wait(flags, options, timeout), osThreadFlagsWait(flags, options, timeout));
    }
    same("osThreadFlagsGet", me, osThreadFlagsGet(), model.thread[me].flags);
    same("osEventFlagsGet", me, osEventFlagsGet(event[which]), model.event[which]);
}

static void on_queues(int me)
{
    int which = (int)check_below(QUEUES);
    uint32_t timeout = any_timeout();
    uint64_t value = check_random();
    uint8_t priority = (uint8_t)check_below(3);

    switch (check_below(9)) {
    case 0: TRY(me, "osMessageQueueReset", model_reset(which), osMessageQueueReset(queue[which])); break;
    case 1: case 2: case 3: case 4:
        TRY(me, "osMessageQueuePut", model_put(which, value, priority, timeout), osMessageQueuePut(queue[which], &value, priority, timeout));
        break;
    default: {
        int said = model_get(which, timeout);
        int64_t got;

        model_dispatch();
        got = osMessageQueueGet(queue[which], &value, &priority, timeout);
        same("osMessageQueueGet", me, got, said == BLOCKS ? model.thread[me].result : said);
        if (got == osOK) {
            same("message", me, (int64_t)value, (int64_t)model.thread[me].message);
            same("its priority", me, priority, model.thread[me].message_priority);
        }
        same("who runs after osMessageQueueGet", me, model.running, me);
    }
    }
    same("osMessageQueueGetCount", me, osMessageQueueGetCount(queue[which]), model.queue[which].used);
}

static void keep(void *block)
{
    int i = 0;

    memset(block, 0xee, 24);
    while (i < POOL_BLOCKS && held[i])
        i++;
    if (i == POOL_BLOCKS)
        fail("more blocks than there are", -1, 0, 0);
    held[i] = block;
}

static void *let_go(void)
{
    int i = 0;
    void *block;

    while (i < POOL_BLOCKS && !held[i])
        i++;
    if (i == POOL_BLOCKS)
        return NULL;
    block = held[i];
    held[i] = NULL;
    return block;
}

static void on_pool(int me)
{
    uint32_t timeout = any_timeout();
    void *block;

    if (check_below(2)) {
        int said = model_alloc(timeout);

        model_dispatch();
        block = osMemoryPoolAlloc(pool, timeout);
        same("osMemoryPoolAlloc", me, block != NULL, (said == BLOCKS ? model.thread[me].result : said) == osOK);
        if (block)
            keep(block);
        same("who runs after osMemoryPoolAlloc", me, model.running, me);
    } else if ((block = let_go()) != NULL) {
        TRY(me, "osMemoryPoolFree", model_free(), osMemoryPoolFree(pool, block));
    }
}

/* ---- time and interrupts ---- */

static void advance(uint64_t ticks)
{
    model_advance(ticks);
    model_dispatch();
    fake_advance(ticks);
}

static void on_time(int me)
{
    int which = (int)check_below(TIMERS);
    uint32_t ticks = check_below(60);
    uint64_t until = os_tick_now() + check_below(50) - check_below(5);

    same("os_tick_now", me, (int64_t)os_tick_now(), (int64_t)model.now);
    switch (check_below(6)) {
    case 0: TRY(me, "osDelay", model_delay(ticks), osDelay(ticks)); break;
    case 1: TRY(me, "osDelayUntil", model_delay_until(until), osDelayUntil((uint32_t)until)); break;
    case 2: TRY(me, "osTimerStart", model_timer_start(which, ticks), osTimerStart(timer[which], ticks)); break;
    case 3: TRY(me, "osTimerStop", model_timer_stop(which), osTimerStop(timer[which])); break;
    case 4:
        same("osTimerIsRunning", me, osTimerIsRunning(timer[which]), model.timer[which].deadline != UINT64_MAX);
        break;
    default: {
        bool lock = !model.locked;

        TRY(me, "osKernelLock, osKernelUnlock", model_lock(lock), lock ? osKernelLock() : osKernelUnlock());
    }
    }
}

static void handler(void)
{
    int which = (int)check_below(2), other = (int)check_below(THREADS);
    uint32_t flags = any_flags();
    uint64_t value = check_random(), got;
    uint8_t priority = (uint8_t)check_below(3), got_priority;

    switch (check_below(8)) {
    case 0:
    case 1: same("osSemaphoreRelease in a handler", -1, osSemaphoreRelease(semaphore[which]), model_release(which)); break;
    case 2: same("osSemaphoreAcquire in a handler", -1, osSemaphoreAcquire(semaphore[which], 0), model_acquire(which, 0)); break;
    case 3: same("osEventFlagsSet in a handler", -1, (int32_t)osEventFlagsSet(event[which], flags), model_event_set(which, flags)); break;
    case 4:
        if (model.thread[other].state != DEAD && id[other])
            same("osThreadFlagsSet in a handler", -1, (int32_t)osThreadFlagsSet(id[other], flags), model_flags_set(other, flags));
        break;
    case 5: same("osMessageQueuePut in a handler", -1, osMessageQueuePut(queue[which], &value, priority, 0), model_put(which, value, priority, 0)); break;
    case 6: {
        struct model_message head = model.queue[which].message[0];
        int running = model.running, said;

        model.running = -1; /* the message is not the thread's */
        said = model_get(which, 0);
        model.running = running;
        same("osMessageQueueGet in a handler", -1, osMessageQueueGet(queue[which], &got, &got_priority, 0), said);
        if (said == osOK)
            same("message in a handler", -1, (int64_t)got, (int64_t)head.value);
        break;
    }
    default: /* what a handler must not do */
        same("osDelay in a handler", -1, osDelay(1), osErrorISR);
        same("osMutexAcquire in a handler", -1, osMutexAcquire(mutex[which], 0), osErrorISR);
        same("osSemaphoreAcquire with timeout in a handler", -1, osSemaphoreAcquire(semaphore[which], 1), osErrorParameter);
        same("osThreadYield in a handler", -1, osThreadYield(), osErrorISR);
        same("osThreadNew in a handler", -1, osThreadNew(body, NULL, NULL) != NULL, 0);
        same("osKernelLock in a handler", -1, osKernelLock(), osErrorISR);
    }
}

static void some_handlers(void)
{
    uint32_t i;

    for (i = 0; i <= check_below(3); i++)
        handler();
    model_dispatch();
}

static void check_timers(void)
{
    int i;

    if (model.locked)
        return;
    for (i = 0; i < TIMERS; i++) {
        model.timer[i].calls += model.timer[i].due;
        model.timer[i].due = 0;
        same("calls of a timer", -1, timer_calls[i], model.timer[i].calls);
    }
}

static void check_end_of_it(void)
{
    if (++calls >= limit)
        fake_stop();
    check_timers();
}

/* The idle thread: the time goes on to the next deadline, or something happens. */
static void idle(void)
{
    check_end_of_it();
    same("who runs in idle", -1, model.running, -1);
    if (check_below(4) == 0) {
        fake_interrupt(some_handlers);
    } else if (model_next_deadline() == UINT64_MAX) {
        int said = model_timer_start(0, 5);

        same("osTimerStart in idle", -1, osTimerStart(timer[0], 5), said);
    } else {
        advance(model_next_deadline() > model.now ? model_next_deadline() - model.now : 1);
    }
}

static void body(void *argument)
{
    int me = (int)(intptr_t)argument;

    id[me] = osThreadGetId();
    for (;;) {
        check_end_of_it();
        same("who runs", me, model.running, me);
        switch (check_below(9)) {
        case 0: on_threads(me); break;
        case 1: on_semaphores(me); break;
        case 2: case 3: on_mutexes(me); break;
        case 4: on_flags(me); break;
        case 5: on_queues(me); break;
        case 6: on_pool(me); break;
        case 7: on_time(me); break;
        default:
            if (check_below(2))
                advance(1 + check_below(20));
            else
                fake_interrupt(some_handlers);
        }
    }
}

static void create(void)
{
    static const osMutexAttr_t attrs[MUTEXES] = {
        {.attr_bits = osMutexPrioInherit | osMutexRobust},
        {.attr_bits = osMutexPrioInherit | osMutexRobust | osMutexRecursive},
        {.attr_bits = osMutexPrioInherit | osMutexRobust},
        {.attr_bits = osMutexRobust},
    };
    int i;

    for (i = 0; i < SEMAPHORES; i++) {
        model.semaphore[i].max = (uint32_t)(i + 1);
        semaphore[i] = osSemaphoreNew((uint32_t)(i + 1), 0, NULL);
    }
    for (i = 0; i < MUTEXES; i++) {
        model.mutex[i].attributes = attrs[i].attr_bits;
        mutex[i] = osMutexNew(&attrs[i]);
    }
    for (i = 0; i < 2; i++) {
        event[i] = osEventFlagsNew(NULL);
        queue[i] = osMessageQueueNew(QUEUE_LENGTH, 8, NULL);
        timer[i] = osTimerNew(elapsed, i ? osTimerPeriodic : osTimerOnce, (void *)(intptr_t)i, NULL);
        model.timer[i].periodic = i;
    }
    pool = osMemoryPoolNew(POOL_BLOCKS, 24, NULL);
}

static void the_whole_api_does_as_the_model(void)
{
    struct os_memory_info info;
    int i;

    printf("seed %llu, %u calls\n", (unsigned long long)check_seed, limit);
    CHECK_EQ(osKernelInitialize(), osOK);
    model_init();
    create();
    os_memory_info(&info);
    memory_before = info.used;
    fake_idle = idle;
    for (i = 0; i < 3; i++)
        make(i);
    fake_start();
    CHECK_STILL_OK();
    CHECK(calls >= limit);
    os_memory_info(&info);
    printf("memory used %llu at the beginning, %llu at most, %llu at the end\n", (unsigned long long)memory_before,
           (unsigned long long)info.high_water, (unsigned long long)info.used);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    limit = check_long ? CALLS_LONG : CALLS_SAMPLE;
    RUN(the_whole_api_does_as_the_model);
    return check_end();
}
