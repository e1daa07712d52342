/* SPDX-License-Identifier: Apache-2.0
 *
 * EL2's own timer (CNTHP) and the physical count. Arm DDI 0487, "The Generic Timer".
 */
#ifndef HV_DEV_HTIMER_H
#define HV_DEV_HTIMER_H

#include <stdint.h>

void htimer_init(void);           /* on each pCPU */
uint64_t htimer_now(void);        /* ticks */
uint64_t htimer_ticks(uint64_t us);
void htimer_arm(uint64_t at);     /* interrupt when the count reaches `at` */
void htimer_disarm(void);

#endif
