/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of guests, for the files that have them: hypercall.c (architecture calls) and psci.c.
 */
#ifndef HV_TRAP_HYPERCALL_H
#define HV_TRAP_HYPERCALL_H

#include <stdint.h>

#include "arch/frame.h"
#include "lib/bits.h"
#include "part/part.h"

#define CALL_SMC64 BIT(30) /* of a function identifier: 64-bit arguments */

/* Answers, the same numbers in PSCI and SMCCC. */
#define CALL_SUCCESS 0
#define CALL_NOT_SUPPORTED (-1)

/* The guest's new x0. One that does not return to its caller leaves by loop_run() or entry_resume(). */
typedef int64_t call_fn(struct vcpu *v, const struct frame *f);

/* Argument n, 1 to 3: 32 bits in an SMC32 call. */
static inline uint64_t call_argument(const struct frame *f, uint32_t n)
{
    return f->x[0] & CALL_SMC64 ? f->x[n] : (uint32_t)f->x[n];
}

/* psci.c: by function identifier; NULL: no such call. */
call_fn *psci_find(uint32_t id);

#endif
