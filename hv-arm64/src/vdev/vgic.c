/* SPDX-License-Identifier: Apache-2.0
 *
 * State of the virtual interrupts: what guests and devices do to it, start and stop. How it
 * reaches a vCPU is in vgic_lr.c.
 */
#include "vdev/vgic.h"

#include "arch/pcpu.h"
#include "lib/bits.h"
#include "regs/regs.h"
#include "vdev/vgic_state.h"

#define RESET_PRIORITY 0u
#define ROUTE_TRIES 8u
#define ABORT_PAGE_SHIFT HPFAR_EL2_FIPA_LO

struct vgic vgics[HV_PARTITION_COUNT];
struct vgic_cpu vgic_cpus[HV_VCPU_COUNT];

struct vgic_cpu *vgic_cpu_of(uint32_t vcpu)
{
    return &vgic_cpus[vcpu];
}

static uint32_t hardware(uint32_t partition, uint32_t word)
{
    return vgics[partition].hardware[word];
}

/* ---- what guests and devices do to the state ---- */

/* Calls `act` for each vCPU that may be given one of these interrupts. */
typedef void target_fn(const struct vgic_view *v, uint32_t vcpu, uint32_t bits);

static void each_target(const struct vgic_view *v, uint32_t bits, target_fn *act)
{
    const struct hv_partition_config *p = config_partition(v->partition);

    if (v->number == 0) {
        act(v, v->target, bits);
        return;
    }
    for (uint32_t vcpu = p->vcpu_first; vcpu < p->vcpu_first + p->vcpu_count; vcpu++)
        if (atomic_load(&vgic_cpus[vcpu].routed[v->number]) & bits)
            act(v, vcpu, bits);
}

static void flush_or_kick(const struct vgic_view *v, uint32_t vcpu, uint32_t bits)
{
    (void)bits;
    if (vcpu == v->self)
        vgic_flush(vcpu);
    else
        vgic_kick(vcpu);
}

/* Some of them may have become deliverable. */
static void deliver(const struct vgic_view *v, uint32_t bits)
{
    each_target(v, bits, flush_or_kick);
}

/* One that is off has nothing in list registers, and looks at all before it runs. */
static void judge_anew(const struct vgic_view *v, uint32_t vcpu, uint32_t bits)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];
    uint32_t bit = (uint32_t)BIT(cpu->index);

    if ((atomic_load(&cpu->common->on) & bit) == 0)
        return;
    atomic_fetch_or(&cpu->common->stale, bit);
    flush_or_kick(v, vcpu, bits);
}

/* Some of them may have become undeliverable, or stand in another order. */
static void reconsider(const struct vgic_view *v, uint32_t bits)
{
    if (bits != 0)
        each_target(v, bits, judge_anew);
}

/* Some of them may not be delivered any more: that concerns only what list registers hold. */
static void withdraw(const struct vgic_view *v, uint32_t vcpu, uint32_t bits)
{
    if (vcpu != v->self || vgic_lr_holds(vcpu, v->number, bits))
        judge_anew(v, vcpu, bits);
}

uint32_t vgic_fallen(const struct vgic_cpu *cpu, uint32_t number, uint32_t bits)
{
    const struct vgic_word *w = number == 0 ? &cpu->word : &cpu->common->word[number];
    uint32_t partition = config_vcpu(cpu->vcpu)->partition;

    bits &= hardware(partition, number) & ~config_irq_edge(partition, number) & ~atomic_load(&w->soft);
    return bits != 0 ? bits & ~gic_read_pending(number, cpu->pcpu) : 0;
}

static void withdraw_pending(const struct vgic_view *v, uint32_t bits);

/* A level-triggered device's interrupt is pending as long as its line is high, also when EL2 has taken it since and the
 * guest keeps interrupts masked. */
uint32_t vgic_pending_bits(const struct vgic_view *v)
{
    uint32_t hw = hardware(v->partition, v->number);
    uint32_t taken = atomic_load(&v->word->pending) | vgic_lr_bits(v, VGIC_LR_PENDING, 0);
    uint32_t bits = taken | atomic_load(&v->word->level);

    if (hw == 0)
        return bits;
    uint32_t fallen = vgic_fallen(&vgic_cpus[v->target], v->number,
                                  taken & hw & ~vgic_lr_bits(v, VGIC_LR_PENDING, VGIC_LR_SOFT));
    if (fallen != 0)
        withdraw_pending(v, fallen);
    return (bits & ~fallen) | (gic_read_pending(v->number, config_vcpu(v->target)->pcpu) & hw);
}

uint32_t vgic_active_bits(const struct vgic_view *v)
{
    return atomic_load(&v->word->active) | vgic_lr_bits(v, VGIC_LR_ACTIVE, 0);
}

void vgic_enable_bits(const struct vgic_view *v, uint32_t bits)
{
    uint32_t hw = bits & hardware(v->partition, v->number);
    uint32_t new = bits & ~atomic_fetch_or(&v->word->enabled, bits);

    if (hw != 0)
        gic_enable_word(v->number, hw, config_vcpu(v->target)->pcpu);
    if (new & (atomic_load(&v->word->pending) | atomic_load(&v->word->level)))
        deliver(v, new);
}

void vgic_deliver_enabled(struct vgic_cpu *cpu, uint32_t number, uint32_t bits)
{
    struct vgic_view v = { .self = cpu->vcpu, .target = cpu->vcpu, .partition = config_vcpu(cpu->vcpu)->partition,
                           .number = number };

    deliver(&v, bits);
}

void vgic_disable_bits(const struct vgic_view *v, uint32_t bits)
{
    uint32_t hw = bits & hardware(v->partition, v->number);
    uint32_t was = atomic_fetch_and(&v->word->enabled, ~bits);

    if (hw != 0)
        gic_disable_word(v->number, hw, config_vcpu(v->target)->pcpu);
    if ((bits & was) != 0)
        each_target(v, bits & was, withdraw);
    if (v->target == v->self)
        vgic_forget_bits(&vgic_cpus[v->self], hw);
    if (v->number == 0 && v->target == v->self && (bits & VGIC_SGI_MASK) != 0)
        vgic_forget_sgis(&vgic_cpus[v->self]); /* nothing physical keeps them back */
}

void vgic_set_pending_bits(const struct vgic_view *v, uint32_t bits)
{
    uint32_t hw = bits & hardware(v->partition, v->number);
    uint32_t level = hw & ~config_irq_edge(v->partition, v->number);
    uint32_t anew = hw;

    if (hw != 0 && vgic_is_stale(&vgic_cpus[v->self]))
        vgic_flush(v->self); /* an earlier clear may wait there */
    /* Of one that waits the physical interrupt is active: made pending there, it would come a second time. */
    if (hw != 0)
        anew &= ~(atomic_load(&v->word->pending) | vgic_lr_bits(v, VGIC_LR_PENDING, 0));
    if (level != 0) {
        atomic_fetch_or(&v->word->soft, level);
        vgic_forget_bits(&vgic_cpus[v->self], level); /* the next is no ordinary one */
        each_target(v, level, withdraw);
    }
    if (anew != 0)
        gic_set_pending_word(v->number, anew, config_vcpu(v->target)->pcpu);
    if ((bits & ~hw) != 0) {
        atomic_fetch_or(&v->word->pending, bits & ~hw);
        deliver(v, bits & ~hw);
    }
}

/* `bits` of this word in a vCPU's list registers. Its own pCPU does it, in recall. */
static void not_pending(const struct vgic_view *v, uint32_t vcpu, uint32_t bits)
{
    atomic_fetch_or(&vgic_cpus[vcpu].not_pending[v->number], bits);
    judge_anew(v, vcpu, bits);
}

static void not_active(const struct vgic_view *v, uint32_t vcpu, uint32_t bits)
{
    atomic_fetch_or(&vgic_cpus[vcpu].not_active[v->number], bits);
    judge_anew(v, vcpu, bits);
}

/* Whose list registers may hold them: an SPI may be routed elsewhere since. */
static void each_holder(const struct vgic_view *v, uint32_t bits, target_fn *act)
{
    const struct hv_partition_config *p = config_partition(v->partition);

    if (v->number == 0)
        act(v, v->target, bits);
    else
        for (uint32_t vcpu = p->vcpu_first; vcpu < p->vcpu_first + p->vcpu_count; vcpu++)
            act(v, vcpu, bits);
}

/* From the word and from list registers. */
static void withdraw_pending(const struct vgic_view *v, uint32_t bits)
{
    uint32_t latched = atomic_fetch_and(&v->word->pending, ~bits) & bits & hardware(v->partition, v->number);

    if (latched != 0)
        gic_clear_active_word(v->number, latched, config_vcpu(v->target)->pcpu); /* they may come again */
    each_holder(v, bits, not_pending);
}

void vgic_clear_pending_bits(const struct vgic_view *v, uint32_t bits)
{
    uint32_t hw = bits & hardware(v->partition, v->number);

    atomic_fetch_and(&v->word->soft, ~bits);
    if (hw != 0)
        gic_clear_pending_word(v->number, hw, config_vcpu(v->target)->pcpu);
    withdraw_pending(v, bits);
}

void vgic_set_active_bits(const struct vgic_view *v, uint32_t bits)
{
    if (vgic_is_stale(&vgic_cpus[v->self]))
        vgic_flush(v->self); /* an earlier clear may wait there */
    atomic_fetch_or(&v->word->active, bits & ~vgic_lr_bits(v, VGIC_LR_ACTIVE, 0));
    each_holder(v, bits, judge_anew);
}

void vgic_clear_active_bits(const struct vgic_view *v, uint32_t bits)
{
    uint32_t orphaned = atomic_fetch_and(&v->word->orphaned, ~bits) & bits;

    atomic_fetch_and(&v->word->active, ~bits);
    if (orphaned != 0)
        gic_clear_active_word(v->number, orphaned, config_vcpu(v->target)->pcpu);
    each_holder(v, bits, not_active);
}

/* What a change may matter to: what could be delivered, and devices' interrupts, of which there may be a direct entry. */
static uint32_t judged(const struct vgic_view *v)
{
    return atomic_load(&v->word->enabled) | hardware(v->partition, v->number);
}

void vgic_set_group(const struct vgic_view *v, uint32_t group)
{
    uint32_t changed = atomic_exchange(&v->word->group, group) ^ group;

    reconsider(v, changed & judged(v));
}

void vgic_priority_changed(const struct vgic_view *v, uint32_t bits)
{
    reconsider(v, bits & judged(v));
}

static void judge_all_anew(uint32_t self)
{
    const struct hv_partition_config *p = config_partition(config_vcpu(self)->partition);
    struct vgic_view v = { .self = self };

    for (uint32_t vcpu = p->vcpu_first; vcpu < p->vcpu_first + p->vcpu_count; vcpu++)
        judge_anew(&v, vcpu, 0);
}

void vgic_set_control(uint32_t vcpu, uint32_t ctlr)
{
    if (atomic_exchange(&vgics[config_vcpu(vcpu)->partition].ctlr, ctlr) != ctlr)
        judge_all_anew(vcpu);
}

static void carry_out_route(uint32_t partition, uint32_t intid, uint64_t router, uint32_t on)
{
    const struct hv_partition_config *p = config_partition(partition);
    uint32_t bit = (uint32_t)BIT(intid % 32);

    for (uint32_t i = 0; i < p->vcpu_count; i++) {
        struct vgic_cpu *cpu = &vgic_cpus[p->vcpu_first + i];

        if (vgic_routes_to(router, i, on)) {
            atomic_fetch_or(&cpu->routed[intid / 32], bit);
            if (hardware(partition, intid / 32) & bit)
                gic_route(intid, config_vcpu(p->vcpu_first + i)->pcpu);
        } else {
            atomic_fetch_and(&cpu->routed[intid / 32], ~bit);
        }
    }
}

/* Another vCPU may write the same route, go on or off meanwhile: who was overtaken does it again. A guest whose vCPUs
 * never stop doing so gets one of its routes. */
static void apply_route(uint32_t partition, uint32_t intid)
{
    struct vgic *g = &vgics[partition];

    for (uint32_t n = 0; n < ROUTE_TRIES; n++) {
        uint64_t router = atomic_load(&g->router[intid]);
        uint32_t on = atomic_load(&g->on);

        carry_out_route(partition, intid, router, on);
        if (atomic_load(&g->router[intid]) == router && atomic_load(&g->on) == on)
            return;
    }
}

/* A vCPU went on or off: SPIs that have a choice of targets. */
static void choose_targets(uint32_t partition)
{
    const struct vgic *g = &vgics[partition];

    for (uint32_t number = 1; VGIC_ROUTE_HAS_CHOICE && number < HV_IRQ_WORDS; number++)
        for (uint32_t left = g->present[number]; left != 0; left &= left - 1) {
            uint32_t intid = 32 * number + bits_lowest(left);
            uint64_t router = atomic_load(&g->router[intid]);

            if ((router & (router - 1)) != 0)
                apply_route(partition, intid);
        }
}

void vgic_set_router(uint32_t vcpu, uint32_t intid, uint64_t router)
{
    uint32_t partition = config_vcpu(vcpu)->partition;
    uint32_t bit = (uint32_t)BIT(intid % 32);

    if (atomic_exchange(&vgics[partition].router[intid], router) == router)
        return;
    apply_route(partition, intid);
    if ((atomic_load(&vgics[partition].word[intid / 32].enabled) | hardware(partition, intid / 32)) & bit)
        judge_all_anew(vcpu); /* from the old target back to its word, from there to the new one */
}

void vgic_wake_routed(uint32_t vcpu, uint32_t intid)
{
    const struct hv_partition_config *p = config_partition(config_vcpu(vcpu)->partition);

    for (uint32_t other = p->vcpu_first; other < p->vcpu_first + p->vcpu_count; other++)
        if (vgic_is_routed(other, intid))
            vgic_kick(other);
}

void vgic_set_level(uint32_t partition, uint32_t intid, bool high)
{
    const struct hv_partition_config *p = config_partition(partition);
    struct vgic_word *w = &vgics[partition].word[intid / 32];
    uint32_t bit = (uint32_t)BIT(intid % 32);
    uint32_t old = high ? atomic_fetch_or(&w->level, bit) : atomic_fetch_and(&w->level, ~bit);

    if (((old & bit) != 0) == high)
        return;
    for (uint32_t vcpu = p->vcpu_first; vcpu < p->vcpu_first + p->vcpu_count; vcpu++) {
        if (!(atomic_load(&vgic_cpus[vcpu].routed[intid / 32]) & bit))
            continue;
        if (&vgic_cpus[vcpu] == pcpu_self()->vgic)
            vgic_flush(vcpu);
        else
            vgic_kick(vcpu);
    }
}

/* ---- start and stop ---- */

static void word_reset(struct vgic_word *w)
{
    atomic_store(&w->group, 0);
    atomic_store(&w->enabled, 0);
    atomic_store(&w->pending, 0);
    atomic_store(&w->active, 0);
    atomic_store(&w->orphaned, 0);
    atomic_store(&w->soft, 0);
    atomic_store(&w->level, 0);
    atomic_store(&w->edge, 0);
}

void vgic_reset(uint32_t partition)
{
    const struct hv_partition_config *p = config_partition(partition);
    struct vgic *g = &vgics[partition];
    uint64_t route = vgic_route_at_reset(p->vcpu_count);

    atomic_store(&g->ctlr, 0);
    atomic_store(&g->on, 0);
    atomic_store(&g->stale, 0);
    g->first = &vgic_cpus[p->vcpu_first];
    g->cpu_mask = (uint32_t)BIT(p->vcpu_count) - 1;
    for (uint32_t number = 0; number < HV_IRQ_WORDS; number++) {
        g->hardware[number] = g->present[number] = config_irq_owned(partition, number);
        word_reset(&g->word[number]);
        atomic_store(&g->word[number].edge, config_irq_edge(partition, number));
    }
    g->present[0] |= VGIC_SGI_MASK;
    if (p->console)
        g->present[HV_GUEST_UART_INTID / 32] |= (uint32_t)BIT(HV_GUEST_UART_INTID % 32);
    for (uint32_t intid = 0; intid < HV_INTID_COUNT; intid++) {
        g->priority[intid] = RESET_PRIORITY;
        atomic_store(&g->router[intid], route);
    }
    for (uint32_t i = 0; i < p->vcpu_count; i++) {
        struct vgic_cpu *cpu = &vgic_cpus[p->vcpu_first + i];

        cpu->common = g;
        cpu->own_page = (HV_GUEST_GICR_IPA + i * HV_GUEST_GICR_STRIDE + HV_GUEST_GICR_SGI) >> 12 << ABORT_PAGE_SHIFT;
        cpu->vcpu = p->vcpu_first + i;
        cpu->index = i;
        cpu->pcpu = config_vcpu(cpu->vcpu)->pcpu;
        word_reset(&cpu->word);
        atomic_store(&cpu->word.edge, VGIC_SGI_MASK);
        for (uint32_t k = 0; k < ARRAY_COUNT(cpu->priority); k++)
            cpu->priority[k] = RESET_PRIORITY;
        for (uint32_t number = 0; number < HV_IRQ_WORDS; number++)
            atomic_store(&cpu->routed[number], vgic_routes_to(route, i, 1) ? 0xffffffffu : 0);
        vgic_source_reset(p->vcpu_first + i);
    }
    for (uint32_t number = 1; number < HV_IRQ_WORDS; number++)
        for (uint32_t hw = hardware(partition, number); hw != 0; hw &= hw - 1)
            gic_route(32 * number + bits_lowest(hw), config_vcpu(p->vcpu_first)->pcpu);
}

void vgic_reset_cpu(uint32_t vcpu)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];
    uint32_t bit = (uint32_t)BIT(cpu->index);
    uint32_t hw = atomic_load(&cpu->word.enabled) & hardware(config_vcpu(vcpu)->partition, 0);

    vgic_forget(cpu);
    cpu->lr_used = 0;
    cpu->lr_all = (uint32_t)BIT(gic_lr_count()) - 1;
    cpu->waiting = false;
    for (uint32_t number = 0; number < HV_IRQ_WORDS; number++) {
        atomic_store(&cpu->not_pending[number], 0);
        atomic_store(&cpu->not_active[number], 0);
    }
    gic_virtual_reset();
    atomic_fetch_and(&cpu->common->stale, ~bit);
    atomic_fetch_or(&cpu->common->on, bit);
    choose_targets(config_vcpu(vcpu)->partition);
    if (hw != 0)
        gic_enable_word(0, hw, cpu->pcpu); /* as it left them when it went off */
}

static void quiet(uint32_t word, uint32_t bits, uint32_t pcpu)
{
    gic_disable_word(word, bits, pcpu);
    gic_clear_pending_word(word, bits, pcpu);
    gic_clear_active_word(word, bits, pcpu);
}

void vgic_stop_cpu(uint32_t vcpu)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];
    uint32_t bit = (uint32_t)BIT(cpu->index);

    /* First off, so that what it holds goes to another target at once. */
    atomic_fetch_and(&cpu->common->on, ~bit);
    choose_targets(config_vcpu(vcpu)->partition);
    vgic_lr_take_back(vcpu);
    for (uint32_t others = VGIC_ROUTE_HAS_CHOICE ? atomic_load(&cpu->common->on) : 0; others != 0; others &= others - 1)
        vgic_kick(config_partition(config_vcpu(vcpu)->partition)->vcpu_first + bits_lowest(others));
    quiet(0, hardware(config_vcpu(vcpu)->partition, 0), cpu->pcpu);
    gic_virtual_reset();
}

void vgic_stop(uint32_t partition)
{
    for (uint32_t number = 1; number < HV_IRQ_WORDS; number++) {
        uint32_t hw = hardware(partition, number);

        if (hw != 0)
            quiet(number, hw, 0);
    }
}
