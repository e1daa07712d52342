/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual GIC of a partition with two vCPUs against a plain model of the manual's state
 * machine (Arm IHI 0069, "Interrupt handling state machine"), over random operations of both
 * guests' CPUs and of devices. After each step, when every kick was served: nothing is lost,
 * nothing is given that may not be, the best comes first, and the registers read what was written.
 *
 * A device's interrupt is latched twice, by the physical controller and, once EL2 took it, by the
 * virtual one. A second event in between is therefore delivered a second time, where one
 * controller alone would merge them: the model allows it (`again`), but never more than that.
 *
 * A level-triggered device's line may fall again before its interrupt is acknowledged: it may come
 * nevertheless (`fell`), but not once the guest has read that it is not pending. What was disabled
 * may be on its way to EL2 for a while (RWP).
 *
 * With a GICv2 an SGI is pending once for each vCPU that sent it, and always enabled.
 */
#include "vgic_guest.h"

#define VCPUS 2u
#define NOTHING 1023u
#define IDLE 0x100u
#define UART HV_GUEST_UART_INTID
#define NOWHERE 9u /* an affinity no vCPU has */
#define STEPS 120000u
#define LONG_STEPS 1200000u

enum kind { SGI, UART_LINE, DEVICE_EDGE, DEVICE_LEVEL };

struct irq {
    enum kind kind;
    uint32_t intid;
    uint32_t home; /* of an SGI or PPI: the vCPU */
    bool enabled, group, active, line, again, fell;
    uint32_t latch; /* of a GICv2's SGI a bit for each source, else 0 or 1 */
    uint8_t priority;
    uint32_t route; /* of an SPI: vCPU index, or nobody's */
};

static struct irq irqs[64];
static uint32_t irq_count;
static uint32_t ctlr;

/* What a vCPU acknowledged and has not ended: GICv3 wants the reverse order. */
static struct entry {
    struct irq *irq;
    uint32_t priority;
    bool valid; /* still active by this acknowledge: nobody wrote ICACTIVER */
} stack[VCPUS][64];
static uint32_t depth[VCPUS];

/* The latest operations, for a failure. */
#define LOG 24u
static char said[LOG][80];
static uint32_t said_count;
#define SAY(...) snprintf(said[said_count++ % LOG], sizeof(said[0]), __VA_ARGS__)

static struct { uint64_t acks, spurious, waits, nested; } seen;

static void add(enum kind kind, uint32_t intid, uint32_t home)
{
    bool enabled = HV_GIC_VERSION == 2 && kind == SGI;

    irqs[irq_count++] =
        (struct irq){ .kind = kind, .intid = intid, .home = home, .enabled = enabled };
}

static void build_model(void)
{
    static const uint32_t level[] = { 40, 42, 44, 70, 71, 72, 100, 102 };
    static const uint32_t edge[] = { 41, 43, 45, 101 };

    for (uint32_t v = 0; v < VCPUS; v++) {
        for (uint32_t intid = 0; intid < 8; intid++)
            add(SGI, intid, v);
        add(DEVICE_LEVEL, FAKE_VTIMER_INTID, v);
    }
    add(UART_LINE, UART, 0);
    for (uint32_t i = 0; i < ARRAY_COUNT(level); i++)
        add(DEVICE_LEVEL, level[i], 0);
    for (uint32_t i = 0; i < ARRAY_COUNT(edge); i++)
        add(DEVICE_EDGE, edge[i], 0);
}

static bool is_private(const struct irq *i)
{
    return i->intid < 32;
}

static uint32_t target(const struct irq *i)
{
    return is_private(i) ? i->home : i->route;
}

static bool has_source(const struct irq *i)
{
    return HV_GIC_VERSION == 2 && i->kind == SGI;
}

static bool is_device(const struct irq *i)
{
    return i->kind == DEVICE_EDGE || i->kind == DEVICE_LEVEL;
}

static bool is_pending(const struct irq *i)
{
    return i->latch != 0 || i->line;
}

/* Enabled, let through, and for this vCPU: only pending decides. */
static bool is_let_through(const struct irq *i, uint32_t v)
{
    return i->enabled && !i->active && (ctlr >> i->group & 1) && target(i) == v;
}

static struct irq *find(uint32_t intid, uint32_t v)
{
    for (uint32_t n = 0; n < irq_count; n++)
        if (irqs[n].intid == intid && (!is_private(&irqs[n]) || irqs[n].home == v))
            return &irqs[n];
    return NULL;
}

static uint32_t running(uint32_t v)
{
    return depth[v] > 0 ? stack[v][depth[v] - 1].priority : IDLE;
}

static void invalidate(const struct irq *i)
{
    for (uint32_t v = 0; v < VCPUS; v++)
        for (uint32_t n = 0; n < depth[v]; n++)
            if (stack[v][n].irq == i)
                stack[v][n].valid = false;
}

static bool is_acknowledged(const struct irq *i, uint32_t *by)
{
    for (*by = 0; *by < VCPUS; (*by)++)
        for (uint32_t n = 0; n < depth[*by]; n++)
            if (stack[*by][n].irq == i && stack[*by][n].valid)
                return true;
    return false;
}

/* The guest may be given it, though for the controller alone it is not pending. */
static bool is_late(const struct irq *i)
{
    return i->again || i->fell;
}

static void event(struct irq *i)
{
    if (is_device(i) && (is_pending(i) || i->fell))
        i->again = true;
    i->latch = 1;
}

/* ---- operations; `a` is the vCPU whose guest does it ---- */

static void op_enable(uint32_t a, struct irq *i)
{
    SAY("vcpu %u: enable %u of %u", a, i->intid, i->home);
    bit_write(GICD_ISENABLER, i->home, i->intid);
    i->enabled = true;
}

static void op_disable(uint32_t a, struct irq *i)
{
    SAY("vcpu %u: disable %u of %u", a, i->intid, i->home);
    bit_write(GICD_ICENABLER, i->home, i->intid);
    i->enabled = has_source(i); /* which nothing disables */
}

/* Pending or not from some vCPUs. */
static void change_sources(uint32_t a, struct irq *i, bool set)
{
    uint32_t sources = check_below(8), before = fake.self; /* one of them is nobody */

    SAY("vcpu %u: %s pending %u of %u from %x", a, set ? "set" : "clear", i->intid, i->home, sources);
    on_pcpu(i->home);
    guest_store(HV_GUEST_GICD_IPA + (set ? GICD_SPENDSGIR : GICD_CPENDSGIR) + i->intid, 1, sources);
    on_pcpu(before);
    sources &= (1u << VCPUS) - 1;
    i->latch = set ? i->latch | sources : i->latch & ~sources;
}

static void op_pend(uint32_t a, struct irq *i)
{
    if (has_source(i)) {
        change_sources(a, i, true);
        return;
    }
    SAY("vcpu %u: set pending %u of %u", a, i->intid, i->home);
    bit_write(GICD_ISPENDR, i->home, i->intid);
    event(i);
}

static void op_unpend(uint32_t a, struct irq *i)
{
    if (has_source(i)) {
        change_sources(a, i, false);
        return;
    }
    SAY("vcpu %u: clear pending %u of %u", a, i->intid, i->home);
    bit_write(GICD_ICPENDR, i->home, i->intid);
    i->latch = 0;
    i->again = i->fell = false;
}

static void op_activate(uint32_t a, struct irq *i)
{
    SAY("vcpu %u: set active %u of %u", a, i->intid, i->home);
    bit_write(GICD_ISACTIVER, i->home, i->intid);
    i->active = true;
}

static void op_deactivate(uint32_t a, struct irq *i)
{
    SAY("vcpu %u: clear active %u of %u", a, i->intid, i->home);
    bit_write(GICD_ICACTIVER, i->home, i->intid);
    i->active = false;
    invalidate(i);
}

static void op_priority(uint32_t a, struct irq *i)
{
    uint8_t priority = (uint8_t)check_random();

    if (check_below(2))
        priority = (uint8_t)(0x40 * check_below(4)); /* often equal */
    SAY("vcpu %u: priority %u of %u = 0x%x", a, i->intid, i->home, priority);
    priority_set(i->home, i->intid, priority);
    i->priority = priority & VGIC_PRIORITY_MASK;
}

static void op_group(uint32_t a, struct irq *i)
{
    SAY("vcpu %u: group %u of %u = %u", a, i->intid, i->home, !i->group);
    group_write(i->home, i->intid, !i->group);
    i->group = !i->group;
}

static void op_route(uint32_t a, struct irq *i)
{
    uint32_t to = check_below(8) == 0 ? NOWHERE : check_below(VCPUS);

    /* An emulated line that is active on one vCPU would come to the other one at once. */
    if (is_private(i) || (i->kind == UART_LINE && i->active))
        return;
    SAY("vcpu %u: route %u to %u", a, i->intid, to);
    route(i->intid, to);
    i->route = to;
}

static void op_control(uint32_t a, struct irq *i)
{
    (void)i;
    ctlr = check_below(3) ? 3 : check_below(4);
    SAY("vcpu %u: GICD_CTLR = %u", a, ctlr);
    gicd_write(GICD_CTLR, ctlr);
}

static void op_sgi(uint32_t a, struct irq *i)
{
    uint32_t intid = check_below(8), group = check_below(4) != 0, list = check_below(4);
    bool others = check_below(4) == 0;

    (void)i;
    SAY("vcpu %u: send SGI %u group %u to %x%s", a, intid, group, list, others ? " (others)" : "");
    sgi_send(intid, list, others, group);
    for (uint32_t v = 0; v < VCPUS; v++) {
        struct irq *to = find(intid, v);

        if (!(others ? v != a : list >> v & 1))
            continue;
        if (has_source(to))
            to->latch |= 1u << a;
        else if (to->group == group)
            to->latch = 1;
    }
}

static void op_device(uint32_t a, struct irq *i)
{
    (void)a;
    switch (i->kind) {
    case SGI:
        break;
    case UART_LINE:
        i->line = check_below(2);
        SAY("UART line %u", i->line);
        vgic_set_level(CONTROL, UART, i->line);
        break;
    case DEVICE_EDGE:
        SAY("device pulse %u", i->intid);
        fake_gic_pulse(i->intid, 0);
        event(i);
        break;
    case DEVICE_LEVEL:
        if (i->line && !i->active && i->latch == 0 && !i->again)
            i->fell = true;
        else if (i->line)
            break;
        i->line = !i->line;
        SAY("device line %u of %u %s", i->intid, i->home, i->line ? "rises" : "falls");
        fake_gic_line(i->intid, i->home, i->line);
        break;
    }
}

/* ---- the guest's side: acknowledge and end ---- */

static void guest_end(uint32_t a)
{
    if (depth[a] == 0)
        return;
    struct entry e = stack[a][--depth[a]];

    if (e.valid && e.irq->kind == DEVICE_LEVEL && check_below(4)) {
        fake_gic_line(e.irq->intid, e.irq->home, false); /* its handler served the device */
        e.irq->line = false;
    }
    SAY("vcpu %u: ends %u%s", a, e.irq->intid, e.valid ? "" : ", not active any more");
    CHECK_EQ(fake_guest_eoi(e.irq->intid), e.valid);
    if (e.valid)
        e.irq->active = false;
}

static void guest_ack(uint32_t a)
{
    uint32_t priority;
    uint32_t intid = fake_guest_ack(running(a), &priority);
    struct irq *i = find(intid, a);

    if (intid == NOTHING) {
        seen.spurious++;
        if (check_below(6) == 0)
            guest_end(a); /* so that something gets in again */
        return;
    }
    SAY("vcpu %u: acknowledges %u, priority 0x%x", a, intid, priority);
    CHECK(i != NULL);
    CHECK(is_let_through(i, a));
    CHECK(is_pending(i) || is_late(i));
    if (has_source(i)) {
        uint32_t source = 1u << fake_guest_source(intid);
        CHECK(i->latch & source);
        i->latch &= ~source;
    } else if (i->latch)
        i->latch = 0;
    else if (!i->line)
        i->again = false;
    i->fell = false;
    i->active = true;
    stack[a][depth[a]++] = (struct entry){ i, priority, true };
    seen.acks++;
    seen.nested += depth[a] > 1;
}

/* ---- what must hold ---- */

static void check_list_registers(uint32_t v)
{
    uint32_t best = IDLE, valid = 0, active = 0;
    bool waits;

    for (uint32_t n = 0; n < fake_lr_count(); n++) {
        uint64_t lr = *fake_lr(n);
        uint32_t state = lr >> 62, intid = (uint32_t)lr;

        if (state == 0)
            continue;
        valid++;
        active += state >> 1;
        const struct irq *i = find(intid, v);
        CHECK(i != NULL);
        for (uint32_t k = 0; k < n; k++) /* "Usage model for the List registers": unpredictable */
            CHECK(*fake_lr(k) >> 62 == 0 || (uint32_t)*fake_lr(k) != intid);
        CHECK_EQ(lr >> 61 & 1, is_device(i));
        if (is_device(i)) {
            CHECK_EQ(lr >> 32 & 0x1fff, intid);
            CHECK(state != 3); /* as above: the physical controller holds that */
            CHECK(fake_irq(intid, v)->active);
        }
        if (state >> 1)
            CHECK(i->active);
        if (state != 1)
            continue;
        if (!is_let_through(i, v) || !(is_pending(i) || is_late(i))) {
            CHECK_WHY("vcpu %u is given %u", v, intid);
            return;
        }
        CHECK_EQ(lr >> 60 & 1, i->group);
        CHECK_EQ(lr >> 48 & 0xff, i->priority);
        if (i->priority < best)
            best = i->priority;
    }
    /* Where all list registers were active EL2 comes back at the underflow, not before. */
    waits = active == fake_lr_count() || ((fake.cpu[v].reg[FAKE_ICH_HCR_EL2] & 2) && valid > 1);
    seen.waits += waits;
    for (uint32_t n = 0; n < irq_count && !waits; n++)
        if (is_pending(&irqs[n]) && is_let_through(&irqs[n], v) && irqs[n].priority < best) {
            CHECK_WHY("vcpu %u is not given %u, priority 0x%x; the best it has is 0x%x", v, irqs[n].intid,
                      irqs[n].priority, best);
            return;
        }
}

static void check_registers(uint32_t v)
{
    CHECK_EQ(gicd_read(GICD_CTLR) & 3, ctlr);
    for (uint32_t n = 0; n < irq_count; n++) {
        const struct irq *i = &irqs[n];
        uint32_t by;
        bool acknowledged = is_acknowledged(i, &by);
        bool pending, ok;

        if (HV_GIC_VERSION == 2 && is_private(i) && i->home != v)
            continue; /* it cannot ask */
        CHECK_EQ(bit_read(GICD_ISENABLER, i->home, i->intid), i->enabled);
        CHECK_EQ(bit_read(GICD_ICENABLER, i->home, i->intid), i->enabled);
        CHECK_EQ(bit_read(GICD_IGROUPR, i->home, i->intid), i->group);
        /* What is in the other vCPU's list registers only its own CPU can read. */
        if (acknowledged ? by != v : (target(i) < VCPUS && target(i) != v))
            continue;
        pending = bit_read(GICD_ISPENDR, i->home, i->intid);
        ok = pending ? is_pending(i) || i->again : !is_pending(i);
        if (!ok && target(i) != v && acknowledged)
            continue;
        if (!ok) {
            CHECK_WHY("vcpu %u reads pending %u of %u as %u", v, i->intid, i->home, pending);
            return;
        }
        CHECK_EQ(bit_read(GICD_ICPENDR, i->home, i->intid), pending);
        if (!pending)
            irqs[n].fell = false;
        if (has_source(i))
            CHECK_EQ(guest_load(HV_GUEST_GICD_IPA + GICD_SPENDSGIR + i->intid, 1), i->latch);
        if (bit_read(GICD_ISACTIVER, i->home, i->intid) != i->active) {
            CHECK_WHY("vcpu %u reads active %u of %u as %u", v, i->intid, i->home, !i->active);
            return;
        }
    }
}

static void check_everything(uint32_t step)
{
    if (!machine_settle())
        return;
    for (uint32_t v = 0; v < VCPUS; v++) {
        on_pcpu(v);
        check_list_registers(v);
        CHECK_STILL_OK();
        if (step % 8 == 0)
            check_registers(v);
        CHECK_STILL_OK();
    }
}

typedef void op_fn(uint32_t a, struct irq *i);

static op_fn *const ops[] = {
    op_enable, op_enable, op_enable, op_enable, op_disable, op_pend, op_pend, op_unpend, op_activate,
    op_deactivate, op_deactivate, op_priority, op_group, op_route, op_control,
    op_sgi, op_sgi, op_sgi, op_sgi, op_sgi, op_sgi,
    op_device, op_device, op_device, op_device, op_device, op_device, op_device, op_device, op_device,
};

static void one_step(uint32_t step)
{
    uint32_t a = check_below(VCPUS);
    bool busy = step / 500 % 2; /* handlers that are interrupted, then handlers that end */

    if (check_below(2)) {
        on_pcpu(a);
        if (check_below(8) < (busy ? 6 : 2))
            guest_ack(a);
        else
            guest_end(a);
    } else {
        for (uint32_t n = check_below(3) + 1; n > 0; n--) { /* nobody has been kicked in between */
            a = check_below(VCPUS);
            on_pcpu(a);
            fake.disables_late = check_below(2);
            ops[check_below(ARRAY_COUNT(ops))](a, &irqs[check_below(irq_count)]);
        }
    }
    if (check_below(4) == 0)
        fake_gic_catch_up();
    CHECK_STILL_OK();
    check_everything(step);
}

/* Serve all that is left: in the end nothing is pending, nothing active, nothing latched anywhere. */
static void drain(void)
{
    for (uint32_t v = 0; v < VCPUS; v++)
        while (depth[v] > 0) {
            on_pcpu(v);
            guest_end(v);
            CHECK_STILL_OK();
            machine_settle();
        }
    on_pcpu(0);
    ctlr = 3;
    gicd_write(GICD_CTLR, 3);
    for (uint32_t n = 0; n < irq_count; n++) {
        struct irq *i = &irqs[n];

        op_deactivate(0, i);
        if (!is_private(i)) {
            route(i->intid, 1);
            i->route = 1;
        }
        if (i->kind == UART_LINE) {
            i->line = false;
            vgic_set_level(CONTROL, UART, false);
        }
        op_enable(0, i);
    }
    for (uint32_t turn = 0; turn < 400; turn++)
        for (uint32_t v = 0; v < VCPUS; v++) {
            machine_settle();
            on_pcpu(v);
            guest_ack(v);
            CHECK_STILL_OK();
            if (depth[v] > 0 && stack[v][depth[v] - 1].irq->kind == DEVICE_LEVEL) {
                fake_gic_line(stack[v][depth[v] - 1].irq->intid, stack[v][depth[v] - 1].irq->home, false);
                stack[v][depth[v] - 1].irq->line = false;
            }
            guest_end(v);
            CHECK_STILL_OK();
        }
    for (uint32_t n = 0; n < irq_count; n++)
        if (is_pending(&irqs[n]) || irqs[n].active) {
            CHECK_WHY("%u of %u was never given", irqs[n].intid, irqs[n].home);
            return;
        }
}

static void random_operations(void)
{
    uint32_t steps = check_long ? LONG_STEPS : STEPS;

    printf("# seed %llu\n", (unsigned long long)check_seed);
    machine_line_is_the_tests = true;
    machine_start();
    CHECK_STILL_OK();
    routes_begin();
    build_model();
    for (uint32_t step = 0; step < steps; step++) {
        one_step(step);
        if (check_why[0] == 0 && step % 4000 == 3999)
            drain();
        if (check_why[0] != 0) {
            size_t at = strlen(check_why);
            snprintf(check_why + at, sizeof(check_why) - at, " (step %u, --seed %llu)", step,
                     (unsigned long long)check_seed);
            for (uint32_t n = said_count > LOG ? said_count - LOG : 0; n < said_count; n++)
                printf("#   %s\n", said[n % LOG]);
            return;
        }
    }
    printf("# %llu acknowledged (%llu nested), %llu times nothing, %llu times all active\n",
           (unsigned long long)seen.acks, (unsigned long long)seen.nested, (unsigned long long)seen.spurious,
           (unsigned long long)seen.waits);
    CHECK(seen.acks > steps / 20); /* the campaign does what it says */
    CHECK(seen.nested > steps / 200);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(random_operations);
    return check_end();
}
