/* SPDX-License-Identifier: Apache-2.0
 *
 * A handler that goes too deep: its stack has a guard page too, and the partition ends, since what it interrupted is in
 * an unknown state. The report is judged by cases.yaml.
 */
#include "../rtos_check.h"

static volatile uint32_t sink;

static void handler(uint32_t intid) { sink = deep(intid + 100, NULL); }

static void run(void *argument)
{
    (void)argument;
    os_fault_action(OS_FAULT_END_THREAD); /* of threads: not of this */
    irq_set_handler(1, handler);
    gic_enable(1);
    printf("LAST line before the end\n");
    serial_flush();
    gic_send_sgi(1, 1);
    osDelay(1000);
    check_that("partition-ends", false, "it went on");
}

void guest_main(void)
{
    osKernelInitialize();
    osThreadNew(run, NULL, &(osThreadAttr_t){.name = "interrupted"});
    osKernelStart();
}
