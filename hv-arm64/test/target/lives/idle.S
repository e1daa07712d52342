/* SPDX-License-Identifier: Apache-2.0
 *
 * What the vCPUs do while their partition ends, each in its own way: x0 = way. All count into `alive` when they
 * are awake; no stack, no caches, so that nothing else keeps one of them.
 */
    .section .text, "ax"
    .globl  idle_entry
idle_entry:
    adrp    x10, alive
    add     x10, x10, :lo12:alive
    add     x10, x10, x0, lsl #6        // a line each
    mov     x11, x0
1:  ldr     x1, [x10]
    add     x1, x1, #1
    str     x1, [x10]
    dsb     sy
    cbz     x11, 1b                     // 0: spins
    cmp     x11, #1
    b.ne    2f
    wfi                                 // 1: no interrupt is enabled for it
    b       1b
2:  cmp     x11, #2
    b.ne    3f
    wfe                                 // 2
    b       1b
3:  ldr     x0, =0x84000001             // 3: CPU_SUSPEND, standby; else power-down, back to the same place
    cmp     x11, #3
    cset    x1, ne
    lsl     x1, x1, #16
    adr     x2, idle_entry
    mov     x3, x11
    hvc     #0
    b       1b

    .ltorg
