/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the hypervisor's sources and the simulator: every access is one call of a function that
 * the simulator's side (cosim/hypervisor.py) gives.
 */
#ifndef COSIM_BINDING_H
#define COSIM_BINDING_H

#include <stdint.h>

enum cosim_kind { COSIM_TIME, COSIM_READ, COSIM_WRITE, COSIM_MRS, COSIM_MSR }; /* as ref/operation.py */

typedef uint64_t cosim_access_fn(uint32_t kind, uint32_t pcpu, uint64_t where, uint32_t bytes, uint64_t value);
typedef void cosim_bug_fn(const char *what);

/* Power on: all state of the hypervisor as at reset. */
void cosim_start(cosim_access_fn *access, cosim_bug_fn *bug);
/* The pCPU that runs from now on, and the vCPU that it holds (HV_NONE: none). */
void cosim_run(uint32_t pcpu, uint32_t vcpu);

uint64_t cosim_access(enum cosim_kind kind, uint64_t where, uint32_t bytes, uint64_t value);
uint64_t cosim_pcpu_base(void);

/* A seeded bug, in a build that has them. 0: none. */
extern uint32_t cosim_mutant;

#endif
