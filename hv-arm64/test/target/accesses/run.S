/* SPDX-License-Identifier: Apache-2.0
 *
 * One instruction with every register known before and after. In .data, where main.c writes the instruction; so
 * it runs with the MMU off.
 */
    .section .data.code, "aw"
    .balign 64
    .globl  run_access, run_slot
run_access:                             // x0: x0 to x30 and SP_EL0, which the instruction's SP is; changed by it
    stp     x19, x20, [sp, #-96]!
    stp     x21, x22, [sp, #16]
    stp     x23, x24, [sp, #32]
    stp     x25, x26, [sp, #48]
    stp     x27, x28, [sp, #64]
    stp     x29, x30, [sp, #80]
    msr     tpidrro_el0, x0
    ldr     x1, [x0, #248]
    msr     sp_el0, x1
    .irp    n, 1,3,5,7,9,11,13,15,17,19,21,23,25,27
    ldr     x\n, [x0, #8 * \n]
    .endr
    .irp    n, 2,4,6,8,10,12,14,16,18,20,22,24,26,28,29,30
    ldr     x\n, [x0, #8 * \n]
    .endr
    ldr     x0, [x0]
    msr     spsel, #0
run_slot:
    nop
    msr     spsel, #1
    msr     tpidr_el0, x0
    mrs     x0, tpidrro_el0
    .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    str     x\n, [x0, #8 * \n]
    .endr
    mrs     x1, tpidr_el0
    str     x1, [x0]
    mrs     x1, sp_el0
    str     x1, [x0, #248]
    ldp     x21, x22, [sp, #16]
    ldp     x23, x24, [sp, #32]
    ldp     x25, x26, [sp, #48]
    ldp     x27, x28, [sp, #64]
    ldp     x29, x30, [sp, #80]
    ldp     x19, x20, [sp], #96
    ret
