/* SPDX-License-Identifier: Apache-2.0
 *
 * First instructions of every vCPU: the boot one enters at guest_start with x0 = devicetree (or
 * anything, on bare QEMU), others at secondary_start with x0 = their index. Both end in C with MMU,
 * caches, floating point, vectors and a stack. Only the boot vCPU clears .bss and builds the tables.
 */
#include "machine.h"

    .section .text.start, "ax"
    .globl  guest_start
guest_start:
    mrs     x20, cntvct_el0             // first of all, for those who measure start-up
    mov     x21, x0
    msr     daifset, #0xf
    msr     spsel, #1
    adrp    x1, guest_bss_start         // 16-byte aligned by guest.ld
    add     x1, x1, :lo12:guest_bss_start
    adrp    x2, guest_end
    add     x2, x2, :lo12:guest_end
    mov     x3, x1
1:  stp     xzr, xzr, [x3], #16
    cmp     x3, x2
    b.lo    1b

    mov     x22, xzr                    // index 0
    bl      set_stack
    mov     x0, x21
    bl      mmu_build                   // C, still without MMU: data is Device memory here

    // All of .bss was written past the caches: drop lines of an earlier life before they are
    // switched on (Arm ARM D7.5, "Cache maintenance instructions").
    adrp    x1, guest_bss_start
    adrp    x2, guest_end
    add     x2, x2, :lo12:guest_end
2:  dc      ivac, x1
    add     x1, x1, #16                 // no line is shorter
    cmp     x1, x2
    b.lo    2b
    dsb     sy

    bl      set_cpu
    adrp    x1, boot_cntvct
    str     x20, [x1, :lo12:boot_cntvct]
    mov     x0, x21
    bl      boot_main
    b       .                           // never reached

    .globl  secondary_start
secondary_start:
    msr     daifset, #0xf
    msr     spsel, #1
    mov     x22, x0
    bl      set_stack
    bl      set_cpu
    mov     x0, x22
    bl      boot_secondary
    b       .                           // never reached

// x22 = index. Clobbers x1, x2.
set_stack:
    adrp    x1, guest_stacks
    add     x1, x1, :lo12:guest_stacks
    add     x2, x22, #1
    mov     x3, #GUEST_STACK_SIZE
    madd    x1, x2, x3, x1
    mov     sp, x1
    ret

// MMU and caches on, vectors, floating point. Clobbers x1. Order: tables, TLBI, SCTLR_EL1.
set_cpu:
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el1, x1
    mov     x1, #(3 << 20)              // CPACR_EL1.FPEN: no trap
    msr     cpacr_el1, x1
    ldr     x1, =0xff04                 // MAIR_EL1: 0 Device-nGnRE, 1 Normal write-back
    msr     mair_el1, x1
    // TCR_EL1: T0SZ = 25, walks write-back and inner shareable, TG0 = 4 KiB, EPD1, IPS = 40 bits
    ldr     x1, =((2 << 32) | (1 << 23) | (3 << 12) | (1 << 10) | (1 << 8) | 25)
    msr     tcr_el1, x1
    adrp    x1, mmu_root
    msr     ttbr0_el1, x1
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    ldr     x1, =0x30d01805             // SCTLR_EL1: RES1, I, C, M
    msr     sctlr_el1, x1
    isb
    ret

    .ltorg

    .section .bss.stacks, "aw", %nobits
    .balign 16
guest_stacks:
    .space  GUEST_STACK_SIZE * GUEST_VCPU_MAX
