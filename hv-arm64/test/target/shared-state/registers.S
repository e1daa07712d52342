/* SPDX-License-Identifier: Apache-2.0
 *
 * All FP and SIMD registers filled from a seed, and compared with it; and a function that breakpoints are set to.
 */
        .arch   armv8-a+fp+simd
        .text

        .global state_fill
state_fill:                             // x0: seed
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        add     x1, x0, #(\n * 3)
        mvn     x2, x1
        mov     v\n\().d[0], x1
        mov     v\n\().d[1], x2
        .endr
        ubfx    x1, x0, #0, #2          // the rounding mode, and the sticky saturation bit
        lsl     x1, x1, #22
        msr     fpcr, x1
        ubfx    x1, x0, #0, #1
        lsl     x1, x1, #27
        msr     fpsr, x1
        ret

        .global state_differs
state_differs:                          // x0: seed; returns how many are not as state_fill() left them
        mov     x5, #0
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        add     x1, x0, #(\n * 3)
        mvn     x2, x1
        mov     x3, v\n\().d[0]
        mov     x4, v\n\().d[1]
        cmp     x1, x3
        cinc    x5, x5, ne
        cmp     x2, x4
        cinc    x5, x5, ne
        .endr
        ubfx    x1, x0, #0, #2
        lsl     x1, x1, #22
        mrs     x2, fpcr
        cmp     x1, x2
        cinc    x5, x5, ne
        ubfx    x1, x0, #0, #1
        lsl     x1, x1, #27
        mrs     x2, fpsr
        cmp     x1, x2
        cinc    x5, x5, ne
        mov     x0, x5
        ret

        .global breakpoint_here
breakpoint_here:
        nop
        nop
        ret
