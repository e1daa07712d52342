/* SPDX-License-Identifier: Apache-2.0
 *
 * One physical interrupt: acknowledged, its priority dropped, and given to whoever the plan says.
 */
#include "trap/irq.h"

#include "arch/pcpu.h"
#include "config/config.h"
#include "confirm/confirm.h"
#include "console/console.h"
#include "console/stream.h"
#include "dev/firmware.h"
#include "dev/gic.h"
#include "dev/uart.h"
#include "monitor/monitor.h"
#include "sched/sched.h"
#include "trap/short.h"
#include "trap/trap.h"
#include "vdev/vgic.h"
#include "vdev/vuart.h"

#define SPECIAL_INTID 1020u

/* A partition's interrupt while no guest is on its pCPU: kept for a vCPU that is off for now; dropped for a
 * partition that does not run, so that the start of a new life finds it quiet. False: it is not this partition's. */
static bool idle_irq(uint32_t intid)
{
    uint32_t vcpu = sched_current();

    if (vcpu == HV_NONE || !config_irq_is_of(intid, config_vcpu(vcpu)->partition))
        return false;
    if (part_state(config_vcpu(vcpu)->partition) == PART_RUNNING)
        vgic_hardware_irq(vcpu, intid, false);
    else
        gic_deactivate(intid);
    return true;
}

static void console_serve(void)
{
    console_drain();
    monitor_step();
    confirm_step();
    if (part_power_off_due() && console_quiet())
        firmware_system_off();
}

static void console_irq(void)
{
    struct console_input in;

    uart_irq_clear();
    while (console_receive(&in)) {
        if (in.partition == STREAM_HV)
            monitor_receive(in.byte);
        else
            vuart_receive(in.partition, in.byte); /* a guest that does not read loses what comes */
    }
    console_serve();
}

/* The hypervisor's own interrupts, and those that have nobody here. True: this pCPU is to look at its vCPU. */
static bool own_irq(uint32_t intid)
{
    const struct hv_global_config *g = config_global();

    if (intid == GIC_SGI_CONSOLE || intid == g->htimer_intid)
        console_serve();
    else if (intid == g->uart_intid)
        console_irq();
    else if (intid == g->maintenance_intid && sched_current() != HV_NONE)
        vgic_flush(sched_current());
    gic_deactivate(intid);
    return intid == GIC_SGI_KICK || intid == GIC_SGI_VGIC;
}

bool irq_serve(uint32_t intid)
{
    const struct vcpu *v = pcpu_self()->vcpu;

    gic_drop(intid);
    if (v != NULL && config_irq_is_of(intid, v->partition))
        vgic_hardware_irq(v->id, intid, true);
    else if (v != NULL || !idle_irq(intid))
        return own_irq(intid);
    return false;
}

bool irq_take(void)
{
    uint32_t intid = gic_ack();

    return intid < SPECIAL_INTID && irq_serve(intid);
}

/* Any but an SGI for the running vCPU. */
static void other_acknowledged(uint32_t intid)
{
    struct vcpu *v = pcpu_self()->vcpu;

    if (intid >= SPECIAL_INTID || !irq_serve(intid))
        return;
    if (!part_vcpu_ready(v))
        loop_run();
    vuart_poll(v->id);
    vgic_flush(v->id);
}

void irq_acknowledged(uint32_t intid)
{
    if (intid != GIC_SGI_VGIC) {
        other_acknowledged(intid);
        return;
    }
    gic_end(intid);
    vgic_sgis_arrived(pcpu_self()->vgic);
}

/* From a guest. */
void irq_handle(void)
{
    uint32_t intid = gic_ack();

    if (vgic_deliver_direct(pcpu_self()->vgic, intid))
        gic_drop(intid);
    else
        irq_acknowledged(intid);
}
