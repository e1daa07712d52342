/* SPDX-License-Identifier: Apache-2.0
 *
 * What a pinned pCPU does while no guest runs on it: the steps of its partition's start, interrupts,
 * sleep; a vCPU's own sleep in CPU_SUSPEND too. The loop of a shared one is in shared.c. EL2 keeps interrupts masked all the
 * time and looks at ISR_EL1 here, so that it never
 * takes an exception of its own.
 */
#include "arch/guest.h"
#include "arch/ops.h"
#include "arch/pcpu.h"
#include "config/config.h"
#include "lib/bits.h"
#include "sched/sched.h"
#include "trace/trace.h"
#include "trap/irq.h"
#include "trap/shared.h"
#include "trap/trap.h"
#include "vdev/vgic.h"

#define ISR_EL1_A BIT(8)
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

    if (HV_SHARED_PCPUS && v == NULL && config_pcpu(self->id)->policy != HV_POLICY_PINNED)
        shared_loop();
    part_hold(NULL);
    trace_put(HV_TRACE_TURN, HV_NONE, 0);
    for (;;) {
        bool more = v != NULL && is_first(v) && part_step(v->partition);

        if (v != NULL && part_vcpu_ready(v)) {
            part_hold(v);
            trace_put(HV_TRACE_TURN, v->id, 0);
            entry_resume(self->frame);
        }
        if (sysreg_read(isr_el1) & ISR_EL1_I)
            irq_take();
        else if (!more)
            op_wfi();
    }
}

void loop_suspend(struct vcpu *v)
{
    if (HV_SHARED_PCPUS && config_pcpu(pcpu_self()->id)->policy != HV_POLICY_PINNED) {
        shared_suspend();
        return;
    }
    for (;;) {
        uint64_t pending = sysreg_read(isr_el1);

        if (pending & ISR_EL1_I)
            irq_handle(); /* it leaves by loop_run() if the partition stops */
        else if ((pending & ISR_EL1_A) || guest_serror_pending() || vgic_wakes(v->id))
            return;
        else
            op_wfi();
    }
}
