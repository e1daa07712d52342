/* SPDX-License-Identifier: Apache-2.0
 *
 * Accesses for which ESR_EL2.ISS has no valid syndrome, or an unusual one, as a list of struct row
 * (instructions.c). x0 is the address of a device register.
 */
    .arch_extension fp
    .arch_extension simd

    .macro  row instruction:vararg
    .section .text, "ax"
801:
    \instruction
    ret
    .section .rodata.rows, "a"
    .quad   0, 0, 801b
    .endm

    .section .rodata.rows, "a"
    .balign 8
    .globl  odd_list, odd_list_end, atomic_list, atomic_list_end
odd_list:
    row     ldp w2, w3, [x0]
    row     ldp x2, x3, [x0]
    row     stp wzr, wzr, [x0]
    row     ldp x2, x3, [x0], #16
    row     stp xzr, xzr, [x0, #-16]!
    row     ldnp x2, x3, [x0]
    row     ldpsw x2, x3, [x0]
    row     ldr w2, [x0], #4
    row     ldr w2, [x0, #4]!
    row     ldr x2, [x0], #8
    row     str wzr, [x0], #4
    row     str wzr, [x0, #4]!
    row     ldrb w2, [x0], #1
    row     strb wzr, [x0, #1]!
    row     ldrsw x2, [x0]
    row     ldrsb w2, [x0]
    row     ldrsh x2, [x0]
    row     ldrh w2, [x0, #2]
    row     ldtr w2, [x0]
    row     sttr wzr, [x0]
    row     ldr w2, [x0, xzr]
    row     ldr wzr, [x0]
    row     ldr xzr, [x0]
    row     ldur w2, [x0, #1]
    row     ldur x2, [x0, #3]
    row     stur wzr, [x0, #1]
    row     ldxr w2, [x0]
    row     ldaxr x2, [x0]
    row     stxr w2, wzr, [x0]
    row     stlxr w2, xzr, [x0]
    row     ldxp w2, w3, [x0]
    row     ldar w2, [x0]
    row     stlr wzr, [x0]
    row     ldarb w2, [x0]
    row     dc civac, x0
    row     dc cvac, x0
    row     dc cvau, x0
    row     dc ivac, x0
    row     dc zva, x0
    row     ic ivau, x0
    row     prfm pldl1keep, [x0]
    row     prfm pstl1keep, [x0]
    row     at s1e1r, x0
    row     ldr d0, [x0]
    row     ldr q0, [x0]
    row     str q0, [x0]
    row     ldr s0, [x0], #4
    row     ldp q0, q1, [x0]
    row     ld1 {v0.16b}, [x0]
    row     ld1 {v0.b}[3], [x0]
    row     ld1r {v0.4s}, [x0], #4
    row     st1 {v0.2d, v1.2d}, [x0]
    row     ld4 {v0.4s, v1.4s, v2.4s, v3.4s}, [x0]
    .section .rodata.rows, "a"
odd_list_end:

    .arch_extension lse
atomic_list:
    row     ldadd wzr, w2, [x0]
    row     ldset wzr, w2, [x0]
    row     stadd wzr, [x0]
    row     swp wzr, w2, [x0]
    row     cas w2, w3, [x0]
    row     casp w2, w3, w4, w5, [x0]
    row     ldsmax xzr, x2, [x0]
    .section .rodata.rows, "a"
atomic_list_end:
