/* SPDX-License-Identifier: Apache-2.0
 *
 * Code to stop in and to step through: every instruction has a known number.
 */
    .section .text, "ax"
    .globl  debug_function, debug_place
debug_function:                         // x0 + 1
    add     x0, x0, #1
debug_place:
    nop
    ret

/* SVC begins the stepping, in the hook. x0: an emulated device's register, x1: a word of RAM. Ten instructions, of
 * which EL2 carries out four. */
    .globl  debug_steps, debug_steps_end
debug_steps:
    mov     x9, x0
    mov     x10, x1
    svc     #0
    add     x1, x10, #0                 // 1
    ldr     w2, [x9]                    // 2: trapped
    str     x2, [x1]                    // 3
    ldr     x0, =0x84000000             // 4: PSCI_VERSION
    hvc     #0                          // 5: EL2, with its number behind it
    mov     x3, x0                      // 6
    mrs     x4, id_aa64pfr0_el1         // 7: trapped
    ldr     x0, =0x84000005             // 8: MIGRATE
    smc     #0                          // 9: trapped
    mov     x0, x3                      // 10
debug_steps_end:
    ret

    .ltorg
