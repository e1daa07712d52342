/* SPDX-License-Identifier: Apache-2.0
 *
 * From the end of start.S to guest_main(), and the way of a secondary vCPU.
 */
#include "guest.h"

struct cpu cpus[GUEST_VCPU_MAX];
uint64_t boot_cntvct;

void boot_main(uint64_t dtb);
void boot_secondary(uint64_t index);
extern char secondary_start[];

static void set_this(uint32_t index)
{
    cpus[index].index = index;
    sysreg_write(tpidr_el1, (uint64_t)&cpus[index]);
}

void boot_main(uint64_t dtb)
{
    set_this(0);
    console_init();
    dtb_init(dtb);
    irq_init();
    gic_init();
    gic_init_cpu();
    guest_main();
    console_flush();
    psci_system_off();
}

void boot_secondary(uint64_t index)
{
    set_this((uint32_t)index);
    gic_init_cpu();
    cpu_this()->entry();
    console_flush();
    psci_cpu_off();
}

int64_t cpu_start(uint32_t index, void (*entry)(void))
{
    if (index == 0 || index >= GUEST_VCPU_MAX)
        return PSCI_INVALID_PARAMETERS;
    cpus[index].entry = entry;
    dsb();
    return psci_cpu_on(index, (uint64_t)secondary_start, index);
}

void cpu_spin_ticks(uint64_t ticks)
{
    uint64_t start = timer_now();

    while (timer_now() - start < ticks)
        cpu_yield();
}
