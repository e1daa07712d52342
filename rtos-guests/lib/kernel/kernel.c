/* SPDX-License-Identifier: Apache-2.0
 *
 * Kernel control: initialise, start, lock, suspend; the idle threads and the other vCPUs.
 */
#include "os.h"

#define API_VERSION    20030000u /* 2.3.0 */
#define KERNEL_VERSION 10000000u /* 1.0.0 */
#define IDLE_STACK     1024u

static struct os_thread nobody; /* in front of each CPU's first thread */
static const char identity[] = "Bulkhead RTOS 1.0.0";

static void idle(void *argument)
{
    (void)argument;
    for (;;)
        port_idle();
}

/* What a CPU needs of its own. */
static bool make_cpu(uint32_t cpu)
{
    static const char *const names[OS_CPUS_MAX] = {"idle0", "idle1", "idle2", "idle3"};
    osThreadAttr_t attr = {.name = names[cpu], .stack_size = IDLE_STACK, .affinity_mask = 1u << cpu};

    os.cpu[cpu].idle = os_thread_make(idle, NULL, &attr, 0);
    return os.cpu[cpu].idle && port_init_cpu(cpu, os_memory_take(PORT_IRQ_STACK, PORT_IRQ_STACK));
}

osStatus_t osKernelInitialize(void)
{
    uint64_t base, size;
    uint32_t i;

    if (port_in_handler() && os.state == osKernelRunning)
        return osErrorISR;
    if (os.state == osKernelReady)
        return osOK;
    if (os.state != osKernelInactive)
        return osError;
    port_memory(&base, &size);
    os_memory_init((void *)base, size);
    os.cpus = 1;
    os.frequency = port_frequency();
    os.epoch = port_now();
    os_list_init(&os.threads);
    os_list_init(&os.timeouts);
    nobody.state = osThreadRunning;
    nobody.priority = OS_PRIORITIES;
    for (i = 0; i < OS_CPUS_MAX; i++) {
        os.cpu[i].index = (uint8_t)i;
        os.cpu[i].current = &nobody;
    }
    port_init();
    if (!make_cpu(0))
        return osErrorNoMemory;
    os.state = osKernelReady;
    return osOK;
}

uint32_t os_use_cpus(uint32_t count)
{
    uint32_t there = port_cpu_count(), i;

    if (os.state != osKernelReady || os.threads.root.next != os.threads.root.prev)
        return os.cpus; /* threads made before would not know of the others */
    for (i = 1; i < count && i < there && i < OS_CPUS_MAX; i++) {
        if (!make_cpu(i))
            break;
        os.cpus = i + 1;
    }
    return os.cpus;
}

uint32_t os_cpu_count(void) { return os.cpus; }
uint32_t os_cpu_index(void) { return os_cpu_this()->index; }

osStatus_t osKernelGetInfo(osVersion_t *version, char *id_buf, uint32_t id_size)
{
    uint32_t i;

    if (version)
        *version = (osVersion_t){.api = API_VERSION, .kernel = KERNEL_VERSION};
    if (id_buf && id_size) {
        for (i = 0; i + 1 < id_size && identity[i]; i++)
            id_buf[i] = identity[i];
        id_buf[i] = 0;
    }
    return osOK;
}

osKernelState_t osKernelGetState(void)
{
    const struct os_cpu *cpu;

    if (os.state != osKernelRunning)
        return os.state;
    cpu = os_cpu_this();
    return cpu->hold & OS_SUSPENDED ? osKernelSuspended : cpu->hold ? osKernelLocked : osKernelRunning;
}

/* On each CPU: from its first code to its first thread. */
void os_run_cpu(uint32_t index)
{
    struct os_cpu *cpu = &os.cpu[index];

    if (os.cpus > 1)
        port_spin_lock(&os.lock);
    cpu->switched_at = port_now();
    cpu->current = cpu->idle; /* what os_next() compares with */
    os_unready(cpu->idle);
    cpu->idle->state = osThreadRunning;
    cpu->idle->cpu = cpu->index;
    os_next(cpu);
    os_timer_program();
    port_run(&cpu->current->context);
}

osStatus_t osKernelStart(void)
{
    uint32_t i;

    if (port_in_handler() && os.state == osKernelRunning)
        return osErrorISR;
    if (os.state != osKernelReady)
        return osError;
    os.state = osKernelRunning;
    for (i = 1; i < os.cpus; i++)
        port_start_cpu(i);
    os_run_cpu(0);
    return osError; /* not reached */
}

static int32_t set_lock(bool lock)
{
    struct os_cpu *cpu;
    uint64_t state;
    int32_t before;

    if (os_in_isr())
        return osErrorISR;
    state = os_enter();
    cpu = os_cpu_this();
    if (os.state != osKernelRunning || cpu->hold & OS_SUSPENDED) {
        os_leave(state);
        return osError;
    }
    before = cpu->hold;
    cpu->hold = lock ? OS_LOCKED : 0;
    os_leave_switching(state);
    return before;
}

int32_t osKernelLock(void) { return set_lock(true); }
int32_t osKernelUnlock(void) { return set_lock(false); }

int32_t osKernelRestoreLock(int32_t lock)
{
    int32_t before;

    if (lock != 0 && lock != 1)
        return osError;
    before = set_lock(lock);
    return before < 0 ? before : lock;
}

/* No switches and no timer interrupts until osKernelResume(). */
uint32_t osKernelSuspend(void)
{
    uint64_t state, now;
    uint32_t ticks = osWaitForever;

    if (os_in_isr())
        return 0;
    state = os_enter();
    if (os.state == osKernelRunning && !os_cpu_this()->hold) {
        os_cpu_this()->hold = OS_SUSPENDED;
        os_timer_program();
        if (!os_list_is_empty(&os.timeouts)) {
            uint64_t deadline = OS_CONTAINER(os.timeouts.root.next, struct os_timeout, link)->deadline;

            now = os_tick_now();
            if (deadline <= now)
                ticks = 0;
            else if (deadline - now < osWaitForever)
                ticks = (uint32_t)(deadline - now);
        }
    } else {
        ticks = 0;
    }
    os_leave(state);
    return ticks;
}

/* The counter ran on meanwhile, so that nobody needs to say for how long. */
void osKernelResume(uint32_t sleep_ticks)
{
    uint64_t state;

    (void)sleep_ticks;
    if (os_in_isr())
        return;
    state = os_enter();
    if (os.state == osKernelRunning && os_cpu_this()->hold & OS_SUSPENDED) {
        os_cpu_this()->hold = 0;
        os_timeout_expired();
    }
    os_leave_switching(state);
}
