/* SPDX-License-Identifier: Apache-2.0
 *
 * The vector table of a pinned pCPU: 16 lines, one per row of the manual's table (Arm DDI 0487,
 * "Vector tables"). From a lower EL all state goes to the frame on the pCPU's stack; from the
 * current EL the only way is the crash record.
 */
#include "hv_counts.h"

#if HV_SHORT_PATHS && HV_GIC_VERSION == 3 /* short_gicv3.S speaks to ICC and ICH registers */
#define FROM_GUEST_SYNC short_sync
#define FROM_GUEST_IRQ short_irq
#else
#define FROM_GUEST_SYNC from_guest_sync
#define FROM_GUEST_IRQ from_guest_irq
#endif

/* .org goes forward only: a slot that grew past its 128 bytes is an error here. */
        .macro  slot row, name
        .org    hv_vectors_pinned + \row * 128
        b       \name
        .endm

        .section .text.vectors, "ax"
        .balign 2048
        .global hv_vectors_pinned
hv_vectors_pinned:
        slot    0, from_el2_0              // Synchronous, current EL, SP_EL0
        slot    1, from_el2_1              // IRQ
        slot    2, from_el2_2              // FIQ
        slot    3, from_el2_3              // SError
        slot    4, from_el2_4              // Synchronous, current EL, SP_EL2
        slot    5, from_el2_5              // IRQ: EL2 keeps it masked
        slot    6, from_el2_6              // FIQ
        slot    7, from_el2_7              // SError
        slot    8, FROM_GUEST_SYNC         // Synchronous, lower EL, AArch64
        slot    9, FROM_GUEST_IRQ          // IRQ
        slot    10, from_guest_fiq         // FIQ: FMO is set, nothing is in group 0
        slot    11, from_guest_serror      // SError
        slot    12, from_guest_sync        // Synchronous, lower EL, AArch32: EL0 of an AArch64 guest
        slot    13, FROM_GUEST_IRQ         // IRQ
        slot    14, from_guest_fiq         // FIQ
        slot    15, from_guest_serror      // SError
        .org    hv_vectors_pinned + 2048
