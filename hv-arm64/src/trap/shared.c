/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns on a shared pCPU. Whose turn it is, sched/ says; from then until the turn's end the CPU holds that
 * vCPU's state, whether it runs or not: the steps of its partition's start and its own stop are taken in
 * its turns alone. EL2's timer ends a turn. FP and debug registers stay whose they were until somebody
 * else touches them.
 */
#include "trap/shared.h"

#include "arch/guest_shared.h"
#include "arch/ops.h"
#include "arch/pcpu.h"
#include "config/config.h"
#include "dev/gic.h"
#include "dev/htimer.h"
#include "lib/bits.h"
#include "mem/mem.h"
#include "regs/regs.h"
#include "sched/shared_table.h"
#include "trace/trace.h"
#include "trap/trap.h"
#include "vdev/vgic.h"
#include "vdev/vgic_shared.h"
#include "vdev/vuart.h"

#define SPECIAL_INTID 1020u
#define ISR_EL1_I BIT(7)
#define EC_FP 0x07u   /* FP or SIMD, AArch64 and AArch32 */
#define EC_CP14 0x05u /* AArch32's view of debug registers */
#define EC_SYSREG 0x18u
#define OP0_DEBUG 2u

/* A vCPU of a shared pCPU. */
struct seat {
    /* What every switch moves comes first, within reach of a load of two. */
    struct guest_registers registers;
    struct vcpu *vcpu;
    uint64_t vttbr, vmpidr;
    uint32_t looked; /* struct shared.asked when it was last looked at */
    bool first;      /* vCPU 0 of its partition, in whose turns that is started */
    bool has_more;   /* interrupts that not everybody has */
    bool has_errors; /* the CPU has RAS */
    bool uses_fp;    /* it did, in this life */
    struct vgic_turns interrupts;
    struct frame frame; /* while it runs the stack pointer stands behind it */
    struct guest_fp fp;
    struct guest_debug debug;
};

struct shared {
    struct table table;
    struct seat *turn;  /* whose state the CPU holds; NULL: nobody's */
    struct seat *fp;    /* whose FP and SIMD registers */
    struct seat *debug; /* whose breakpoints and watchpoints */
    uint64_t step_ticks;
    uint32_t asked;     /* kicks so far: something was asked of a vCPU here */
    bool fp_used, debug_used; /* by anybody yet: until then all accesses trap, and a switch has nothing to do */
    struct guest_traps traps;
};

static struct shared shared[HV_PCPU_COUNT];
static struct seat seats[HV_VCPU_COUNT];

static struct shared *self_shared(void)
{
    return pcpu_self()->shared;
}

static bool is_on(const struct seat *seat)
{
    return atomic_load_explicit(&seat->vcpu->state, memory_order_relaxed) == VCPU_RUNNING;
}

/* ---- lazy registers ---- */

/* Until the first vCPU uses them they are nobody's, and each access traps. */
static void take_fp(struct shared *s, struct seat *seat)
{
    s->fp_used = true;
    guest_fp_trap(&s->traps, false);
    op_isb(); /* or saving them would trap */
    if (s->fp == seat)
        return;
    if (s->fp != NULL)
        guest_fp_save(&s->fp->fp);
    guest_fp_load(&seat->fp);
    s->fp = seat;
}

static void take_debug(struct shared *s, struct seat *seat)
{
    s->debug_used = true;
    guest_debug_trap(&s->traps, false);
    if (s->debug == seat)
        return;
    if (s->debug != NULL)
        guest_debug_save(&s->debug->debug);
    guest_debug_load(&seat->debug);
    s->debug = seat;
}

/* One that has used FP registers gets them back at its turn's begin: a trap would cost more. */
__attribute__((noinline)) static void fp_turn(struct shared *s, struct seat *to)
{
    if (to->uses_fp)
        take_fp(s, to);
    else
        guest_fp_trap(&s->traps, s->fp != to);
}

/* A trap that is there only because the registers are another vCPU's. */
static bool take_lazily(uint64_t esr)
{
    struct shared *s = self_shared();
    uint64_t class = field_get(ESR_EL2, EC, esr);

    if (class == EC_FP && s->fp != s->turn) {
        s->turn->uses_fp = true;
        take_fp(s, s->turn);
        return true;
    }
    if (s->debug != s->turn &&
        (class == EC_CP14 || (class == EC_SYSREG && field_get(ESR_SYSREG, Op0, esr) == OP0_DEBUG))) {
        take_debug(s, s->turn);
        return true; /* if it traps for another reason too, it comes again */
    }
    return false;
}

void shared_sync(struct frame *frame, uint64_t esr)
{
    if (!take_lazily(esr))
        trap_sync(frame, esr);
}

/* Its first use of all, or a life that begins: the registers have the values of a reset, which are put aside with it. */
static void give_back(struct shared *s, struct seat *seat)
{
    guest_fp_save(&seat->fp);
    guest_debug_save(&seat->debug);
    guest_mdscr_save(&seat->debug);
    seat->registers.cntvoff = sysreg_read(cntvoff_el2);
    seat->uses_fp = false;
    s->fp = s->debug = NULL;
    guest_fp_trap(&s->traps, true);
    guest_debug_trap(&s->traps, true);
}

__attribute__((noinline)) static void debug_turn(struct shared *s, struct seat *from, struct seat *to)
{
    if (from != NULL)
        guest_mdscr_save(&from->debug);
    if (to == NULL)
        return;
    guest_mdscr_load(&to->debug);
    if (guest_debugs(&to->debug))
        take_debug(s, to);
    else
        guest_debug_trap(&s->traps, s->debug != to);
}

/* ---- turns ---- */

static void *seat_of(uint32_t vcpu)
{
    return &seats[vcpu];
}

/* No guest's interrupts: nobody's turn, or that of one that is off. */
__attribute__((noinline)) static void stay(uint32_t enabled)
{
    part_hold(NULL);
    gic_virtual_off();
    if (enabled != 0)
        vgic_change_private(enabled, 0);
}

/* Returns the PPIs that it leaves enabled. */
static inline uint32_t leave(struct seat *seat)
{
    guest_registers_save(&seat->registers);
    if (seat->has_errors)
        guest_errors_save(&seat->registers);
    if (pcpu_self()->vcpu == NULL)
        return 0; /* all was made quiet when it went off */
    vgic_leave(&seat->interrupts);
    if (seat->has_more)
        vgic_leave_more(&seat->interrupts);
    return vgic_enabled_private(&seat->interrupts);
}

/* True: it runs on, with nothing to look at before. */
static inline bool come(struct shared *s, struct seat *seat, uint32_t enabled)
{
    struct pcpu *self = pcpu_self();

    mem_switch_stage2(seat->vttbr);
    sysreg_write(vmpidr_el2, seat->vmpidr);
    guest_registers_load(&seat->registers);
    if (s->fp_used)
        fp_turn(s, seat);
    if (seat->has_errors)
        guest_errors_load(&seat->registers);
    self->frame = &seat->frame;
    if (is_on(seat)) {
        vgic_come(&seat->interrupts, enabled);
        if (seat->has_more)
            vgic_come_more(&seat->interrupts);
        self->vcpu = seat->vcpu;
        self->vgic = seat->interrupts.cpu;
        return seat->looked == s->asked;
    }
    stay(enabled);
    return false;
}

/* The timer's interrupt: the next turn begins. True as come() has it. */
__attribute__((noinline)) static bool turn_over(struct shared *s)
{
    uint64_t now = htimer_count();
    struct seat *from = s->turn;
    struct seat *to;
    struct turn turn;
    uint32_t enabled;

    if (now < s->table.until) { /* it was on its way when the timer was set anew */
        gic_end_inline(HV_HTIMER_INTID);
        return false;
    }
    turn = table_next(&s->table, now);
    to = turn.who;
    htimer_set(turn.until);
    gic_end_inline(HV_HTIMER_INTID); /* it may come again, but for the new time */
    if (from == to)
        return false;
    s->turn = to;
    trace_put(HV_TRACE_TURN, to != NULL ? to->vcpu->id : HV_NONE, 0);
    if (s->debug_used)
        debug_turn(s, from, to);
    enabled = from != NULL ? leave(from) : 0;
    if (to != NULL)
        return come(s, to, enabled);
    stay(enabled);
    return false;
}

/* It is looked at before it runs again. */
static void look_again(struct shared *s, struct seat *seat)
{
    seat->looked = s->asked - 1;
}

/* What was asked of it since it was last looked at. True: it may run. */
__attribute__((noinline)) static bool look(struct shared *s, struct seat *seat)
{
    struct vcpu *v = seat->vcpu;
    bool fp_used = s->fp_used, debug_used = s->debug_used;
    bool was_on = is_on(seat);
    bool on;

    seat->looked = s->asked;
    if (!was_on) { /* it may be reset now, with registers that must be its own */
        take_fp(s, seat);
        take_debug(s, seat);
    }
    on = part_vcpu_ready(v);
    if (!was_on) {
        give_back(s, seat);
        s->fp_used = fp_used;
        s->debug_used = debug_used;
    }
    part_hold(on ? v : NULL);
    if (on) {
        vuart_poll(v->id);
        vgic_flush(v->id);
    }
    return on;
}

/* A life that begins or ends takes a while: not where the turn might end before it does. */
__attribute__((noinline)) static bool has_time(const struct shared *s, const struct seat *seat)
{
    bool goes_on = is_on(seat) && part_state(seat->vcpu->partition) == PART_RUNNING;

    return goes_on || htimer_now() + s->step_ticks <= s->table.until;
}

/* It is its turn: may it run? */
static inline bool ready(struct shared *s)
{
    struct seat *seat = s->turn;

    return seat != NULL && ((seat->looked == s->asked && is_on(seat)) || (has_time(s, seat) && look(s, seat)));
}

/* ---- interrupts ---- */

/* A device's or a timer's. Of a vCPU that is not here now it is kept; of a partition that does not run it is dropped. */
static void owned_irq(struct shared *s, uint32_t intid)
{
    struct vcpu *here = pcpu_self()->vcpu;
    uint32_t owner = config_irq_owner(intid);
    uint32_t vcpu;

    if (here != NULL && config_irq_is_of(intid, here->partition)) {
        vgic_hardware_irq(here->id, intid, true);
        return;
    }
    if (owner >= HV_PARTITION_COUNT || intid < HV_SPI_FIRST || part_state(owner) != PART_RUNNING) {
        gic_deactivate(intid);
        return;
    }
    vcpu = config_partition(owner)->vcpu_first; /* its only one (BH-SCHED-009) */
    vgic_hardware_irq(vcpu, intid, false);
    look_again(s, &seats[vcpu]);
}

__attribute__((noinline)) static void take(struct shared *s, uint32_t intid)
{
    const struct hv_global_config *g = config_global();

    if (intid == HV_HTIMER_INTID) {
        turn_over(s);
        return;
    }
    gic_drop(intid);
    if (intid == GIC_SGI_KICK || intid == GIC_SGI_VGIC) {
        s->asked++;
        gic_deactivate(intid);
    } else if (intid == g->maintenance_intid) {
        if (pcpu_self()->vcpu != NULL)
            vgic_flush(pcpu_self()->vcpu->id);
        gic_deactivate(intid);
    } else {
        owned_irq(s, intid);
    }
}

struct frame *shared_irq(void)
{
    struct shared *s = self_shared();
    struct pcpu *self = pcpu_self();
    uint32_t intid = gic_ack_inline();

    if (intid == HV_HTIMER_INTID) {
        if (turn_over(s))
            return self->frame;
    } else if (vgic_deliver_direct(self->vgic, intid)) {
        gic_drop(intid);
    } else if (intid < SPECIAL_INTID) {
        take(s, intid);
    }
    if (!ready(s))
        shared_loop();
    return self->frame;
}

void shared_suspend(void)
{
    struct shared *s = self_shared();

    take_fp(s, s->turn);
    take_debug(s, s->turn);
}

/* ---- nobody runs ---- */

/* A step of its partition's start, if one is sure to be over before the turn is. True: there is more to do. */
static bool step(const struct shared *s)
{
    return s->turn != NULL && s->turn->first && htimer_now() + s->step_ticks <= s->table.until &&
           part_step(s->turn->vcpu->partition);
}

static void wait_for_origin(void)
{
    while (table_origin() == 0) {
        if (sysreg_read(isr_el1) & ISR_EL1_I)
            gic_end(gic_ack()); /* a kick: whose turn it is, is not known yet */
        else
            op_wfi();
    }
}

_Noreturn void shared_loop(void)
{
    struct shared *s = self_shared();

    part_hold(NULL);
    if (s->table.until == 0) {
        wait_for_origin();
        s->table.until = table_begin(&s->table, seat_of).until;
        htimer_arm(s->table.until); /* it stays on from now on */
    }
    if (s->turn != NULL)
        look_again(s, s->turn); /* it did something that ended its run */
    for (;;) {
        bool more = step(s);
        uint32_t intid;

        if (ready(s))
            entry_resume(pcpu_self()->frame);
        if (!(sysreg_read(isr_el1) & ISR_EL1_I)) {
            if (!more)
                op_wfi();
            continue;
        }
        intid = gic_ack();
        if (intid < SPECIAL_INTID)
            take(s, intid);
    }
}

void shared_init(void)
{
    struct shared *s = &shared[pcpu_self()->id];

    pcpu_self()->shared = s;
    s->step_ticks = htimer_ticks(HV_START_STEP_US);
    guest_lazy_traps(&s->traps);
    guest_fp_trap(&s->traps, true);
    guest_debug_trap(&s->traps, true);
    for (uint32_t id = 0; id < HV_VCPU_COUNT; id++) {
        const struct hv_vcpu_config *c = config_vcpu(id);
        const struct hv_partition_config *p = config_partition(c->partition);
        struct seat *seat = &seats[id];

        if (c->pcpu != pcpu_self()->id)
            continue;
        seat->vcpu = part_vcpu(id);
        seat->vttbr = p->vttbr;
        seat->vmpidr = part_vmpidr(seat->vcpu);
        seat->first = p->vcpu_first == id;
        seat->registers.hcr = sysreg_read(hcr_el2);
        vgic_share(&seat->interrupts, id);
        seat->has_errors = guest_has_errors();
        seat->has_more = vgic_has_more(&seat->interrupts);
        look_again(s, seat);
        if (seat->first && p->autostart)
            part_start(c->partition);
    }
}
