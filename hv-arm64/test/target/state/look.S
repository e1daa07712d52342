/* SPDX-License-Identifier: Apache-2.0
 *
 * First instructions of a vCPU that writes down everything it finds and leaves everything dirty. x0: where, without
 * caches; struct found in main.c.
 */
    .arch   armv8-a+fp+simd
    .section .text, "ax"

    .macro  each what
    .irp    reg, ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, amair_el1, vbar_el1, esr_el1, far_el1, par_el1, afsr0_el1, \
                 afsr1_el1, elr_el1, spsr_el1, sp_el0, tpidr_el0, tpidrro_el0, tpidr_el1, contextidr_el1, csselr_el1, \
                 cntkctl_el1, cntv_cval_el0, cntp_cval_el0, cntv_ctl_el0, cntp_ctl_el0, mdscr_el1, dbgbvr0_el1, \
                 dbgwvr0_el1, dbgbcr0_el1, dbgwcr0_el1, cpacr_el1, sctlr_el1
    \what   \reg
    .endr
    .endm
    .macro  note reg
    mrs     x1, \reg
    str     x1, [x0], #8
    .endm
    .macro  dirty reg
    msr     \reg, x2
    .endm

    .globl  entry_look
entry_look:
    .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    str     x\n, [x0], #8
    .endr
    mov     x1, sp
    str     x1, [x0], #8
    each    note
    mov     x1, #(3 << 20)
    msr     cpacr_el1, x1
    isb
    note    fpcr
    note    fpsr
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    str     q\n, [x0], #16
    .endr

    ldr     x2, =0x5a5a5a5a5a5a5a50     // even: what has an enable at bit 0 stays off
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    dup     v\n\().2d, x2
    .endr
    mov     x1, #(1 << 24)              // FPCR.FZ
    msr     fpcr, x1
    mov     x1, #0x1f
    msr     fpsr, x1
    mov     x3, x0
    .irp    reg, ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, amair_el1, vbar_el1, far_el1, afsr0_el1, afsr1_el1, elr_el1, \
                 sp_el0, tpidr_el0, tpidrro_el0, tpidr_el1, contextidr_el1, cntv_cval_el0, cntp_cval_el0, dbgbvr0_el1, \
                 dbgwvr0_el1
    dirty   \reg
    .endr
    mov     x1, #2
    msr     csselr_el1, x1
    mov     x1, #3
    msr     cntkctl_el1, x1
    mov     x1, #(1 << 12)              // MDSCR_EL1.TDCC
    msr     mdscr_el1, x1
    mov     sp, x2
    mov     x1, #1
    dsb     sy
    str     x1, [x3]
    dsb     sy
    .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    mov     x\n, x2
    .endr
    ldr     x0, =0x84000002             // CPU_OFF
    hvc     #0
    b       .                           // it must not come back

    .ltorg
