/* SPDX-License-Identifier: Apache-2.0
 *
 * Entry from a guest and return to it, all registers kept. What comes often has its own way in
 * short_gicv3.S, and comes here when it turns out not to be simple. Nothing between entry and return
 * lets EL2 take an exception, so that ELR_EL2, SPSR_EL2 and ESR_EL2 stay where the hardware put
 * them.
 */
#include "trap/entry.h"

        .section .text.entry, "ax"

        .macro  save_all
        stp     x0, x1, [sp, #-FRAME_SIZE]!
        stp     x2, x3, [sp, #16]
        save_volatile
        save_rest
        .endm

        .global from_guest_sync, from_guest_sync_volatile
from_guest_sync:
        stp     x0, x1, [sp, #-FRAME_SIZE]!
        stp     x2, x3, [sp, #16]
        save_volatile
from_guest_sync_volatile:               // from short_gicv3.S: x0-x17 and x30 are saved
        save_rest
        .global from_guest_sync_saved
from_guest_sync_saved:                  // from there too: all are saved
        mov     x0, sp
        mrs     x1, esr_el2
        bl      trap_sync
        b       resume

        .global from_guest_irq
from_guest_irq:
        save_all
        bl      irq_handle
        b       resume

        .global from_guest_fiq
from_guest_fiq:
        save_all
        mov     x0, sp
        bl      trap_fiq
        b       resume

        .global from_guest_serror
from_guest_serror:
        save_all
        mov     x0, sp
        bl      trap_serror
        b       resume

        .global entry_resume
entry_resume:                           // x0: frame, the top of the pCPU's stack
        mov     sp, x0
        .global resume
resume:
        ldp     x18, x19, [sp, #FRAME_X18]
        ldp     x20, x21, [sp, #FRAME_X18 + 16]
        ldp     x22, x23, [sp, #FRAME_X18 + 32]
        ldp     x24, x25, [sp, #FRAME_X18 + 48]
        ldp     x26, x27, [sp, #FRAME_X18 + 64]
        ldp     x28, x29, [sp, #FRAME_X18 + 80]
        restore_volatile_and_eret

/* An exception that EL2 itself took: x0 to x30 go to the panic stack, whatever SP is. The panic
 * stack's top is kept in the pCPU's block, which TPIDR_EL2 points to. */
        .macro  from_el2 vector
        .global from_el2_\vector
from_el2_\vector:
        msr     spsel, #1
        msr     tpidr_el0, x30          // a guest's register, lost: the machine stops here
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
        stp     x2, x3, [sp, #16]
        mrs     x30, tpidr_el0
        save_volatile
        save_rest
        mov     x0, sp
        mrs     x2, tpidrro_el0
        b       crash_exception         // x0: registers, x1: vector, x2: SP
