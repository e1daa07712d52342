/* SPDX-License-Identifier: Apache-2.0
 *
 * What a pCPU does while no guest runs on it: the steps of its partition's start, interrupts,
 * sleep. EL2 keeps interrupts masked all the time and looks at ISR_EL1 here, so that it never
 * takes an exception of its own.
 */
#include "arch/ops.h"
#include "arch/pcpu.h"
#include "config/config.h"
#include "lib/bits.h"
#include "sched/sched.h"
#include "trap/irq.h"
#include "trap/trap.h"

#define ISR_EL1_I BIT(7)

static bool is_first(const struct vcpu *v)
{
    return config_partition(v->partition)->vcpu_first == v->id;
}

_Noreturn void loop_run(void)
{
    struct pcpu *self = pcpu_self();
    uint32_t id = sched_current();
    struct vcpu *v = id != HV_NONE ? part_vcpu(id) : NULL;

    part_hold(NULL);
    for (;;) {
        bool more = v != NULL && is_first(v) && part_step(v->partition);

        if (v != NULL && part_vcpu_ready(v)) {
            part_hold(v);
            entry_resume((struct frame *)(self->stack_top - FRAME_SIZE));
        }
        if (sysreg_read(isr_el1) & ISR_EL1_I)
            irq_take();
        else if (!more)
            op_wfi();
    }
}
