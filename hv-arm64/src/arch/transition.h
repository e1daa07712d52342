/* SPDX-License-Identifier: Apache-2.0
 *
 * Moments at which caches, TLBs and memory must be made to agree. Each is one function with its
 * whole sequence, because an emulator without caches cannot show that a step is missing; a host
 * test compares the recorded sequences with a written list. Arm DDI 0487, sections "Caches and
 * memory hierarchy" and "TLB maintenance requirements".
 */
#ifndef HV_ARCH_TRANSITION_H
#define HV_ARCH_TRANSITION_H

#include <hv/types.h>

/* MMU off -> on at EL2, on each pCPU, with generated tables that no pCPU has changed. */
void transition_mmu_on(uint64_t mair, uint64_t tcr, uint64_t ttbr0, uint64_t sctlr);
/* The running pCPU alone goes over to another EL2 root. */
void transition_root_switch(uint64_t ttbr0);
/* [base, +size) was written by EL2, cacheable, and is next used by a guest with its MMU off. */
void transition_payload_ready(uint64_t base, uint64_t size);
/* The same with zeroes: whole pages. */
void transition_scrub(uint64_t base, uint64_t size);
/* The VMID in VTTBR_EL2 is about to run a new life: nothing of the old one may be cached. */
void transition_vmid_reuse(void);
/* A pCPU waits with its MMU off at `release`: give it the address to go to. */
void transition_spin_table(uint64_t release, uint64_t entry);
/* Data that a pCPU with its MMU off is about to read (CPU_ON). */
void transition_cpu_on(uint64_t base, uint64_t size);

#endif
