/* SPDX-License-Identifier: Apache-2.0
 *
 * Vectors, entry and return of a shared pCPU. While a guest runs, the stack pointer stands behind the
 * frame in its own state (arch/guest_shared.h): an entry saves the registers there once, C runs on the
 * pCPU's stack, and a return to another guest is a return from another frame. The counterpart of
 * vectors.S and entry.S.
 */
#include "trap/entry.h"

        .section .text.entry_shared, "ax"

        .macro  enter                   // x19: the frame, which C keeps; clobbers x2
        stp     x0, x1, [sp, #-FRAME_SIZE]!
        stp     x2, x3, [sp, #16]
        save_volatile
        save_rest
        mov     x19, sp
        mrs     x2, tpidr_el2
        ldr     x2, [x2, #PCPU_STACK_TOP]
        mov     sp, x2
        .endm

shared_guest_sync:
        enter
        mov     x0, x19
        mrs     x1, esr_el2
        bl      shared_sync
        mov     x0, x19
        b       entry_resume

shared_guest_irq:
        enter
        bl      shared_irq
        b       entry_resume

shared_guest_fiq:
        enter
        mov     x0, x19
        bl      trap_fiq
        mov     x0, x19
        b       entry_resume

shared_guest_serror:
        enter
        mov     x0, x19
        bl      trap_serror
        mov     x0, x19
        b       entry_resume

        .macro  slot row, name
        .org    hv_vectors_shared + \row * 128
        b       \name
        .endm

        .section .text.vectors_shared, "ax"
        .balign 2048
        .global hv_vectors_shared
hv_vectors_shared:
        slot    0, from_el2_0
        slot    1, from_el2_1
        slot    2, from_el2_2
        slot    3, from_el2_3
        slot    4, from_el2_4
        slot    5, from_el2_5
        slot    6, from_el2_6
        slot    7, from_el2_7
        slot    8, shared_guest_sync
        slot    9, shared_guest_irq
        slot    10, shared_guest_fiq
        slot    11, shared_guest_serror
        slot    12, shared_guest_sync
        slot    13, shared_guest_irq
        slot    14, shared_guest_fiq
        slot    15, shared_guest_serror
        .org    hv_vectors_shared + 2048
