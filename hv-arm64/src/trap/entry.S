/* SPDX-License-Identifier: Apache-2.0
 *
 * Entry from a guest and return to it. Calls and interrupts keep x0-x17, x29, x30 (C keeps
 * x19-x28 and is compiled without x18); traps that look at registers keep all. Nothing between entry and return lets EL2
 * take an exception, so that ELR_EL2, SPSR_EL2 and ESR_EL2 stay where the hardware put them.
 */
#include "arch/frame.h"

#define ESR_EC_SHIFT 26
#define EC_CALL 0xb                             /* HVC64 0x16 and SMC64 0x17, halved */
#define EC_DABT_LOW 0x24

        .macro  save_x2_to_x17                  // clobbers nothing
        stp     x2, x3, [sp, #16]
        stp     x4, x5, [sp, #32]
        stp     x6, x7, [sp, #48]
        stp     x8, x9, [sp, #64]
        stp     x10, x11, [sp, #80]
        stp     x12, x13, [sp, #96]
        stp     x14, x15, [sp, #112]
        stp     x16, x17, [sp, #128]
        .endm

        .macro  save_volatile                   // clobbers nothing
        stp     x0, x1, [sp, #-FRAME_SIZE]!
        save_x2_to_x17
        stp     x29, x30, [sp, #FRAME_X29]
        .endm

        .macro  save_rest                       // clobbers nothing
        str     x18, [sp, #FRAME_X18]
        stp     x19, x20, [sp, #FRAME_X19]
        stp     x21, x22, [sp, #FRAME_X19 + 16]
        stp     x23, x24, [sp, #FRAME_X19 + 32]
        stp     x25, x26, [sp, #FRAME_X19 + 48]
        stp     x27, x28, [sp, #FRAME_X19 + 64]
        .endm

        .macro  restore_rest
        ldr     x18, [sp, #FRAME_X18]
        ldp     x19, x20, [sp, #FRAME_X19]
        ldp     x21, x22, [sp, #FRAME_X19 + 16]
        ldp     x23, x24, [sp, #FRAME_X19 + 32]
        ldp     x25, x26, [sp, #FRAME_X19 + 48]
        ldp     x27, x28, [sp, #FRAME_X19 + 64]
        .endm

        .macro  restore_volatile_and_eret
        ldp     x29, x30, [sp, #FRAME_X29]
        ldp     x16, x17, [sp, #128]
        ldp     x14, x15, [sp, #112]
        ldp     x12, x13, [sp, #96]
        ldp     x10, x11, [sp, #80]
        ldp     x8, x9, [sp, #64]
        ldp     x6, x7, [sp, #48]
        ldp     x4, x5, [sp, #32]
        ldp     x2, x3, [sp, #16]
        ldp     x0, x1, [sp], #FRAME_SIZE
        eret
        dsb     nsh                             // no speculation past the return: Arm "Straight-line
        isb                                     // speculation" advisory
        .endm

        .section .text.entry, "ax"

        .global from_guest_sync, from_guest_sync_32
from_guest_sync:
from_guest_sync_32:
        save_volatile
        mrs     x1, esr_el2
        lsr     x2, x1, #(ESR_EC_SHIFT + 1)
        mov     x0, sp
        cmp     x2, #EC_CALL
        b.ne    1f
        bl      hypercall_handle
        str     x0, [sp]
        restore_volatile_and_eret
1:      save_rest
        lsr     x2, x1, #ESR_EC_SHIFT
        cmp     x2, #EC_DABT_LOW
        b.ne    2f
        bl      abort_entry
        restore_rest
        restore_volatile_and_eret
2:      bl      trap_sync
        restore_rest
        restore_volatile_and_eret

        .global from_guest_irq, from_guest_irq_32
from_guest_irq:
from_guest_irq_32:
        save_volatile
        bl      irq_handle
        restore_volatile_and_eret

        .global from_guest_fiq, from_guest_fiq_32
from_guest_fiq:
from_guest_fiq_32:
        save_volatile
        save_rest
        mov     x0, sp
        bl      trap_fiq
        restore_volatile_and_eret

        .global from_guest_serror, from_guest_serror_32
from_guest_serror:
from_guest_serror_32:
        save_volatile
        save_rest
        mov     x0, sp
        bl      trap_serror
        restore_volatile_and_eret

        .global entry_resume
entry_resume:                                   // x0: frame, the top of the pCPU's stack
        mov     sp, x0
        restore_rest
        restore_volatile_and_eret

/* An exception that EL2 itself took: x0 to x30 go to the panic stack, whatever SP is. The panic
 * stack's top is kept in the pCPU's block, which TPIDR_EL2 points to. */
        .macro  from_el2 vector
        .global from_el2_\vector
from_el2_\vector:
        msr     spsel, #1
        msr     tpidr_el0, x30                  // a guest's register, lost: the machine stops here
        mov     x30, sp
        msr     tpidrro_el0, x30
        mrs     x30, tpidr_el2
        ldr     x30, [x30, #PCPU_PANIC_STACK_TOP]
        mov     sp, x30
        stp     x0, x1, [sp, #-FRAME_SIZE]!
        mov     x1, #\vector
        b       crash_common
        .endm

        .irp    vector, 0,1,2,3,4,5,6,7
        from_el2 \vector
        .endr

crash_common:
        save_x2_to_x17
        save_rest
        mrs     x30, tpidr_el0
        stp     x29, x30, [sp, #FRAME_X29]
        mov     x0, sp
        mrs     x2, tpidrro_el0
        b       crash_exception                 // x0: registers, x1: vector, x2: SP
