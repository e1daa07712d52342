/* SPDX-License-Identifier: Apache-2.0
 *
 * What a guest reads of the CPU's identification.
 */
#ifndef HV_ARCH_ID_H
#define HV_ARCH_ID_H

#include <stdint.h>

#define ID_CRM_FIRST 1u
#define ID_CRM_LAST 7u

/* op0 3, op1 0, CRn 0, CRm from ID_CRM_FIRST to ID_CRM_LAST: the fields that regs/id.def lists, all else zero. `pmu`: of the
 * performance monitors that the reader has, 0 without. */
uint64_t id_register(uint32_t crm, uint32_t op2, uint64_t pmu);

#endif
