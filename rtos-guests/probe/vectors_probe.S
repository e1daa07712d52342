/* SPDX-License-Identifier: Apache-2.0
 *
 * Vectors of the probe, of a GICv3 and a GICv2: an interrupt takes its time stamp with the second instruction, everything else goes to
 * the library. TPIDRRO_EL0 is the scratch register, since nothing runs at EL0.
 */
    .section .vectors, "ax"
    .macro  vector_table name, handler
    .balign 2048
    .globl  \name
\name:
    .irp    number, 0, 1, 2, 3, 4
    .balign 128
    b       vectors + \number * 128
    .endr
    .balign 128                         // current EL with SP_ELx, IRQ
    msr     tpidrro_el0, x0
    mrs     x0, cntvct_el0
    stp     x1, x2, [sp, #-160]!
    stp     x3, x4, [sp, #16]
    stp     x5, x6, [sp, #32]
    stp     x7, x8, [sp, #48]
    stp     x9, x10, [sp, #64]
    stp     x11, x12, [sp, #80]
    stp     x13, x14, [sp, #96]
    stp     x15, x16, [sp, #112]
    stp     x17, x18, [sp, #128]
    stp     x29, x30, [sp, #144]
    bl      \handler
    ldp     x3, x4, [sp, #16]
    ldp     x5, x6, [sp, #32]
    ldp     x7, x8, [sp, #48]
    ldp     x9, x10, [sp, #64]
    ldp     x11, x12, [sp, #80]
    ldp     x13, x14, [sp, #96]
    ldp     x15, x16, [sp, #112]
    ldp     x17, x18, [sp, #128]
    ldp     x29, x30, [sp, #144]
    ldp     x1, x2, [sp], #160
    mrs     x0, tpidrro_el0
    eret
    .irp    number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    .balign 128
    b       vectors + \number * 128
    .endr
    .balign 128
    .endm

    vector_table probe_vectors, probe_irq
    vector_table probe_vectors_gicv2, probe_irq_gicv2
