/* SPDX-License-Identifier: Apache-2.0
 *
 * Both timers of EL1 and their PPIs: what the controller says of a line while the interrupt is
 * disabled, while the CPU masks it, and while it is active.
 */
#include "flat.h"

static void set(bool virtual, uint64_t ctl)
{
    if (virtual) {
        sysreg_write(cntv_cval_el0, 0);
        sysreg_write(cntv_ctl_el0, ctl);
    } else {
        sysreg_write(cntp_cval_el0, 0);
        sysreg_write(cntp_ctl_el0, ctl);
    }
    isb();
    settle();
}

static void check_one(bool virtual, uint32_t ppi, const char *const *name)
{
    uint32_t seen, token;

    gic_set_bit(ICENABLER, ppi);
    set(virtual, 0);
    seen = gic_bit(ISPENDR, ppi);
    set(virtual, 1);
    seen = seen << 1 | gic_bit(ISPENDR, ppi);
    seen = seen << 1 | gic_bit(ISACTIVER, ppi);
    set(virtual, 3); /* IMASK */
    seen = seen << 1 | gic_bit(ISPENDR, ppi);
    set(virtual, 1);
    seen = seen << 1 | gic_bit(ISPENDR, ppi);
    gic_set_bit(ICPENDR, ppi); /* a line that is high is not cleared */
    seen = seen << 1 | gic_bit(ISPENDR, ppi);
    set(virtual, 0);
    seen = seen << 1 | gic_bit(ISPENDR, ppi);
    check_equal(name[0], seen, 0x26); /* 0 1 0 0 1 1 0 */

    gic_set_bit(ISENABLER, ppi); /* and PSTATE.I is set */
    set(virtual, 1);
    seen = gic_bit(ISPENDR, ppi);
    seen = seen << 1 | gic_bit(ISACTIVER, ppi);
    set(virtual, 0);
    seen = seen << 1 | gic_bit(ISPENDR, ppi);
    irq_on();
    settle();
    irq_off();
    seen = seen << 4 | (got[0][ppi] & 0xf);
    check_equal(name[1], seen, 0x40); /* pending, not active, then not pending and never taken */

    set(virtual, 1);
    token = gic_acknowledge();
    seen = gic_bit(ISACTIVER, ppi);
    set(virtual, 0);
    gic_end(token);
    seen = seen << 1 | gic_bit(ISACTIVER, ppi);
    seen = seen << 1 | gic_bit(ISPENDR, ppi);
    check(name[2], (token & 0x3ff) == ppi && seen == 4, "token and state", (uint64_t)token << 32 | seen);

    mask_in_handler = ppi;
    set(virtual, 1);
    irq_on();
    settle();
    irq_off();
    check(name[3], got[0][ppi] == 1 && gic_bit(ISPENDR, ppi) && !gic_bit(ISACTIVER, ppi), "taken", got[0][ppi]);
    set(virtual, 0);
    mask_in_handler = SPURIOUS;
}

void check_timers(void)
{
    static const char *const virtual[] = {"vtimer-disabled", "vtimer-masked", "vtimer-active", "vtimer-handler"};
    static const char *const physical[] = {"ptimer-disabled", "ptimer-masked", "ptimer-active", "ptimer-handler"};

    check_one(true, machine.vtimer, virtual);
    check_one(false, machine.ptimer, physical);
}
