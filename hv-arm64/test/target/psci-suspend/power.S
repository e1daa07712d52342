/* SPDX-License-Identifier: Apache-2.0
 *
 * Powers its vCPU down and comes back with everything that is lost on the way: what the AAPCS64 keeps, and
 * EL1's translation, vectors, floating point and thread registers.
 */
    .equ    SAVED, 32
    .equ    FOUND, 32 + 24 * 8

    .section .text, "ax"
    .globl  power_down
power_down:
    stp     x19, x20, [x0, #SAVED]
    stp     x21, x22, [x0, #SAVED + 16]
    stp     x23, x24, [x0, #SAVED + 32]
    stp     x25, x26, [x0, #SAVED + 48]
    stp     x27, x28, [x0, #SAVED + 64]
    stp     x29, x30, [x0, #SAVED + 80]
    mov     x2, sp
    mrs     x3, ttbr0_el1
    stp     x2, x3, [x0, #SAVED + 96]
    mrs     x2, tcr_el1
    mrs     x3, mair_el1
    stp     x2, x3, [x0, #SAVED + 112]
    mrs     x2, vbar_el1
    mrs     x3, cpacr_el1
    stp     x2, x3, [x0, #SAVED + 128]
    mrs     x2, tpidr_el1
    mrs     x3, sctlr_el1
    stp     x2, x3, [x0, #SAVED + 144]
    mrs     x2, daif
    str     x2, [x0, #SAVED + 160]

    adr     x2, begin_again
    add     x3, x0, x1, lsl #3
    stp     x2, x0, [x3, #-8]           // the entry, and its context
    add     x3, x0, #FOUND + 80
    mov     x2, x0
1:  dc      civac, x2                   // read and written without caches
    add     x2, x2, #16                 // no line is shorter
    cmp     x2, x3
    b.lo    1b
    dsb     sy
    mov     x9, x0
    ldp     x0, x1, [x9]
    ldp     x2, x3, [x9, #16]
    hvc     #0
    ret

begin_again:
    mrs     x9, CurrentEL
    stp     x0, x9, [x0, #FOUND]
    mrs     x9, daif
    mrs     x10, sctlr_el1
    stp     x9, x10, [x0, #FOUND + 16]
    mrs     x9, vbar_el1
    mrs     x10, cpacr_el1
    stp     x9, x10, [x0, #FOUND + 32]
    mrs     x9, tpidr_el1
    mrs     x10, cntv_ctl_el0
    stp     x9, x10, [x0, #FOUND + 48]
    mrs     x9, cntvct_el0
    mrs     x10, spsel
    stp     x9, x10, [x0, #FOUND + 64]
    dsb     sy

    ldp     x2, x3, [x0, #SAVED + 96]
    mov     sp, x2
    msr     ttbr0_el1, x3
    ldp     x2, x3, [x0, #SAVED + 112]
    msr     tcr_el1, x2
    msr     mair_el1, x3
    ldp     x2, x3, [x0, #SAVED + 128]
    msr     vbar_el1, x2
    msr     cpacr_el1, x3
    ldp     x2, x3, [x0, #SAVED + 144]
    msr     tpidr_el1, x2
    ldp     x19, x20, [x0, #SAVED]
    ldp     x21, x22, [x0, #SAVED + 16]
    ldp     x23, x24, [x0, #SAVED + 32]
    ldp     x25, x26, [x0, #SAVED + 48]
    ldp     x27, x28, [x0, #SAVED + 64]
    ldp     x29, x30, [x0, #SAVED + 80]
    ldr     x4, [x0, #SAVED + 160]
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    msr     sctlr_el1, x3
    isb
    msr     daif, x4
    mov     x0, #1
    ret
