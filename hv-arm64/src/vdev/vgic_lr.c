/* SPDX-License-Identifier: Apache-2.0
 *
 * The list registers of the running vCPU. A deliverable interrupt is pending (or its line is
 * high), enabled, not active, of an enabled group, and routed to the vCPU. With more of them than
 * list registers the best by priority are there, and a maintenance interrupt brings the others.
 * Arm IHI 0069, "ICH_LR<n>_EL2", "Usage model for the List registers".
 */
#include "lib/bits.h"
#include "regs/regs.h"
#include "trace/trace.h"
#include "vdev/vgic_state.h"

#define LR_COMMON field_put(ICH_LR_EL2, State, VGIC_LR_PENDING)

/* A register that asked for a maintenance interrupt at EOI counts as empty only when it is cleared. */
static void reclaim(struct vgic_cpu *cpu)
{
    for (uint32_t ended = gic_lr_ended(); ended != 0; ended &= ended - 1)
        gic_lr_write(bits_lowest(ended), 0);
    cpu->lr_used = cpu->lr_all & ~gic_lr_empty();
}

static uint32_t lr_intid(const struct vgic_cpu *cpu, uint32_t n)
{
    return cpu->lr_intid[n] & ~(VGIC_LR_LINE_ONLY | VGIC_LR_SOFT);
}

void vgic_forget_sgis(struct vgic_cpu *cpu)
{
    for (uint32_t i = 0; i < ARRAY_COUNT(cpu->sgi); i++)
        cpu->sgi[i] = VGIC_DIRECT_NONE;
}

void vgic_forget(struct vgic_cpu *cpu)
{
    vgic_forget_bits(cpu, 0xffffffffu);
    vgic_forget_sgis(cpu);
}

static uint32_t held_bits(const struct vgic_cpu *cpu, uint32_t number)
{
    uint32_t bits = 0;

    for (uint32_t used = cpu->lr_used; used != 0; used &= used - 1) {
        uint32_t intid = lr_intid(cpu, bits_lowest(used));

        if (intid / 32 == number)
            bits |= (uint32_t)BIT(intid % 32);
    }
    return bits;
}

bool vgic_lr_holds(uint32_t vcpu, uint32_t number, uint32_t bits)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];

    cpu->lr_used = cpu->lr_all & ~gic_lr_empty(); /* those whose EOI waits to be looked at stay for vgic_flush() */
    return (held_bits(cpu, number) & bits) != 0;
}

static bool is_hardware(uint32_t vcpu, uint32_t intid)
{
    return (vgics[config_vcpu(vcpu)->partition].hardware[intid / 32] & BIT(intid % 32)) != 0;
}

static uint8_t priority_of(uint32_t vcpu, uint32_t intid)
{
    return intid < 32 ? vgic_cpus[vcpu].priority[intid] : vgics[config_vcpu(vcpu)->partition].priority[intid];
}

static void lr_free(struct vgic_cpu *cpu, uint32_t n)
{
    gic_lr_write(n, 0);
    cpu->lr_used &= ~(uint32_t)BIT(n);
}

/* A new value; State 0 frees the register. */
static void lr_change(struct vgic_cpu *cpu, uint32_t n, uint64_t old, uint64_t new)
{
    if (field_get(ICH_LR_EL2, State, new) == 0)
        lr_free(cpu, n);
    else if (new != old)
        gic_lr_write(n, new);
}

static void lr_write(struct vgic_cpu *cpu, uint32_t n, uint32_t intid, uint64_t lr, uint32_t why)
{
    trace_put(HV_TRACE_IRQ, cpu->vcpu, intid);
    gic_lr_write(n, lr | intid);
    cpu->lr_intid[n] = intid | why;
    cpu->lr_used |= (uint32_t)BIT(n);
}

/* A device's interrupt prefers register 0, an SGI register 1, where their short ways put them; the others leave them
 * free while they can. */
static uint32_t lr_choose(uint32_t free, uint32_t intid, bool hardware)
{
    if (hardware)
        return bits_lowest(free);
    return intid < VGIC_SGI_COUNT && (free & BIT(GIC_LR_SGI)) ? GIC_LR_SGI : bits_highest(free);
}

static void lr_fill(uint32_t vcpu, uint32_t n, uint32_t intid, uint32_t why, uint64_t source)
{
    uint32_t group = (atomic_load(&vgic_word_of(vcpu, intid / 32)->group) & BIT(intid % 32)) != 0;
    uint64_t lr = LR_COMMON | field_put(ICH_LR_EL2, Priority, priority_of(vcpu, intid)) |
                  field_put(ICH_LR_EL2, Group, group) | source;

    if (is_hardware(vcpu, intid))
        lr |= field_mask(ICH_LR_EL2, HW) | field_put(ICH_LR_EL2, pINTID, intid);
    else if (intid >= HV_SPI_FIRST)
        lr |= field_mask(ICH_LR_EL2, EOI); /* look at the line again when the guest is done */
    else if (!VGIC_SGI_HAS_SOURCE)
        vgic_cpus[vcpu].sgi[intid] = lr | intid; /* a PPI is a device's */
    lr_write(&vgic_cpus[vcpu], n, intid, lr, why);
}

uint32_t vgic_lr_bits(const struct vgic_view *v, uint32_t state, uint32_t why)
{
    const struct vgic_cpu *cpu = &vgic_cpus[v->self];
    uint32_t bits = 0;

    if (v->target != v->self)
        return 0;
    for (uint32_t used = cpu->lr_all & ~gic_lr_empty(); used != 0; used &= used - 1) {
        uint32_t n = bits_lowest(used);
        uint32_t intid = lr_intid(cpu, n);

        if (intid / 32 == v->number && (cpu->lr_intid[n] & why) == why &&
            (field_get(ICH_LR_EL2, State, gic_lr_read(n)) & state) != 0)
            bits |= (uint32_t)BIT(intid % 32);
    }
    return bits;
}

static uint32_t candidates(uint32_t vcpu, uint32_t number)
{
    const struct vgic_cpu *cpu = &vgic_cpus[vcpu];
    const struct vgic_word *w = vgic_word_of(vcpu, number);
    uint32_t bits = atomic_load(&w->pending) | atomic_load(&w->level);

    if (bits == 0)
        return 0;
    uint32_t ctlr = atomic_load(&vgics[config_vcpu(vcpu)->partition].ctlr);
    bits &= atomic_load(&w->enabled) & ~atomic_load(&w->active);
    if (number > 0)
        bits &= atomic_load(&cpu->routed[number]);
    if (!(ctlr & field_mask(GICD_CTLR, EnableGrp1)))
        bits &= ~atomic_load(&w->group);
    if (!(ctlr & field_mask(GICD_CTLR, EnableGrp0)))
        bits &= atomic_load(&w->group);
    return vgic_source_known(vcpu, number, bits);
}

/* The list register with the weakest pending interrupt below this priority; GIC_LR_MAX if none. */
static uint32_t weaker_lr(const struct vgic_cpu *cpu, uint32_t priority)
{
    uint32_t found = GIC_LR_MAX;

    for (uint32_t used = cpu->lr_used; used != 0; used &= used - 1) {
        uint32_t n = bits_lowest(used);
        uint64_t lr = gic_lr_read(n);
        uint32_t p = (uint32_t)field_get(ICH_LR_EL2, Priority, lr);

        if (field_get(ICH_LR_EL2, State, lr) == VGIC_LR_PENDING && p > priority) {
            found = n;
            priority = p;
        }
    }
    return found;
}

static bool any_pending_lr(const struct vgic_cpu *cpu)
{
    for (uint32_t used = cpu->lr_used; used != 0; used &= used - 1)
        if (field_get(ICH_LR_EL2, State, gic_lr_read(bits_lowest(used))) == VGIC_LR_PENDING)
            return true;
    return false;
}

/* Pending goes back from a list register to the word. What only a line made pending is the line's to say. */
static void put_back(uint32_t vcpu, uint32_t n)
{
    uint32_t intid = vgic_cpus[vcpu].lr_intid[n];

    if (intid & VGIC_LR_LINE_ONLY)
        return;
    struct vgic_word *w = vgic_word_of(vcpu, lr_intid(&vgic_cpus[vcpu], n) / 32);

    if (intid & VGIC_LR_SOFT)
        atomic_fetch_or(&w->soft, (uint32_t)BIT(intid % 32));
    vgic_source_put_back(vcpu, n, intid);
    atomic_fetch_or(&w->pending, (uint32_t)BIT(intid % 32));
}

/* One candidate into a list register. False if something waits now: it, or a weaker one that it put out. */
static bool place(uint32_t vcpu, uint32_t intid)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];
    uint32_t bit = (uint32_t)BIT(intid % 32);
    uint32_t free = cpu->lr_all & ~cpu->lr_used;
    bool full = free == 0;
    uint32_t n = full ? weaker_lr(cpu, priority_of(vcpu, intid)) : lr_choose(free, intid, is_hardware(vcpu, intid));

    if (n == GIC_LR_MAX)
        return false;
    if (full) {
        put_back(vcpu, n);
        lr_free(cpu, n);
    }
    struct vgic_word *w = vgic_word_of(vcpu, intid / 32);
    uint32_t why = (atomic_fetch_and(&w->pending, ~bit) & bit) != 0 ? 0 : VGIC_LR_LINE_ONLY;

    if ((atomic_fetch_and(&w->soft, ~bit) & bit) != 0)
        why |= VGIC_LR_SOFT;
    lr_fill(vcpu, n, intid, why, vgic_source_take(vcpu, n, intid));
    return !full;
}

/* Interrupts came again while list registers still have them. One that waits there takes it in; one that is
 * active comes again when the guest is done: never pending and active, which would keep its old rank. */
static void come_again(uint32_t vcpu, uint32_t number, uint32_t bits)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];

    for (uint32_t used = cpu->lr_used; used != 0; used &= used - 1) {
        uint32_t n = bits_lowest(used);
        uint32_t intid = lr_intid(cpu, n);
        uint32_t bit = (uint32_t)BIT(intid % 32);

        if (intid / 32 != number || !(bits & bit))
            continue;
        uint64_t lr = gic_lr_read(n);
        if (field_get(ICH_LR_EL2, State, lr) == VGIC_LR_PENDING) {
            atomic_fetch_and(&vgic_word_of(vcpu, number)->pending, ~bit);
            cpu->lr_intid[n] = intid;
            if (vgic_source_differs(vcpu, n, intid)) {
                atomic_fetch_or(&vgic_word_of(vcpu, number)->pending, bit);
                gic_lr_write(n, lr | field_mask(ICH_LR_EL2, EOI));
            }
        } else if (!field_get(ICH_LR_EL2, HW, lr)) {
            gic_lr_write(n, lr | field_mask(ICH_LR_EL2, EOI));
        }
    }
}

/* Emulated devices: a line that fell before the guest acknowledged its interrupt. */
static void look_at_lines(uint32_t vcpu)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];

    for (uint32_t used = cpu->lr_used; used != 0; used &= used - 1) {
        uint32_t n = bits_lowest(used);
        uint32_t intid = lr_intid(cpu, n);
        uint64_t lr;

        if (!(cpu->lr_intid[n] & VGIC_LR_LINE_ONLY) ||
            atomic_load(&vgic_word_of(vcpu, intid / 32)->level) & BIT(intid % 32))
            continue;
        lr = gic_lr_read(n);
        lr_change(cpu, n, lr, lr & ~field_put(ICH_LR_EL2, State, VGIC_LR_PENDING));
    }
}

/* What is pending goes back to its word, to be judged anew; what other vCPUs cleared is carried out. */
static void recall(uint32_t vcpu, uint32_t n, uint32_t not_pending, uint32_t not_active)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];
    uint32_t intid = lr_intid(cpu, n);
    uint32_t bit = (uint32_t)BIT(intid % 32);
    uint64_t lr = gic_lr_read(n);
    uint64_t state = field_get(ICH_LR_EL2, State, lr);
    uint64_t new = lr & ~field_put(ICH_LR_EL2, State, VGIC_LR_PENDING);
    bool keep_pending = (state & VGIC_LR_PENDING) && !(not_pending & bit);

    if (keep_pending) {
        put_back(vcpu, n);
        if (intid >= HV_SPI_FIRST && !vgic_is_routed(vcpu, intid))
            vgic_wake_routed(vcpu, intid);
    }
    if (not_active & bit)
        new &= ~field_put(ICH_LR_EL2, State, VGIC_LR_ACTIVE);
    if (field_get(ICH_LR_EL2, State, new) != 0)
        atomic_fetch_and(&vgic_word_of(vcpu, intid / 32)->active, ~bit); /* active is here, not there too */
    else if (is_hardware(vcpu, intid) && !keep_pending)
        gic_clear_active_word(intid / 32, bit, config_vcpu(vcpu)->pcpu); /* it may come again */
    lr_change(cpu, n, lr, new);
}

static void recall_all(uint32_t vcpu)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];
    uint32_t not_pending[HV_IRQ_WORDS], not_active[HV_IRQ_WORDS];

    /* Before the words are read: who changes one after that sets it again. */
    atomic_fetch_and(&cpu->common->stale, ~(uint32_t)BIT(cpu->index));
    for (uint32_t number = 0; number < HV_IRQ_WORDS; number++) {
        not_pending[number] = atomic_exchange(&cpu->not_pending[number], 0);
        not_active[number] = atomic_exchange(&cpu->not_active[number], 0);
    }
    vgic_forget(cpu);
    reclaim(cpu);
    for (uint32_t used = cpu->lr_used; used != 0; used &= used - 1) {
        uint32_t n = bits_lowest(used);

        recall(vcpu, n, not_pending[lr_intid(cpu, n) / 32], not_active[lr_intid(cpu, n) / 32]);
    }
}

void vgic_lr_take_back(uint32_t vcpu)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];

    recall_all(vcpu);
    for (uint32_t used = cpu->lr_used; used != 0; used &= used - 1) {
        uint32_t intid = lr_intid(cpu, bits_lowest(used));
        struct vgic_word *w = vgic_word_of(vcpu, intid / 32);

        if (intid < HV_SPI_FIRST)
            continue;
        atomic_fetch_or(&w->active, (uint32_t)BIT(intid % 32));
        if (is_hardware(vcpu, intid))
            atomic_fetch_or(&w->orphaned, (uint32_t)BIT(intid % 32));
    }
}

/* Of these, which wait in the word, the ones that are still pending. */
static uint32_t settle_fallen(struct vgic_cpu *cpu, uint32_t number, uint32_t bits)
{
    uint32_t fallen = vgic_fallen(cpu, number, bits);

    if (fallen != 0) {
        atomic_fetch_and(&vgic_word_of(cpu->vcpu, number)->pending, ~fallen);
        gic_clear_active_word(number, fallen, cpu->pcpu); /* it may come again */
    }
    return bits & ~fallen;
}

/* True: something deliverable waits for a list register. */
static bool flush_word(uint32_t vcpu, uint32_t number)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];
    uint32_t bits = candidates(vcpu, number);
    bool left = false;

    if (bits == 0)
        return false;
    uint32_t held = held_bits(cpu, number);
    uint32_t again = bits & held & atomic_load(&vgic_word_of(vcpu, number)->pending);

    if (again != 0)
        come_again(vcpu, number, again);
    bits = settle_fallen(cpu, number, bits & ~held);
    for (; bits != 0; bits &= bits - 1)
        left |= !place(vcpu, 32 * number + bits_lowest(bits));
    return left;
}

void vgic_flush(uint32_t vcpu)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];
    bool left = false;

    if (vgic_is_stale(cpu))
        recall_all(vcpu);
    else
        reclaim(cpu);
    look_at_lines(vcpu);
    for (uint32_t number = 0; number < HV_IRQ_WORDS; number++)
        left |= flush_word(vcpu, number);
    /* With something left: come back when the pending ones are taken, or, when all list registers
     * are active, when they empty. Never an event that is already true, or EL2 would not get out. */
    bool pending = left && any_pending_lr(cpu);
    if (left)
        vgic_forget(cpu); /* whatever comes now has to stand in line */
    cpu->waiting = left;
    gic_maintenance(left && pending, left && !pending);
}

/* A device's interrupt straight into a free list register: of no other one anything has to be looked at. */
static bool deliver_now(struct vgic_cpu *cpu, uint32_t intid, uint32_t empty)
{
    const struct vgic *g = cpu->common;
    const struct vgic_word *w = intid < 32 ? &cpu->word : &g->word[intid / 32];
    uint64_t priority = intid < 32 ? cpu->priority[intid] : g->priority[intid];
    uint32_t shift = intid % 32;
    uint32_t group = (atomic_load_explicit(&w->group, memory_order_relaxed) >> shift) & 1;
    uint32_t ready = atomic_load_explicit(&w->enabled, memory_order_relaxed) &
                     ~atomic_load_explicit(&w->active, memory_order_relaxed);

    if (cpu->waiting || vgic_is_stale(cpu) || ((vgic_load(&w->soft) >> shift) & 1))
        return false; /* others may come first, or it is no ordinary one */
    if (intid >= HV_SPI_FIRST && !vgic_is_routed(cpu->vcpu, intid))
        return false;
    /* GICD_CTLR's enable of group n is bit n. */
    if (!((ready >> shift) & 1) || !((atomic_load_explicit(&g->ctlr, memory_order_relaxed) >> group) & 1))
        return false;
    uint64_t lr = LR_COMMON | field_mask(ICH_LR_EL2, HW) | (uint64_t)intid << ICH_LR_EL2_pINTID_LO |
                  priority << ICH_LR_EL2_Priority_LO | (uint64_t)group << ICH_LR_EL2_Group_LO;

    lr_write(cpu, bits_lowest(empty), intid, lr, 0);
    cpu->direct[intid % VGIC_DIRECT_COUNT] = lr | intid;
    return true;
}

bool vgic_deliver_direct(struct vgic_cpu *cpu, uint32_t intid)
{
    uint64_t lr = cpu->direct[intid % VGIC_DIRECT_COUNT];

    if ((uint32_t)lr != intid || !(gic_lr_empty() & 1))
        return false;
    trace_put(HV_TRACE_IRQ, cpu->vcpu, intid);
    gic_lr_write(0, lr);
    cpu->lr_intid[0] = intid;
    return true;
}

void vgic_hardware_irq(uint32_t vcpu, uint32_t intid, bool running)
{
    if (running) {
        uint32_t empty = gic_lr_empty();

        if (empty != 0 && deliver_now(&vgic_cpus[vcpu], intid, empty))
            return;
    }
    atomic_fetch_or(&vgic_word_of(vcpu, intid / 32)->pending, (uint32_t)BIT(intid % 32));
    if (running)
        vgic_flush(vcpu);
    if (intid >= HV_SPI_FIRST && !vgic_is_routed(vcpu, intid))
        vgic_wake_routed(vcpu, intid); /* it was routed elsewhere while it was on its way */
}

bool vgic_wakes(uint32_t vcpu)
{
    struct vgic_cpu *cpu = &vgic_cpus[vcpu];

    cpu->lr_used = cpu->lr_all & ~gic_lr_empty();
    return cpu->waiting || any_pending_lr(cpu);
}
