/* SPDX-License-Identifier: Apache-2.0
 *
 * First byte of the binary: entered at EL1 with the MMU off and x0 = devicetree, as QEMU enters
 * one. Nothing is assumed of RAM. Exceptions of the boot CPU and the others go to C.
 */
#define STACK 0x2000

        .section .text.start, "ax"
        .globl  flat_start
flat_start:
        adr     x9, flat_start
        ldr     x10, =0x40080000
        cmp     x9, x10
        b.ne    .                       // somewhere else than it was promised
        stp     x1, x2, [x10, #-16]
        ldr     x11, =bss_start
        ldr     x12, =bss_end
1:      cmp     x11, x12
        b.hs    2f
        stp     xzr, xzr, [x11], #16
        b       1b
2:      ldp     x1, x2, [x10, #-16]
        mov     x19, x0
        mov     x20, x1
        mov     x21, x2
        mov     x22, x3
        mov     x0, xzr
        bl      set_up
        mov     x0, x19
        mov     x1, x20
        mov     x2, x21
        mov     x3, x22
        bl      flat_main
        b       .

        .globl  other_start             // x0: its number, the context of CPU_ON
other_start:
        mov     x19, x0
        bl      set_up
        mov     x0, x19
        bl      other_main
        b       .

set_up:                                 // x0: number of the CPU
        ldr     x1, =stacks
        add     x0, x0, #1
        mov     x2, #STACK
        madd    x1, x0, x2, x1
        mov     sp, x1
        ldr     x1, =vectors
        msr     vbar_el1, x1
        isb
        ret

        .macro  vector kind
        .balign 128
        sub     sp, sp, #192
        stp     x0, x1, [sp]
        mov     x0, #\kind
        b       taken
        .endm

        .balign 2048
vectors:
        .irp    kind, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        vector  \kind
        .endr

taken:
        stp     x2, x3, [sp, #16]
        stp     x4, x5, [sp, #32]
        stp     x6, x7, [sp, #48]
        stp     x8, x9, [sp, #64]
        stp     x10, x11, [sp, #80]
        stp     x12, x13, [sp, #96]
        stp     x14, x15, [sp, #112]
        stp     x16, x17, [sp, #128]
        stp     x18, x30, [sp, #144]
        mrs     x1, elr_el1
        mrs     x2, spsr_el1
        stp     x1, x2, [sp, #160]
        bl      exception
        ldp     x1, x2, [sp, #160]
        add     x1, x1, x0              // C says how far to go on
        msr     elr_el1, x1
        msr     spsr_el1, x2
        ldp     x18, x30, [sp, #144]
        ldp     x16, x17, [sp, #128]
        ldp     x14, x15, [sp, #112]
        ldp     x12, x13, [sp, #96]
        ldp     x10, x11, [sp, #80]
        ldp     x8, x9, [sp, #64]
        ldp     x6, x7, [sp, #48]
        ldp     x4, x5, [sp, #32]
        ldp     x2, x3, [sp, #16]
        ldp     x0, x1, [sp]
        add     sp, sp, #192
        eret
        .ltorg

        .bss
        .balign 16
stacks: .space  STACK * 8
