/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual timer, INTID 27: one absolute deadline in ticks of the virtual counter. Its interrupt is
 * level-triggered: the handler sets a later deadline or calls timer_stop(). The physical timer, INTID 30, is its twin
 * on a counter of its own; the kernel takes the virtual one and leaves this to the guest.
 */
#ifndef GUEST_TIMER_H
#define GUEST_TIMER_H

#include "cpu.h"

static inline uint64_t timer_frequency(void) { return sysreg_read(cntfrq_el0); }

static inline uint64_t timer_now(void)
{
    isb(); /* or the counter may be read early */
    return sysreg_read(cntvct_el0);
}

static inline void timer_set(uint64_t deadline)
{
    sysreg_write(cntv_cval_el0, deadline);
    sysreg_write(cntv_ctl_el0, 1);
    isb();
}

static inline void timer_stop(void)
{
    sysreg_write(cntv_ctl_el0, 0);
    isb();
}

static inline uint64_t ptimer_now(void)
{
    isb();
    return sysreg_read(cntpct_el0);
}

static inline void ptimer_set(uint64_t deadline)
{
    sysreg_write(cntp_cval_el0, deadline);
    sysreg_write(cntp_ctl_el0, 1);
    isb();
}

static inline void ptimer_stop(void)
{
    sysreg_write(cntp_ctl_el0, 0);
    isb();
}

#endif
