/* SPDX-License-Identifier: Apache-2.0
 *
 * What short_gicv3.S and its twins in C must agree about.
 */
#ifndef HV_TRAP_SHORT_H
#define HV_TRAP_SHORT_H

#define CALL_CONSTANT_FIRST 0x84000000 /* PSCI_VERSION */
#define CALL_CONSTANT_COUNT 0x15       /* to MEM_PROTECT_CHECK_RANGE */

#ifndef __ASSEMBLER__
#include <stdint.h>

#include "arch/frame.h"
#include "vdev/vgicv3_short.h"

#define CALL_NOT_CONSTANT INT32_MIN

/* Answers to calls that do not depend on anything, by function number; CALL_NOT_CONSTANT: ask hypercall_handle(). */
extern const int32_t hypercall_constants[CALL_CONSTANT_COUNT];
/* A plain word of an emulated device (abort.c): ESR_EL2 bits 31:21 were looked at. `stored` is the register. Not done: it
 * is not one of the frequent ones, or no such access at all. */
struct vgic_answer abort_word(uint64_t stored, uint64_t esr);
/* A trapped MSR of this value (sysreg.c). False: not to ICC_SGI1R_EL1, or no plain one. */
bool sysreg_send_sgi(uint64_t value, uint64_t esr);
/* An interrupt of the running guest, acknowledged and not yet dropped (irq.c). */
void irq_acknowledged(uint32_t intid);
#endif

#endif
