/* SPDX-License-Identifier: Apache-2.0
 *
 * Access to device registers. EL2 maps devices at their physical address, Device-nGnRE: accesses
 * to one device keep their order; a barrier is needed only between a device and memory.
 */
#ifndef HV_ARCH_MMIO_H
#define HV_ARCH_MMIO_H

#include <hv/types.h>

#define MMIO_READ(bits, insn, reg)                                                        \
    static inline uint##bits##_t mmio_read##bits(pa_t base, uint64_t offset)              \
    {                                                                                     \
        uint##bits##_t v;                                                                 \
        __asm__ volatile(insn " %" reg "0, [%1]" : "=r"(v) : "r"(base.pa + offset) : "memory"); \
        return v;                                                                         \
    }
#define MMIO_WRITE(bits, insn, reg)                                                       \
    static inline void mmio_write##bits(pa_t base, uint64_t offset, uint##bits##_t v)     \
    {                                                                                     \
        __asm__ volatile(insn " %" reg "0, [%1]" : : "rZ"(v), "r"(base.pa + offset) : "memory"); \
    }

MMIO_READ(8, "ldrb", "w")
MMIO_READ(32, "ldr", "w")
MMIO_READ(64, "ldr", "x")
MMIO_WRITE(8, "strb", "w")
MMIO_WRITE(32, "str", "w")
MMIO_WRITE(64, "str", "x")

#undef MMIO_READ
#undef MMIO_WRITE

#endif
