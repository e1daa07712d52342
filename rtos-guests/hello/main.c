/* SPDX-License-Identifier: Apache-2.0
 *
 * hello: the smallest guest. A thread says so and switches its partition off.
 */
#include "guest.h"
#include "rtos.h"

static void hello(void *unused)
{
    (void)unused;
    print("hello: this is EL%lu of vCPU %u, boot arguments \"%s\"\n", sysreg_read(CurrentEL) >> 2, cpu_this()->index,
          dtb_bootargs());
    psci_system_off();
}

void guest_main(void)
{
    osKernelInitialize();
    osThreadNew(hello, NULL, &(osThreadAttr_t){.name = "hello"});
    osKernelStart();
}
