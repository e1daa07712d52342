/* SPDX-License-Identifier: Apache-2.0
 *
 * First instructions of a vCPU under test: notes in what state it was entered and waits for the
 * order to go off: that of struct notes in main.c, which says where things lie in `entry_notes`.
 */
    .section .text, "ax"
    .globl  entry_noting
entry_noting:
    adrp    x1, entry_notes
    add     x1, x1, :lo12:entry_notes
    mrs     x2, CurrentEL
    stp     x0, x2, [x1]
    mrs     x2, sctlr_el1
    mrs     x3, daif
    stp     x2, x3, [x1, #16]
    dmb     sy
    ldr     x4, [x1, #32]
    add     x4, x4, #1
    str     x4, [x1, #32]
    dsb     sy
1:  yield
    ldr     x2, [x1, #64]
    cmp     x2, x4
    b.lo    1b
    ldr     x0, =0x84000002             // CPU_OFF
    hvc     #0
    b       .                           // it must not come back

    .ltorg
