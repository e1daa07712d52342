/* SPDX-License-Identifier: Apache-2.0
 *
 * EL1's two timers, virtual and physical, register by register and side by side: neither has anything of the other's.
 * Arm DDI 0487, "The Generic Timer in AArch64 state"; the same checks for both, their names end in -v and -p.
 */
#include "../check.h"

#define ENABLE 1u
#define IMASK 2u
#define ISTATUS 4u
#define HALF 0x80000000ul

#define ACCESS(name, register)                                                        \
    static uint64_t get_##name(void) { isb(); return sysreg_read(register); }         \
    static void set_##name(uint64_t value) { sysreg_write(register, value); isb(); }
ACCESS(v_ctl, cntv_ctl_el0)
ACCESS(v_cval, cntv_cval_el0)
ACCESS(v_tval, cntv_tval_el0)
ACCESS(p_ctl, cntp_ctl_el0)
ACCESS(p_cval, cntp_cval_el0)
ACCESS(p_tval, cntp_tval_el0)
static uint64_t v_count(void) { isb(); return sysreg_read(cntvct_el0); }
static uint64_t p_count(void) { isb(); return sysreg_read(cntpct_el0); }

static const struct timer {
    char letter;
    uint32_t intid;
    uint64_t (*ctl)(void), (*cval)(void), (*tval)(void), (*count)(void);
    void (*set_ctl)(uint64_t), (*set_cval)(uint64_t), (*set_tval)(uint64_t);
} timers[] = {
    {'v', 27, get_v_ctl, get_v_cval, get_v_tval, v_count, set_v_ctl, set_v_cval, set_v_tval},
    {'p', 30, get_p_ctl, get_p_cval, get_p_tval, p_count, set_p_ctl, set_p_cval, set_p_tval},
};

static volatile uint32_t fired[2], keep;

static void handler(uint32_t intid)
{
    uint32_t n = intid == timers[1].intid;

    if (++fired[n] >= keep)
        timers[n].set_ctl(0);
}

static void check(const struct timer *t, const char *what, bool ok)
{
    print(ok ? "PASS %s-%c\n" : "FAIL %s-%c: no\n", what, t->letter);
}

static void quiet(uint32_t times)
{
    timers[0].set_ctl(0);
    timers[1].set_ctl(0);
    check_settle();
    fired[0] = fired[1] = 0;
    keep = times;
}

static void check_registers(const struct timer *t)
{
    uint64_t second = timer_frequency(), before, after, set;

    check(t, "off-at-start", (t->ctl() & ENABLE) == 0);
    t->set_cval(0x123456789abcdef0);
    check(t, "cval-64-bits", t->cval() == 0x123456789abcdef0);
    t->set_ctl(ENABLE | IMASK);
    t->set_cval(t->count() + 1000 * second);
    check(t, "not-yet", (t->ctl() & 7) == (ENABLE | IMASK));
    t->set_cval(t->count());
    check(t, "istatus", (t->ctl() & 7) == (ENABLE | IMASK | ISTATUS));
    t->set_cval(~0ul);
    check(t, "never", (t->ctl() & ISTATUS) == 0);
    t->set_cval(0);
    check(t, "always", (t->ctl() & ISTATUS) != 0);

    before = t->count();
    t->set_tval(second);
    after = t->count();
    set = t->cval();
    check(t, "tval-sets-cval", set >= before + second && set <= after + second);
    before = t->count();
    t->set_tval((uint32_t)-1000);
    after = t->count();
    check(t, "tval-is-signed", t->cval() + 1000 >= before && t->cval() + 1000 <= after && (t->ctl() & ISTATUS) != 0);
    t->set_tval(HALF);
    check(t, "tval-smallest", t->cval() + HALF <= t->count());
    set = t->count() + second;
    t->set_cval(set);
    before = t->count();
    after = (uint32_t)t->tval();
    check(t, "tval-counts-down", after <= set - before && after + second / 2 >= set - before);
    t->set_cval(t->count() - 5000);
    check(t, "tval-goes-on", (int32_t)t->tval() <= -5000);
    t->set_ctl(0);
}

static void check_interrupts(const struct timer *t, uint32_t self)
{
    quiet(1);
    t->set_cval(t->count() + timer_frequency() / 1000);
    t->set_ctl(ENABLE);
    check(t, "comes", check_wait(&fired[self], 1));
    check_settle();
    check(t, "once-and-alone", fired[self] == 1 && fired[!self] == 0);
    quiet(3);
    t->set_cval(0);
    t->set_ctl(ENABLE);
    check(t, "level", check_wait(&fired[self], 3));
    quiet(1);
    t->set_ctl(ENABLE | IMASK);
    check_settle();
    check(t, "imask", fired[self] == 0);
    t->set_ctl(ENABLE);
    check(t, "imask-off", check_wait(&fired[self], 1));
    quiet(1);
    t->set_cval(t->count() + timer_frequency() / 1000);
    t->set_ctl(ENABLE);
    t->set_cval(~0ul); /* in time */
    cpu_spin_ticks(timer_frequency() / 500);
    check(t, "put-off", fired[self] == 0);
    t->set_tval(0);
    check(t, "tval-zero", check_wait(&fired[self], 1));
}

void guest_main(void)
{
    uint64_t offset, sum = 0;

    for (uint32_t n = 0; n < 2; n++) {
        irq_set_handler(timers[n].intid, handler);
        gic_enable(timers[n].intid);
        check_registers(&timers[n]);
    }
    irq_unmask();
    for (uint32_t n = 0; n < 2; n++)
        check_interrupts(&timers[n], n);
    quiet(1);
    offset = p_count() - v_count();
    timers[0].set_cval(v_count() + timer_frequency() / 1000);
    timers[1].set_cval(p_count() + timer_frequency() / 1000);
    timers[0].set_ctl(ENABLE);
    timers[1].set_ctl(ENABLE);
    check_that("both", check_wait(&fired[0], 1) && check_wait(&fired[1], 1), "not both");
    for (uint32_t i = 0; i < 100; i++)
        sum += (p_count() - v_count()) - offset < timer_frequency() / 10; /* what a switch of CPUs in an emulator costs */
    check_equal("one-offset", sum, 100);
    check_done();
}
