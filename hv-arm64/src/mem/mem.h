/* SPDX-License-Identifier: Apache-2.0
 *
 * Switching between the generated page tables, and the only conversions between address types.
 * In steady state EL2 maps no guest RAM; it does while a loader root is active.
 */
#ifndef HV_MEM_MEM_H
#define HV_MEM_MEM_H

#include <stdbool.h>

#include <hv/types.h>

#include "arch/ops.h"

/* This pCPU alone: EL2 also sees that partition's RAM, at its physical address, until mem_loader_end(). */
void mem_loader_begin(uint32_t partition);
void mem_loader_end(void);
/* Stage 2 of the partition is what EL1 runs on, on this pCPU. */
void mem_activate_stage2(uint32_t partition);
/* The same by the value of VTTBR_EL2, before a return to EL1. */
static inline void mem_switch_stage2(uint64_t vttbr)
{
    sysreg_write(vttbr_el2, vttbr);
}
/* [ipa, +size) lies in the partition's RAM: *pa is where. */
bool mem_ram_address(uint32_t partition, ipa_t ipa, uint64_t size, pa_t *pa);
/* EL2 maps what it maps at its physical address. */
static inline void *mem_pointer(pa_t pa)
{
    return (void *)pa.pa;
}
/* The guest's own translation of an address, by its stage 1 as it stands. False if it has none. */
bool mem_guest_ipa(va_t va, ipa_t *ipa);
/* The instruction that a vCPU of this pCPU stands at; false if it cannot be read. For reports. */
bool mem_read_instruction(uint32_t partition, va_t pc, uint32_t *instruction);

#endif
