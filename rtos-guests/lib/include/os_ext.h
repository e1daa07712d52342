/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel offers beyond CMSIS-RTOS2: memory for static objects, work put off from interrupt
 * handlers, several vCPUs, what becomes of a thread that faults, and numbers about threads.
 */
#ifndef OS_EXT_H
#define OS_EXT_H

#include <stdbool.h>

#include "cmsis_os2.h"

#define OS_TICK_HZ 1000000u /* a tick is a microsecond; nothing happens in between */

/* ---- memory for static objects: cb_mem, cb_size ---- */

#define OS_THREAD_CB_SIZE    544u
#define OS_TIMER_CB_SIZE     104u
#define OS_EVENT_CB_SIZE     64u
#define OS_MUTEX_CB_SIZE     80u
#define OS_SEMAPHORE_CB_SIZE 64u
#define OS_POOL_CB_SIZE      88u
#define OS_QUEUE_CB_SIZE     112u

#define OS_CB(name, kind) uint64_t name[OS_##kind##_CB_SIZE / 8] /* OS_CB(my_thread, THREAD); */

#define OS_POOL_BLOCK_SIZE(size)      (((size) + 7u) / 8u * 8u)
#define OS_POOL_MEM_SIZE(count, size) ((count) * OS_POOL_BLOCK_SIZE(size))
#define OS_QUEUE_MEM_SIZE(count, size) ((count) * (16u + ((size) + 7u) / 8u * 8u))

/* A stack with a guard page: an overflow faults and names the thread. `size` in bytes, a multiple of 4096. A stack
 * from the kernel's memory has a guard page anyway; one in any other memory has none. */
#define OS_STACK(name, size)                                                                         \
    static struct {                                                                                  \
        uint8_t guard[4096];                                                                         \
        uint8_t stack[size];                                                                         \
    } name __attribute__((aligned(4096), section(".bss.os_stacks")));                                \
    _Static_assert((size) % 4096 == 0 && (size) > 0, "a guarded stack is whole pages")
#define OS_STACK_ATTR(name) .stack_mem = (name).stack, .stack_size = sizeof((name).stack)

/* ---- work put off from interrupt handlers ---- */

/* Runs in one thread of priority osPriorityISR, in the order of submission. */
struct os_work {
    struct os_work *next;
    void (*run)(void *argument);
    void *argument;
    bool queued;
};

/* Makes the thread, once; to be called from a thread or before osKernelStart(). osErrorNoMemory, osErrorISR. */
osStatus_t os_work_start(void);

/* From threads and handlers alike. False if it is queued already: it will run once. */
bool os_work_submit(struct os_work *work);

/* ---- several vCPUs ---- */

#define OS_CPUS_MAX 4u

/* To be called between osKernelInitialize() and osKernelStart(): use up to `count` vCPUs. Returns how many there
 * will be: no more than the partition has. Without this call the kernel uses one. */
uint32_t os_use_cpus(uint32_t count);
uint32_t os_cpu_count(void);
uint32_t os_cpu_index(void); /* of the vCPU that runs this */

/* ---- faults ---- */

typedef enum {
    OS_FAULT_PARTITION_OFF, /* report, then PSCI SYSTEM_OFF; the default */
    OS_FAULT_PARTITION_RESET,
    OS_FAULT_END_THREAD,
} os_fault_action_t;

/* What follows the report when a thread faults. A fault in a handler or in the kernel always ends the partition. */
void os_fault_action(os_fault_action_t action);

/* ---- numbers ---- */

struct os_thread_info {
    const char *name; /* "" without one */
    osThreadState_t state;
    osPriority_t priority, base_priority;
    uint32_t stack_size, stack_space; /* the smallest space there has been */
    bool guarded;
    uint64_t cpu_time;  /* in ticks of the system timer */
    uint32_t affinity, cpu;
};
osStatus_t os_thread_info(osThreadId_t thread, struct os_thread_info *info);

uint64_t os_cpu_idle_time(uint32_t cpu); /* of the system timer, since the kernel's start */

struct os_memory_info {
    uint64_t size, used, high_water; /* bytes of the kernel's memory */
};
void os_memory_info(struct os_memory_info *info);

uint64_t os_timer_now(void);  /* the system timer, all 64 bits: CNTVCT_EL0 */
uint64_t os_tick_now(void);   /* ticks since osKernelInitialize(), all 64 bits */
uint64_t os_tick_to_timer(uint64_t tick); /* the system timer's first value in that tick */

#endif
