/* SPDX-License-Identifier: Apache-2.0
 *
 * EL2's own timer.
 */
#include "dev/htimer.h"

#include "arch/ops.h"
#include "arch/pcpu.h"

#define TIMER_ON 1u

void htimer_init(void)
{
    pcpu_self()->counter_hz = sysreg_read(cntfrq_el0);
    sysreg_write(cnthp_ctl_el2, 0u);
}

uint64_t htimer_now(void)
{
    op_isb(); /* the count may be read early */
    return sysreg_read(cntpct_el0);
}

uint64_t htimer_ticks(uint64_t us)
{
    return pcpu_self()->counter_hz / 1000 * us / 1000; /* up to 18 thousand seconds at 1 GHz */
}

void htimer_arm(uint64_t at)
{
    sysreg_write(cnthp_cval_el2, at);
    sysreg_write(cnthp_ctl_el2, TIMER_ON);
    op_isb();
}

void htimer_disarm(void)
{
    sysreg_write(cnthp_ctl_el2, 0u);
    op_isb();
}
