/* SPDX-License-Identifier: Apache-2.0
 *
 * First instructions of each CPU, the vectors, and calls that come back whatever happens: an access of a
 * register that is UNDEFINED, trapped or not there ends with a status. At EL2 a call can run at EL1, as a guest's.
 */
#include "mailbox.h"

#define STACK 4096
#define HCR (1 << 31 | 1 << 5 | 1 << 4 | 1 << 3) /* RW, AMO, IMO, FMO */
#define SPSR_EL1H 0x3c5
#define SPSR_EL2H 0x3c9
#define EC_HVC 0x16
#define EC_SYSREG 0x18
#define EC_ABORT_SAME 0x25

    .section .text.start, "ax"
    .global player_start, player_start_other
player_start:
    mov x20, #0
    b 1f
player_start_other: /* x0: number of the CPU */
    mov x20, x0
1:  adrp x1, stacks
    add x1, x1, :lo12:stacks
    add x2, x20, #1
    mov x3, #STACK
    madd x1, x2, x3, x1
    mov sp, x1
    mrs x0, CurrentEL
    lsr x19, x0, #2
    cmp x19, #2
    b.ne 2f
    adrp x0, vectors
    add x0, x0, :lo12:vectors
    msr VBAR_EL2, x0
    adrp x0, vectors_of_guest
    add x0, x0, :lo12:vectors_of_guest
    msr VBAR_EL1, x0
    ldr x0, =HCR
    msr HCR_EL2, x0
    mov x0, #15
    msr S3_4_C12_C9_5, x0 /* ICC_SRE_EL2 */
    isb
    b 3f
2:  adrp x0, vectors
    add x0, x0, :lo12:vectors
    msr VBAR_EL1, x0
    isb
3:  mov x0, x20
    mov x1, x19
    bl player_main
4:  wfi
    b 4b

    .text
/* struct outcome guarded(access_fn *act, uint64_t value, bool at_el1): x0 the value, x1 the status */
    .global guarded
guarded:
    stp x29, x30, [sp, #-96]!
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    mov x9, sp
    msr TPIDR_EL0, x9
    mov x10, x0
    mov x0, x1
    cbnz x2, 1f
    blr x10
    mov x1, #STATUS_OK
    b leave
1:  msr ELR_EL2, x10
    mov x11, #SPSR_EL1H
    msr SPSR_EL2, x11
    adr x30, end_of_guest
    isb
    eret
end_of_guest:
    hvc #0

leave: /* from anywhere in between: x0 and x1 are the outcome */
    mrs x9, TPIDR_EL0
    mov sp, x9
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp x29, x30, [sp], #96
    ret

/* At the player's own level: what it called does not exist. */
own_fault:
    mrs x9, CurrentEL
    tbz x9, #3, 1f
    mrs x2, ESR_EL2
    mrs x3, ELR_EL2
    b 2f
1:  mrs x2, ESR_EL1
    mrs x3, ELR_EL1
2:  lsr x4, x2, #26
    mov x0, #0
    mov x1, #STATUS_UNDEFINED
    cbz x4, leave
    mov x1, #STATUS_ABORTED
    cmp x4, #EC_ABORT_SAME
    b.eq leave
    b unexpected_here

/* From EL1: a call's end (HVC 0), its UNDEFINED (HVC 1), or what EL2 wanted to see. */
guest_fault:
    mrs x2, ESR_EL2
    mrs x3, ELR_EL2
    lsr x4, x2, #26
    and x5, x2, #0xffff
    mov x9, #SPSR_EL2H
    msr SPSR_EL2, x9
    adr x9, leave
    cmp x4, #EC_HVC
    b.ne 1f
    mov x1, #STATUS_OK
    cbz x5, leave
    mov x0, #0
    mov x1, #STATUS_UNDEFINED
    cmp x5, #1
    b.eq leave
    b unexpected_here
1:  mov x0, #0
    mov x1, #STATUS_TRAPPED
    cmp x4, #EC_SYSREG
    b.eq leave

unexpected_here: /* x2 the syndrome, x3 where */
    mov x0, x2
    mov x1, x3
    bl player_fault
1:  wfi
    b 1b

unexpected:
    mov x2, #-1
    mov x3, x30
    b unexpected_here

.macro slot to
    .balign 128
    b \to
.endm

    .balign 2048
vectors:
    slot unexpected
    slot unexpected
    slot unexpected
    slot unexpected
    slot own_fault
    slot unexpected
    slot unexpected
    slot unexpected
    slot guest_fault
    slot unexpected
    slot unexpected
    slot unexpected
    slot unexpected
    slot unexpected
    slot unexpected
    slot unexpected

    .balign 2048
vectors_of_guest:
    .rept 4
    slot unexpected_of_guest
    .endr
    .balign 128
    hvc #1
    .rept 11
    slot unexpected_of_guest
    .endr
unexpected_of_guest:
    hvc #2

    .bss
    .balign 16
stacks:
    .space 8 * STACK
