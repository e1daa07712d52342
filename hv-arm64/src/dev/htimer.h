/* SPDX-License-Identifier: Apache-2.0
 *
 * EL2's own timer (CNTHP) and the physical count. Arm DDI 0487, "The Generic Timer".
 */
#ifndef HV_DEV_HTIMER_H
#define HV_DEV_HTIMER_H

#include <stdint.h>

#include "arch/ops.h"

void htimer_init(void);           /* on each pCPU */
uint64_t htimer_now(void);        /* ticks */
uint64_t htimer_ticks(uint64_t us);
void htimer_arm(uint64_t at);     /* interrupt when the count reaches `at` */
void htimer_disarm(void);

/* For a timer that is on and stays on: another time, and the count without waiting for what came before. */
static inline void htimer_set(uint64_t at)
{
    sysreg_write(cnthp_cval_el2, at);
}
static inline uint64_t htimer_count(void)
{
    return sysreg_read(cntpct_el0);
}

#endif
