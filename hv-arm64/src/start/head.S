/* SPDX-License-Identifier: Apache-2.0
 *
 * The arm64 Image header and the first instructions of each pCPU, MMU off. Entered at EL2 with
 * x0 = devicetree (not used: the plan knows the board). Kernel documentation "Booting AArch64
 * Linux"; Arm DDI 0487.
 *
 * The image is linked for one physical address. Entered elsewhere it copies itself there.
 */
#include "arch/frame.h"
#include "start/boot.h"

        .section .head, "ax"
        .global _start
_start:
        b       boot_primary            // code0
        .word   0                       // code1
        .quad   0                       // text_offset
        .quad   hv_image_size           // bss and pCPU blocks included
        .quad   0xa                     // little endian, 4 KiB pages, anywhere in memory
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .word   0

boot_primary:
        msr     daifset, #15
        mrs     x0, CurrentEL
        cmp     x0, #(2 << 2)
        b.ne    wrong_level
        adr     x19, _start             // where we are
        ldr     x20, =_start            // where we belong
        ldr     x21, =hv_load_end       // end of what the file holds
        sub     x21, x21, x20           // bytes
        cmp     x19, x20
        b.eq    in_place

/* Move [x19, +x21) to x20. A boot loader loads at a multiple of 2 MiB, so the head of the source
 * and of the destination do not overlap: going down, the head is copied first and the copy goes
 * on from there; going up, the end is copied first. Data accesses with the MMU off go past the
 * caches; lines of the destination are dropped before and after. */
        mov     x0, x20
        mov     x1, x21
        bl      drop_lines
        ic      iallu
        cmp     x20, x19
        b.hi    copy_up
        mov     x2, #0
        mov     x3, #(boot_end - _start + 4096)
        bl      copy_words
        ic      iallu
        dsb     sy
        isb
        ldr     x4, =copy_rest          // absolute: in the copy of the head
        br      x4
copy_rest:
        mov     x3, x21
        bl      copy_words
        b       moved
copy_up:
        mov     x2, x21
1:      sub     x2, x2, #8
        ldr     x4, [x19, x2]
        str     x4, [x20, x2]
        cbnz    x2, 1b
moved:
        mov     x0, x20
        mov     x1, x21
        bl      drop_lines
        ic      iallu
        dsb     sy
        isb
        ldr     x4, =in_place
        br      x4

copy_words:                             // words of 8 bytes from offset x2 to offset x3; clobbers x4
        ldr     x4, [x19, x2]
        str     x4, [x20, x2]
        add     x2, x2, #8
        cmp     x2, x3
        b.lo    copy_words
        ret

drop_lines:                             // clean and invalidate [x0, +x1); clobbers x2, x3
        mrs     x3, ctr_el0
        ubfx    x3, x3, #16, #4         // DminLine: log2 of words
        mov     x2, #4
        lsl     x2, x2, x3
        add     x1, x0, x1
        sub     x3, x2, #1
        bic     x0, x0, x3
1:      dc      civac, x0
        add     x0, x0, x2
        cmp     x0, x1
        b.lo    1b
        dsb     sy
        ret

/* What the file does not hold (bss, stacks) may have dirty lines of the boot loader's: they must
 * not be written back over what is stored there with the MMU off. */
in_place:
        ldr     x0, =hv_bss_start
        ldr     x1, =hv_image_end
        sub     x1, x1, x0
        bl      drop_lines
        mov     x1, #1                  // the boot pCPU
        b       boot_common

/* A pCPU that the boot pCPU woke, by PSCI or by its spin table: nothing is in its registers. */
        .global boot_secondary
boot_secondary:
        msr     daifset, #15
        mrs     x0, CurrentEL
        cmp     x0, #(2 << 2)
        b.ne    wrong_level
        mov     x1, #0
/* x1: is it the boot pCPU? */
boot_common:
        mrs     x3, mpidr_el1           // which pCPU of the plan is this?
        ldr     x2, =MPIDR_AFFINITY
        and     x4, x3, x2
        ldr     x5, =hv_pcpus
        mov     x0, #0
        ldr     x6, =hv_config_header
        ldr     w6, [x6, #HEADER_PCPU_COUNT]
1:      ldr     x3, [x5]
        cmp     x3, x4
        b.eq    found
        add     x5, x5, #PCPU_CONFIG_SIZE
        add     x0, x0, #1
        cmp     w0, w6
        b.lo    1b
        b       wrong_level             // a CPU the plan does not have: it must not run anything
found:
        ldr     x5, [x5, #PCPU_CONFIG_BLOCK]
        mov     x2, #PCPU_OFFSET
        add     x2, x5, x2
        msr     tpidr_el2, x2
        mov     x3, #STACK_TOP_OFFSET
        add     x3, x5, x3
        msr     spsel, #1
        sub     sp, x3, #FRAME_SIZE     // the frame of the guest lies above: part_vcpu_ready()
        ldr     x4, =hv_vectors_pinned
        msr     vbar_el2, x4
        mov     x4, #0                  // no E2H, no traps yet
        msr     hcr_el2, x4
        isb
        mov     w19, w0
        mov     w20, w1
        bl      start_mmu               // start.c
        mov     w0, w19                 // index
        mov     w1, w20                 // boot
        b       start_pcpu

        .global boot_unplanned
boot_unplanned:
        msr     daifset, #15
wrong_level:                            // nothing can be promised here, not even a console
        wfi
        b       wrong_level

        .ltorg
boot_end:
