/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy `pinned`: a pCPU belongs to one vCPU for ever. There is no tick and nothing to decide.
 */
#include "arch/pcpu.h"
#include "config/config.h"
#include "sched/sched.h"

uint32_t sched_current(void)
{
    return config_pcpu(pcpu_self()->id)->vcpu;
}
