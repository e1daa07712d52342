/* SPDX-License-Identifier: Apache-2.0
 *
 * Which vCPU a pCPU gives its time to. One small file per policy; each pCPU has its own.
 */
#ifndef HV_SCHED_SCHED_H
#define HV_SCHED_SCHED_H

#include <stdint.h>

/* The vCPU this pCPU runs now, HV_NONE if it has none. */
uint32_t sched_current(void);

#endif
