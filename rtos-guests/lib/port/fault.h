/* SPDX-License-Identifier: Apache-2.0
 *
 * Exceptions. One that nobody expects is reported on the console and ends the guest; under the kernel, perhaps its
 * thread alone. A guest that provokes one says so first:
 *
 *     fault_expect();
 *     value = mmio_read32(address);
 *     if (fault_taken(&fault)) ...
 *
 * A vCPU remembers one such place. Under the kernel it is the calling thread's, which must not wait before it asks.
 */
#ifndef GUEST_FAULT_H
#define GUEST_FAULT_H

#include "cpu.h"
#include "irq.h"

/* As vectors.S and the kernel's switch.S store it. */
struct frame {
    uint64_t x[31];
    uint64_t elr, spsr;
};

#define ESR_EC(esr) ((uint32_t)((esr) >> 26) & 0x3f)
#define EC_UNKNOWN     0x00u /* undefined instruction */
#define EC_ILLEGAL     0x0eu /* illegal execution state */
#define EC_SVC32       0x11u
#define EC_SVC64       0x15u
#define EC_IABT_LOWER  0x20u
#define EC_IABT        0x21u
#define EC_PC_ALIGN    0x22u
#define EC_DABT        0x25u
#define EC_SP_ALIGN    0x26u
#define EC_BRK64       0x3cu

#define SPSR_IL (1ul << 20)

/* From now on exceptions of this vCPU are noted and passed over: the instruction is skipped, a
 * jump to nowhere returns to its caller (x30). */
void fault_expect(void);

/* Ends that; true if there was at least one. `fault` (may be NULL) gets the first and the count. */
bool fault_taken(struct fault *fault);

/* For the library: shows it to the hook, or passes it over; false: neither wants it. `vector` is 0 .. 15. */
bool fault_is_handled(struct frame *frame, uint64_t vector);

#endif
