/* SPDX-License-Identifier: Apache-2.0
 *
 * FP and SIMD registers to memory and back: struct guest_fp.
 */
        .arch   armv8-a+fp+simd

        .macro  all_pairs instruction   // x0: v[0]
        .irp n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
        pair    \instruction, \n
        .endr
        .endm

        .macro  pair instruction, n
        .altmacro
        named   \instruction, \n, %(\n + 1)
        .noaltmacro
        .endm

        .macro  named instruction, first, second
        \instruction q\first, q\second, [x0, #16 * \first]
        .endm

        .section .text.guest_fp_save, "ax"
        .global guest_fp_save
guest_fp_save:                          // clobbers x0 to x2
        all_pairs stp
        mrs     x1, fpcr
        mrs     x2, fpsr
        add     x0, x0, #512
        stp     x1, x2, [x0]
        ret

        .section .text.guest_fp_load, "ax"
        .global guest_fp_load
guest_fp_load:                          // clobbers x0 to x2
        all_pairs ldp
        add     x0, x0, #512
        ldp     x1, x2, [x0]
        msr     fpcr, x1
        msr     fpsr, x2
        ret
