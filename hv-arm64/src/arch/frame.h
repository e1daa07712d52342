/* SPDX-License-Identifier: Apache-2.0
 *
 * The general registers of the guest, saved by trap/entry.S at the top of the pCPU's stack, or by
 * trap/entry_shared.S in the vCPU's context.
 * PC and PSTATE stay in ELR_EL2 and SPSR_EL2: EL2 takes no exception of its own between a trap
 * and its return. Calls, interrupts and short accesses save x0-x17 and x30 only (C keeps the others, x18 because it is
 * compiled without). The offsets are for the assembly, asserted below.
 */
#ifndef HV_ARCH_FRAME_H
#define HV_ARCH_FRAME_H

#define FRAME_SIZE 256
#define FRAME_X18 144
#define FRAME_X30 240
#define PCPU_STACK_TOP 16 /* in struct pcpu */
#define PCPU_PANIC_STACK_TOP 24
#define PCPU_VGIC 40

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct frame {
    uint64_t x[32]; /* [31] is zero in a short access, and else not used */
};

_Static_assert(sizeof(struct frame) == FRAME_SIZE, "entry.S");
_Static_assert(offsetof(struct frame, x[18]) == FRAME_X18, "entry.S");
_Static_assert(offsetof(struct frame, x[30]) == FRAME_X30, "entry.S");
#endif

#endif
