/* SPDX-License-Identifier: Apache-2.0
 *
 * rtos-bench: what the kernel's own paths cost, for `./bulkhead bench`. Rows as the probe's; see README.md.
 */
#include "guest.h"
#include "measure.h"
#include "rtos.h"

#define PERIOD 500u /* ticks between two waits: all else is long over */

static int64_t null_cost;
static int32_t sample[SAMPLES];
static volatile uint64_t began;
static volatile uint32_t taken;
static osSemaphoreId_t semaphore;
static volatile bool ends;

static void add(int64_t ticks)
{
    if (taken < SAMPLES)
        sample[taken++] = (int32_t)ticks;
}

/* ---- a switch between two threads that yield to each other ---- */

static void yielding(void *argument)
{
    (void)argument;
    while (!ends) {
        began = stamp();
        osThreadYield();
        add((int64_t)(stamp() - began));
    }
}

static void measure_switch(void)
{
    taken = 0;
    ends = false;
    osThreadNew(yielding, NULL, NULL);
    while (taken < SAMPLES) {
        began = stamp();
        osThreadYield();
        add((int64_t)(stamp() - began));
    }
    ends = true;
    osThreadYield();
    report_samples("rtos_thread_switch", sample, null_cost);
}

/* ---- a more urgent thread that waits: released by a thread, by an interrupt, by time ---- */

static void waiting(void *argument)
{
    (void)argument;
    for (;;) {
        osSemaphoreAcquire(semaphore, osWaitForever);
        add((int64_t)(stamp() - began));
    }
}

static void measure_semaphore(void)
{
    taken = 0;
    while (taken < SAMPLES) {
        began = stamp();
        osSemaphoreRelease(semaphore);
    }
    report_samples("rtos_semaphore_wake", sample, null_cost);
}

static void physical_timer(uint32_t intid)
{
    (void)intid;
    sysreg_write(cntp_ctl_el0, 0);
    osSemaphoreRelease(semaphore);
}

/* From the deadline of a timer that is not the kernel's to the thread that its handler wakes. */
static void measure_interrupt(void)
{
    taken = 0;
    irq_set_handler(30, physical_timer);
    gic_enable(30);
    while (taken < SAMPLES) {
        uint64_t delta = timer_frequency() / 20000, now = sysreg_read(cntpct_el0);

        began = timer_now() + delta;
        sysreg_write(cntp_cval_el0, now + delta);
        sysreg_write(cntp_ctl_el0, 1);
        while (stamp() < began + delta)
            cpu_yield();
    }
    gic_disable(30);
    report_samples("rtos_interrupt_to_thread", sample, 0);
}

static void measure_delay(void)
{
    uint32_t i;
    uint64_t tick = os_tick_now();

    for (i = 0; i < SAMPLES; i++) {
        tick += PERIOD;
        osDelayUntil((uint32_t)tick);
        sample[i] = (int32_t)(stamp() - os_tick_to_timer(tick));
    }
    report_samples("rtos_delay_lateness", sample, 0);
}

static volatile uint64_t timer_tick;

static void elapsed(void *argument)
{
    (void)argument;
    timer_tick += PERIOD;
    add((int64_t)(stamp() - os_tick_to_timer(timer_tick)));
}

static void measure_timer(void)
{
    osTimerId_t timer = osTimerNew(elapsed, osTimerPeriodic, NULL, NULL);

    taken = 0;
    timer_tick = os_tick_now() + 1;
    while (os_tick_now() < timer_tick)
        cpu_yield();
    osTimerStart(timer, PERIOD);
    while (taken < SAMPLES)
        osDelay(PERIOD);
    osTimerDelete(timer);
    report_samples("rtos_timer_lateness", sample, 0);
}

static void bench(void *argument)
{
    static const osThreadAttr_t urgent = {.name = "waiting", .priority = osPriorityHigh};
    uint32_t i;

    (void)argument;
    for (i = 0; i < SAMPLES; i++)
        sample[i] = TICKS_OF((void)0);
    null_cost = sample[SAMPLES / 2];
    semaphore = osSemaphoreNew(1, 0, NULL);
    osThreadNew(waiting, NULL, &urgent);
    report_value("cntfrq", (int64_t)timer_frequency());
    measure_switch();
    measure_semaphore();
    measure_interrupt();
    measure_delay();
    measure_timer();
    report_end();
    psci_system_off();
}

void guest_main(void)
{
    osKernelInitialize();
    osThreadNew(bench, NULL, NULL);
    osKernelStart();
}
