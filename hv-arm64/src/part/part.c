/* SPDX-License-Identifier: Apache-2.0
 *
 * States of partitions and vCPUs. The work of a start is in start.c, what guests ask of their vCPUs in power.c.
 */
#include "part/part.h"

#include "arch/guest.h"
#include "arch/pcpu.h"
#include "arch/transition.h"
#include "console/console.h"
#include "dev/gic.h"
#include "dev/htimer.h"
#include "lib/bucket.h"
#include "lib/format.h"
#include "mem/mem.h"
#include "part/start.h"
#include "vdev/vgic.h"
#include "vdev/vuart.h"

#define LINES_AT_ONCE 16u
#define LINE_EVERY_US 10000u

struct part {
    _Atomic uint32_t state; /* enum part_state */
    _Atomic uint32_t end;   /* enum part_end, of the stop that goes on */
    _Atomic uint32_t live;  /* vCPUs not parked yet */
    _Atomic bool failed;    /* one of its pCPUs is missing */
    _Atomic bool awaited;   /* its pCPU has not come to starting it yet */
    _Atomic bool start_asked; /* by part_ask_start() */
    _Atomic bool protected; /* by part_memory_protect() */
    uint32_t restarts;
    uint64_t counter_offset; /* physical count at which this life's virtual count was 0 */
    struct bucket lines;    /* said about it on the console */
    struct start start;
};

static struct part parts[HV_PARTITION_COUNT];
static struct vcpu vcpus[HV_VCPU_COUNT];

void part_init(void)
{
    for (uint32_t id = 0; id < HV_PARTITION_COUNT; id++)
        atomic_store(&parts[id].awaited, config_partition(id)->autostart != 0);
    for (uint32_t id = 0; id < HV_VCPU_COUNT; id++) {
        const struct hv_partition_config *p = config_partition(config_vcpu(id)->partition);

        vcpus[id].id = id;
        vcpus[id].partition = config_vcpu(id)->partition;
        vcpus[id].vgic = vgic_cpu_of(id);
        vcpus[id].first = p->vcpu_first;
        vcpus[id].gicr_size = HV_GIC_VERSION == 2 ? 0 : p->vcpu_count * HV_GUEST_GICR_STRIDE;
        vcpus[id].uart_size = p->console ? HV_GUEST_UART_SIZE : 0;
    }
}

struct vcpu *part_vcpu(uint32_t vcpu)
{
    return &vcpus[vcpu];
}

enum part_state part_state(uint32_t partition)
{
    return (enum part_state)atomic_load(&parts[partition].state);
}

uint32_t part_restarts(uint32_t partition)
{
    return parts[partition].restarts;
}

uint64_t part_up_ticks(uint32_t partition)
{
    return part_state(partition) == PART_RUNNING ? htimer_now() - parts[partition].counter_offset : 0;
}

/* A line about a partition. One that restarts all the time does not fill the console: what is left out
 * shows in the next `restart n=`. */
static void say_number(uint32_t partition, const char *what, uint32_t number)
{
    struct text t;

    if (!bucket_take(&parts[partition].lines, htimer_now(), htimer_ticks(LINE_EVERY_US), LINES_AT_ONCE))
        return;
    text_start(&t);
    text_string(&t, config_partition(partition)->name);
    text_string(&t, ": ");
    text_string(&t, what);
    if (number != 0)
        text_decimal(&t, number);
    console_log(&t);
}

static void say(uint32_t partition, const char *what)
{
    say_number(partition, what, 0);
}

void part_kick(uint32_t vcpu)
{
    gic_send_sgi(config_vcpu(vcpu)->pcpu, GIC_SGI_KICK);
}

void part_start(uint32_t partition)
{
    uint32_t off = PART_OFF;

    if (!atomic_load(&parts[partition].failed) &&
        atomic_compare_exchange_strong(&parts[partition].state, &off, PART_STARTING))
        start_begin(&parts[partition].start, false);
    atomic_store(&parts[partition].awaited, false);
}

void part_ask_start(uint32_t partition)
{
    atomic_store(&parts[partition].start_asked, true);
    part_kick(config_partition(partition)->vcpu_first);
}

/* The payload is in place: all state of the machine the guest sees, then vCPU 0 goes. */
static void enter(uint32_t partition)
{
    const struct hv_partition_config *p = config_partition(partition);
    struct vcpu *first = &vcpus[p->vcpu_first];
    struct part *part = &parts[partition];

    vgic_reset(partition);
    vuart_reset(partition);
    for (uint32_t i = 0; i < p->vcpu_count; i++) {
        atomic_store(&vcpus[p->vcpu_first + i].state, VCPU_OFF);
        atomic_store(&vcpus[p->vcpu_first + i].parked, false);
    }
    part->counter_offset = htimer_now();
    atomic_store(&part->protected, false);
    first->entry = p->entry.ipa;
    first->context = p->dtb.ipa;
    atomic_store(&part->live, p->vcpu_count);
    atomic_store(&first->state, VCPU_ON_PENDING);
    atomic_store(&part->state, PART_RUNNING);
    say(partition, "running");
    if (config_vcpu(first->id)->pcpu != pcpu_self()->id)
        part_kick(first->id);
}

static bool all_off(void)
{
    for (uint32_t id = 0; id < HV_PARTITION_COUNT; id++)
        if (part_state(id) != PART_OFF || atomic_load(&parts[id].awaited))
            return false;
    return true;
}

bool part_power_off_due(void)
{
    return config_global()->power_off_when_idle && all_off();
}

/* The draining pCPU switches off once it has sent what is said here (trap/irq.c). */
static void say_if_all_off(void)
{
    struct text t;

    if (!all_off())
        return;
    text_start(&t);
    text_string(&t, "all partitions are off");
    console_log(&t);
    gic_send_sgi(console_pcpu(), GIC_SGI_CONSOLE);
}

/* The last vCPU is parked: nobody runs in the partition any more. */
static void ended(uint32_t partition)
{
    struct part *part = &parts[partition];
    uint32_t end = atomic_load(&part->end);

    vgic_stop(partition);
    if (end != PART_END_OFF) {
        part->restarts++;
        say_number(partition, "restart n=", part->restarts);
        start_begin(&part->start, end == PART_END_WARM_RESTART);
        atomic_store(&part->state, PART_STARTING);
        part_kick(config_partition(partition)->vcpu_first);
    } else {
        say(partition, "stopped");
        atomic_store(&part->state, PART_OFF);
        say_if_all_off();
    }
}

static void park(struct vcpu *v)
{
    if (atomic_load(&v->state) == VCPU_RUNNING) {
        guest_timers_stop();
        if (config_has_pmu(v->partition))
            guest_pmu_stop();
        vgic_stop_cpu(v->id);
    }
    atomic_store(&v->state, VCPU_OFF);
}

bool part_end(uint32_t partition, enum part_end end)
{
    const struct hv_partition_config *p = config_partition(partition);
    struct part *part = &parts[partition];
    uint32_t running = PART_RUNNING;

    if (!atomic_compare_exchange_strong(&part->state, &running, PART_STOPPING))
        return false;
    atomic_store(&part->end, end);
    for (uint32_t i = 0; i < p->vcpu_count; i++)
        part_kick(p->vcpu_first + i);
    return true;
}

static void park_once(struct vcpu *v)
{
    if (atomic_exchange(&v->parked, true))
        return;
    park(v);
    if (atomic_fetch_sub(&parts[v->partition].live, 1) == 1)
        ended(v->partition);
}

/* A partition with a missing pCPU: what runs of it stops; for a vCPU that nobody can park that is done here. */
static void stop_failed(uint32_t partition)
{
    const struct hv_partition_config *p = config_partition(partition);

    part_end(partition, PART_END_OFF);
    for (uint32_t id = p->vcpu_first; id < p->vcpu_first + p->vcpu_count; id++)
        if (vcpus[id].absent && part_state(partition) == PART_STOPPING)
            park_once(&vcpus[id]);
}

void part_forget_pcpu(uint32_t pcpu)
{
    for (uint32_t id = 0; id < HV_VCPU_COUNT; id++) {
        struct part *part = &parts[vcpus[id].partition];

        if (config_vcpu(id)->pcpu != pcpu)
            continue;
        vcpus[id].absent = true;
        if (config_partition(vcpus[id].partition)->vcpu_first == id)
            atomic_store(&part->awaited, false);
        if (!atomic_exchange(&part->failed, true))
            say(vcpus[id].partition, "failed, one of its pCPUs is missing");
        stop_failed(vcpus[id].partition);
    }
}

bool part_step(uint32_t partition)
{
    struct part *part = &parts[partition];

    if (atomic_load(&part->start_asked)) {
        atomic_store(&part->start_asked, false);
        part_start(partition);
    }
    if (atomic_load(&part->state) != PART_STARTING)
        return false;
    switch (start_step(partition, &part->start)) {
    case START_MORE:
        return true;
    case START_READY:
        if (atomic_load(&part->failed)) {
            atomic_store(&part->state, PART_OFF);
            say_if_all_off();
            return false;
        }
        enter(partition);
        if (atomic_load(&part->failed)) /* meanwhile */
            stop_failed(partition);
        return false;
    case START_BAD_PAYLOAD:
        say(partition, "payload damaged, not started");
        atomic_store(&part->state, PART_OFF);
        say_if_all_off();
        return false;
    }
    return false;
}

bool part_vcpu_ready(struct vcpu *v)
{
    struct part *part = &parts[v->partition];

    if (atomic_load(&part->state) == PART_STOPPING) {
        park_once(v);
        return false;
    }
    if (atomic_load(&part->state) != PART_RUNNING)
        return false;
    if (atomic_load(&v->state) == VCPU_ON_PENDING) {
        mem_activate_stage2(v->partition);
        transition_vmid_reuse();
        guest_timers_reset(part->counter_offset);
        vgic_reset_cpu(v->id);
        part_vcpu_resume(v, v->entry, v->context);
        atomic_store(&v->state, VCPU_RUNNING);
        vgic_flush(v->id);
    }
    return atomic_load(&v->state) == VCPU_RUNNING;
}

void part_cpu_off(struct vcpu *caller)
{
    park(caller);
}

bool part_memory_protect(uint32_t partition, bool wanted)
{
    return atomic_exchange(&parts[partition].protected, wanted);
}
