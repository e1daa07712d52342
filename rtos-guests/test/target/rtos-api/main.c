/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of CMSIS-RTOS2, one check each, group by group. The thread `main` has osPriorityNormal.
 */
#include "api.h"

static void run(void *argument)
{
    (void)argument;
    kernel_checks();
    thread_checks();
    flag_checks();
    mutex_checks();
    semaphore_checks();
    pool_checks();
    queue_checks();
    timer_checks();
    check_done();
}

void guest_main(void)
{
    static const osThreadAttr_t attr = {.name = "main", .stack_size = 8192};

    kernel_before_start();
    osThreadNew(run, NULL, &attr);
    osKernelStart();
}
