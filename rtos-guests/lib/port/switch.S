/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's vectors and its switches. Four ways lead out of a thread, each leaves in the context how to
 * take it up again:
 *
 *     port_switch()       it called the kernel               resume_call: x19 .. x30 are kept for the caller
 *     IRQ                 and somebody more urgent is ready  resume_all
 *     a fault             that ends it                       never; one that it expects leads nowhere
 *     port_context_make() it has not run yet                 resume_new
 *
 * What is not from a thread is a nested interrupt, which keeps its registers on the interrupt stack, or the end.
 */
#define ELR  248
#define SPSR 256
#define SP   264 // and `resume` behind it

    // x0 .. x18 and x30, ELR_EL1, SPSR_EL1 to [sp], in two parts; clobbers x0, x1, or x2, x3 alone
    .macro  save_scratch
    stp     x0, x1, [sp]
    save_others x0, x1
    .endm
    .macro  save_others one, two
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    str     x18, [sp, #144]
    mrs     \one, elr_el1
    mrs     \two, spsr_el1
    stp     x30, \one, [sp, #240]
    str     \two, [sp, #SPSR]
    .endm

    .macro  restore_scratch
    ldp     x30, x0, [sp, #240]
    ldr     x1, [sp, #SPSR]
    msr     elr_el1, x0
    msr     spsr_el1, x1
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldr     x18, [sp, #144]
    ldp     x0, x1, [sp]
    .endm

    // x19 .. x29 to or from a context
    .macro  kept op, base
    \op     x19, x20, [\base, #152]
    \op     x21, x22, [\base, #168]
    \op     x23, x24, [\base, #184]
    \op     x25, x26, [\base, #200]
    \op     x27, x28, [\base, #216]
    .endm

    .macro  slot target
    .balign 128
    b       \target
    .endm
    .macro  fault number
    .balign 128
    stp     x0, x1, [sp]
    mov     x1, #\number
    b       thread_fault
    .endm
    .macro  fatal number
    .balign 128
    msr     tpidr_el0, x0
    mov     x0, #\number
    b       the_end
    .endm

    .section .text.os_vectors, "ax"
    .balign 2048
    .globl  os_vectors
os_vectors:
    fault   0                       // from a thread: synchronous
    slot    thread_irq              // IRQ
    fatal   2                       // FIQ
    fatal   3                       // SError
    fatal   4                       // from a handler or the kernel: synchronous
    slot    nested_irq              // IRQ
    fatal   6
    fatal   7
    fault   8                       // from EL0, where a thread went by itself: synchronous
    fatal   9
    fatal   10
    fatal   11
    fault   12                      // the same, AArch32
    fatal   13
    fatal   14
    fatal   15
    .balign 128

thread_irq:
    save_scratch
    mov     x0, sp                  // the context
    mrs     x1, tpidrro_el0
    ldr     x1, [x1]                // struct port_cpu: irq_stack
    mov     sp, x1
    str     x0, [sp, #-16]!
    bl      port_irq
    ldr     x1, [sp], #16
    cbnz    x0, 1f
    mov     sp, x1
    restore_scratch
    eret
1:  kept    stp, x1                 // to another: x0
    str     x29, [x1, #232]
    mrs     x2, sp_el0
    adr     x3, resume_all
    stp     x2, x3, [x1, #SP]
    b       take_up

thread_fault:                       // x1 = number of the vector
    save_others x2, x3
    mov     x0, sp
    kept    stp, x0
    str     x29, [x0, #232]
    mrs     x2, sp_el0
    str     x2, [x0, #SP]
    mrs     x2, tpidrro_el0
    ldr     x2, [x2]
    mov     sp, x2
    str     x0, [sp, #-16]!
    bl      port_thread_fault       // returns whom to take up, NULL: this one, behind a fault that it expected
    cbnz    x0, take_up
    ldr     x1, [sp]
    mov     sp, x1
    restore_scratch
    eret

// The interrupt stack is the upper half of 8 KiB: bit 12 of an address in it is set.
nested_irq:
    sub     sp, sp, #272
    save_scratch
    mov     x0, sp
    tbz     x0, #12, 2f
    bl      port_nested_irq
    restore_scratch
    add     sp, sp, #272
    eret
2:  mov     x0, #5
    b       the_end

// x0 = what happened. The stack may be the reason, so it is left.
the_end:
    adrp    x1, os_last_context
    add     x1, x1, :lo12:os_last_context
    kept    stp, x1
    stp     x29, x30, [x1, #232]
    mov     x2, sp
    mrs     x3, tpidr_el0
    str     x2, [x1, #SP]
    str     x3, [x1]
    add     x2, x1, #2048           // its own end, see port.c
    mov     sp, x2
    bl      port_fatal
    b       .                       // never reached

    .section .text.port_switch, "ax"
    .globl  port_switch
port_switch:                        // x0 = from, x1 = to; in a thread
    kept    stp, x0
    stp     x29, x30, [x0, #232]
    mov     x2, sp
    adr     x3, resume_call
    stp     x2, x3, [x0, #SP]
    msr     spsel, #1
    mov     x0, x1
take_up:                            // x0 = context; on SP_EL1
    mov     sp, x0
    ldp     x2, x3, [x0, #SP]
    msr     sp_el0, x2
    br      x3

    .globl  port_run
port_run:
    adrp    x1, os_vectors
    add     x1, x1, :lo12:os_vectors
    msr     vbar_el1, x1
    isb
    b       take_up

resume_call:
    kept    ldp, sp
    ldp     x29, x30, [sp, #232]
    msr     spsel, #0
    ret

resume_all:
    adrp    x1, os                  // struct os_kernel: lock
    add     x1, x1, :lo12:os
    stlr    wzr, [x1]
    kept    ldp, sp
    ldr     x29, [sp, #232]
    restore_scratch
    eret

    .globl  port_resume_new
port_resume_new:
    ldp     x19, x20, [sp, #152]
    msr     spsel, #0
    adrp    x1, os
    add     x1, x1, :lo12:os
    stlr    wzr, [x1]
    mov     x29, xzr
    mov     x30, xzr
    msr     daifclr, #2
    mov     x0, x20
    blr     x19
    bl      osThreadExit
