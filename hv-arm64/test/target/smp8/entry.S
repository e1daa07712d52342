/* SPDX-License-Identifier: Apache-2.0
 *
 * First instructions of the vCPU that all others race to turn on: notes whose call it was (x0) and in which state,
 * without caches, then waits for the order to go off. struct notes in main.c is where.
 */
    .section .text, "ax"
    .globl  entry_raced
entry_raced:
    adrp    x1, notes
    add     x1, x1, :lo12:notes
    mrs     x2, mpidr_el1
    stp     x0, x2, [x1]
    ldr     x3, [x1, #16]
    add     x3, x3, #1
    dmb     sy
    str     x3, [x1, #16]
    dsb     sy
1:  yield
    ldr     x2, [x1, #64]
    cmp     x2, x3
    b.lo    1b
    ldr     x0, =0x84000002             // CPU_OFF
    hvc     #0
    b       .                           // it must not come back

    .ltorg
