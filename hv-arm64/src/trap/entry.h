/* SPDX-License-Identifier: Apache-2.0
 *
 * How the registers of an interrupted guest are saved and given back, for entry.S and short_gicv3.S.
 * x0 to x3 are saved first, by each way in for itself: it needs them to look where to go.
 */
#ifndef HV_TRAP_ENTRY_H
#define HV_TRAP_ENTRY_H

#include "arch/frame.h"

#define ESR_EC_SHIFT 26
#define ESR_SRT_SHIFT 16

/* The others that C may change; x31 reads as zero. Clobbers nothing. */
        .macro  save_volatile
        stp     x4, x5, [sp, #32]
        stp     x6, x7, [sp, #48]
        stp     x8, x9, [sp, #64]
        stp     x10, x11, [sp, #80]
        stp     x12, x13, [sp, #96]
        stp     x14, x15, [sp, #112]
        stp     x16, x17, [sp, #128]
        stp     x30, xzr, [sp, #FRAME_X30]
        .endm

/* C's own registers too: x18 to x29. Clobbers nothing. */
        .macro  save_rest
        stp     x18, x19, [sp, #FRAME_X18]
        stp     x20, x21, [sp, #FRAME_X18 + 16]
        stp     x22, x23, [sp, #FRAME_X18 + 32]
        stp     x24, x25, [sp, #FRAME_X18 + 48]
        stp     x26, x27, [sp, #FRAME_X18 + 64]
        stp     x28, x29, [sp, #FRAME_X18 + 80]
        .endm

/* No speculation past the return: Arm "Straight-line speculation" advisory. */
        .macro  return_to_guest
        eret
        dsb     nsh
        isb
        .endm

        .macro  restore_volatile_and_eret
        ldr     x30, [sp, #FRAME_X30]
        ldp     x16, x17, [sp, #128]
        ldp     x14, x15, [sp, #112]
        ldp     x12, x13, [sp, #96]
        ldp     x10, x11, [sp, #80]
        ldp     x8, x9, [sp, #64]
        ldp     x6, x7, [sp, #48]
        ldp     x4, x5, [sp, #32]
        ldp     x2, x3, [sp, #16]
        ldp     x0, x1, [sp], #FRAME_SIZE
        return_to_guest
        .endm

#endif
