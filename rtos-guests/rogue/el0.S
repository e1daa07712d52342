/* SPDX-License-Identifier: Apache-2.0
 *
 * uint64_t el0_run(uint64_t pc, uint64_t spsr): goes to EL0 and comes back when somebody (the fault hook
 * in aarch32.c) sets the saved PC to el0_return and the saved SPSR to EL1t. Code at EL0 may
 * leave anything in any register, SP_EL0 too, which is the thread's own: what C wants preserved is kept on the stack,
 * and where that is in memory.
 */
    .text
    .globl  el0_run, el0_return
el0_run:
    stp     x19, x20, [sp, #-112]!
    stp     x21, x22, [sp, #16]
    stp     x23, x24, [sp, #32]
    stp     x25, x26, [sp, #48]
    stp     x27, x28, [sp, #64]
    stp     x29, x30, [sp, #80]
    mrs     x2, daif
    str     x2, [sp, #96]
    adrp    x2, stack
    mov     x3, sp
    str     x3, [x2, :lo12:stack]
    msr     elr_el1, x0
    msr     spsr_el1, x1
    mov     x0, xzr
    eret
el0_return:
    adrp    x2, stack
    ldr     x2, [x2, :lo12:stack]
    mov     sp, x2
    ldr     x2, [sp, #96]
    msr     daif, x2
    ldp     x29, x30, [sp, #80]
    ldp     x27, x28, [sp, #64]
    ldp     x25, x26, [sp, #48]
    ldp     x23, x24, [sp, #32]
    ldp     x21, x22, [sp, #16]
    ldp     x19, x20, [sp], #112
    ret

    .section .bss.stack, "aw", %nobits
    .balign 8
stack:
    .space  8
