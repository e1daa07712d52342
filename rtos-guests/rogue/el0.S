/* SPDX-License-Identifier: Apache-2.0
 *
 * uint64_t el0_run(uint64_t pc, uint64_t spsr): goes to EL0 and comes back when somebody (the fault hook
 * in aarch32.c) sets the saved PC to el0_return and the saved SPSR to EL1h. Code at EL0 may
 * leave anything in any register: all that C wants to have preserved is kept on the stack.
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
    msr     elr_el1, x0
    msr     spsr_el1, x1
    mov     x0, xzr
    eret
el0_return:                             // SP_EL1 is what it was
    ldr     x2, [sp, #96]
    msr     daif, x2
    ldp     x29, x30, [sp, #80]
    ldp     x27, x28, [sp, #64]
    ldp     x25, x26, [sp, #48]
    ldp     x23, x24, [sp, #32]
    ldp     x21, x22, [sp, #16]
    ldp     x19, x20, [sp], #112
    ret
