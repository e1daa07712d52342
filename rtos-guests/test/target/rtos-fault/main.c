/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults of threads: each is reported and ends that thread alone, unless it was expected. The report itself is judged
 * by cases.yaml.
 */
#include "../rtos_check.h"

static osMutexId_t mutex;
static volatile uint32_t sink;

OS_STACK(own_stack, 4096);

static void overflows(void *argument)
{
    (void)argument;
    osMutexAcquire(mutex, osWaitForever);
    sink = deep(100, NULL);
}

static void reads_null(void *argument)
{
    (void)argument;
    sink = *(volatile uint32_t *)(uint64_t)8;
}

static void writes_code(void *argument)
{
    (void)argument;
    *(volatile uint32_t *)(uint64_t)writes_code = 0;
}

static void runs_data(void *argument)
{
    static uint32_t code[2] = {0xd65f03c0}; /* ret */

    (void)argument;
    ((void (*)(void))(uint64_t)code)();
}

static void undefined(void *argument)
{
    (void)argument;
    __asm__ volatile("udf #1");
}

static void expect_end(const char *name, osThreadFunc_t func)
{
    osThreadId_t thread = check_thread(name, func, osPriorityLow, osThreadJoinable);

    check_equal(name, osThreadJoin(thread), osOK);
}

/* Of this thread they are passed over; of another one in between they are not. */
static void expected_faults(void)
{
    struct fault fault;

    fault_expect();
    sink = *(volatile uint32_t *)(uint64_t)16;
    check_that("expected-fault-taken", fault_taken(&fault) && fault.far == 16 && ESR_EC(fault.esr) == EC_DABT, "or another");
    fault_expect();
    check_equal("no-fault-taken", fault_taken(NULL), false);
    fault_expect();
    check_thread("intruder", reads_null, osPriorityHigh, 0);
    check_equal("fault-of-another-thread", fault_taken(NULL), false);
}

static void run(void *argument)
{
    static const osMutexAttr_t robust = {.attr_bits = osMutexRobust};
    const osThreadAttr_t attr = {.name = "own-stack", .attr_bits = osThreadJoinable, OS_STACK_ATTR(own_stack), .priority = osPriorityLow};

    (void)argument;
    os_fault_action(OS_FAULT_END_THREAD);
    mutex = osMutexNew(&robust);
    expect_end("stack-overflow", overflows);
    check_equal("overflow-leaves-robust-mutex", osMutexAcquire(mutex, 0), osOK);
    osMutexRelease(mutex);
    check_equal("own-stack-overflow", osThreadJoin(osThreadNew(overflows, NULL, &attr)), osOK);
    expect_end("null-pointer", reads_null);
    expect_end("write-to-code", writes_code);
    expect_end("run-data", runs_data);
    expect_end("undefined-instruction", undefined);
    expected_faults();
    os_fault_action(OS_FAULT_PARTITION_OFF);
    printf("LAST line before the end\n");
    osThreadJoin(check_thread("fatal", reads_null, osPriorityLow, osThreadJoinable));
    check_that("partition-ends", false, "it went on");
}

void guest_main(void)
{
    osKernelInitialize();
    osThreadNew(run, NULL, NULL);
    osKernelStart();
}
