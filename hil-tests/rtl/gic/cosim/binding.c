/* SPDX-License-Identifier: Apache-2.0
 *
 * The pCPUs' blocks, what the hypervisor's sources call when they find a bug, and the way out to
 * the simulator. All state of the library is this process's; a test starts with cosim_start().
 */
#include "binding.h"

#include <string.h>

#include "arch/pcpu.h"
#include "config/config.h"
#include "vdev/vgic.h"

uint32_t cosim_mutant;

static struct pcpu pcpus[HV_PCPU_COUNT];
static uint32_t self;
static cosim_access_fn *access_fn;
static cosim_bug_fn *bug_fn;

void cosim_start(cosim_access_fn *access, cosim_bug_fn *bug)
{
    memset(pcpus, 0, sizeof(pcpus));
    for (uint32_t i = 0; i < HV_PCPU_COUNT; i++)
        pcpus[i].id = i;
    self = 0;
    access_fn = access;
    bug_fn = bug;
}

void cosim_run(uint32_t pcpu, uint32_t vcpu)
{
    self = pcpu;
    pcpus[pcpu].vgic = vcpu != HV_NONE ? vgic_cpu_of(vcpu) : NULL;
}

uint64_t cosim_access(enum cosim_kind kind, uint64_t where, uint32_t bytes, uint64_t value)
{
    return access_fn(kind, self, where, bytes, value);
}

uint64_t cosim_pcpu_base(void)
{
    return (uint64_t)(uintptr_t)&pcpus[self];
}

_Noreturn void hv_bug(const char *what)
{
    bug_fn(what);
    __builtin_trap();
}
