/* SPDX-License-Identifier: Apache-2.0
 *
 * The short ways: what guests do often, carried out with as few registers saved as it needs. Each
 * does what its twin in C does, and takes nothing that it is not sure of: whatever is not the
 * plain case goes on in C with the guest's registers as they were. For GICv3, with
 * CONFIG_SHORT_PATHS; without either vectors.S leads to entry.S alone.
 *
 *   here                twin                        where what it reads is made
 *   constant call       hypercall_handle()          hypercall_constants[], hypercall.c
 *   plain word          abort_handle_data()         abort_word() and the pages of vgicv3_short.c
 *   SGI                 sysreg_handle()             sysreg_send_sgi()
 *   direct interrupt    vgic_deliver_direct()       struct vgic_cpu.direct, vgic_lr.c
 */
#include "trap/entry.h"
#include "vdev/vgic_direct.h"
#include "trap/short.h"

/* ESR_EL2 bits 31:21 of a load or store (EC 0x24) by a 32-bit instruction (IL) of one word (SAS) without
 * sign extension (SSE) into one register (ISV). */
#define PLAIN_WORD 0x49c
#define EC_CALL 0xb                     /* HVC64 0x16 and SMC64 0x17, halved */
#define EC_SYSREG 0x18
#define ESR_EC0 26                      /* of EC_CALL: an SMC */
#define ESR_RT_SHIFT 5                  /* of MSR and MRS */
#define ESR_WNR 6
#define SPSR_SS 21

        .section .text.entry, "ax"

        .macro  skip_instruction to_step // clobbers x2
        mrs     x2, spsr_el2
        tbnz    x2, #SPSR_SS, \to_step
        mrs     x2, elr_el2
        add     x2, x2, #4
        msr     elr_el2, x2
        .endm

        .global short_sync
short_sync:
        stp     x0, x1, [sp, #-FRAME_SIZE]!
        mrs     x1, esr_el2
        stp     x2, x3, [sp, #16]
        ubfx    x2, x1, #21, #11
        cmp     x2, #PLAIN_WORD
        b.eq    plain_word
        lsr     x3, x2, #6
        cmp     x3, #EC_CALL
        b.ne    other

        tst     x1, #0xffff             // the immediate
        b.ne    call
        mov     w2, #CALL_CONSTANT_FIRST
        sub     w2, w0, w2
        cmp     w2, #CALL_CONSTANT_COUNT
        b.hs    call
        adrp    x3, hypercall_constants
        add     x3, x3, :lo12:hypercall_constants
        ldrsw   x3, [x3, x2, lsl #2]
        cmp     wzr, w3
        b.vs    call                    // CALL_NOT_CONSTANT, the only number without a negative
        tbz     x1, #ESR_EC0, 1f
        skip_instruction call
1:      mov     x0, x3
        ldp     x2, x3, [sp, #16]
        ldr     x1, [sp, #8]
        add     sp, sp, #FRAME_SIZE
        return_to_guest
call:
        save_volatile
        mov     x0, sp
        bl      hypercall_handle
        str     x0, [sp]
        restore_volatile_and_eret

        .macro  plain_word_access to_general, done
        ldr     x0, [sp, x2, lsl #3]    // what a store stores
        bl      abort_word
        cbz     x1, \to_general
        mrs     x1, esr_el2
        ubfx    x2, x1, #ESR_SRT_SHIFT, #5
        tbnz    x1, #ESR_WNR, \done
        str     x0, [sp, x2, lsl #3]
        .endm

        .macro  in_rest register, label // x18 to x29? clobbers w3
        sub     w3, \register, #18
        cmp     w3, #12
        b.lo    \label
        .endm

plain_word:
        save_volatile
        ubfx    x2, x1, #ESR_SRT_SHIFT, #5
        in_rest w2, 1f
        plain_word_access from_guest_sync_volatile, advance
advance:
        skip_instruction stepped
        restore_volatile_and_eret
1:      save_rest
        plain_word_access from_guest_sync_saved, advance
        skip_instruction 2f
        b       resume
2:      mrs     x0, esr_el2
        mov     x1, x2
        bl      guest_skip_rest
        b       resume
stepped:
        mrs     x0, esr_el2
        mov     x1, x2
        bl      guest_skip_rest
        restore_volatile_and_eret

other:
        save_volatile
        lsr     w2, w1, #ESR_EC_SHIFT
        cmp     w2, #EC_SYSREG
        b.ne    from_guest_sync_volatile
        ubfx    x2, x1, #ESR_RT_SHIFT, #5
        in_rest w2, 2f
1:      ldr     x0, [sp, x2, lsl #3]
        bl      sysreg_send_sgi
        cbnz    x0, advance
        b       from_guest_sync_volatile
2:      save_rest                       // C keeps them: nothing to give back
        b       1b

        .global short_irq
short_irq:
        stp     x0, x1, [sp, #-FRAME_SIZE]!
        mrs     x1, tpidr_el2
        stp     x2, x3, [sp, #16]
        mrs     x0, icc_iar1_el1
        ldr     x1, [x1, #PCPU_VGIC]
        and     x2, x0, #(VGIC_DIRECT_COUNT - 1)
        ldr     x3, [x1, x2, lsl #3]
        mrs     x2, ich_elrsr_el2
        cmp     w3, w0                  // ICH_LR<n>_EL2.vINTID
        b.ne    1f
        tbz     x2, #0, 1f
        msr     icc_eoir1_el1, x0
        msr     ich_lr0_el2, x3
        str     w0, [x1, #VGIC_LR_INTID]
        ldp     x2, x3, [sp, #16]
        ldp     x0, x1, [sp], #FRAME_SIZE
        return_to_guest
1:      save_volatile
        bl      irq_acknowledged
        restore_volatile_and_eret
