/* SPDX-License-Identifier: Apache-2.0
 *
 * The same names as hv-arm64/src/arch/mmio.h: accesses become bus transactions of the simulated
 * controller.
 */
#ifndef HV_ARCH_MMIO_H
#define HV_ARCH_MMIO_H

#include <hv/types.h>

#include "binding.h"

#define MMIO(bits)                                                                       \
    static inline uint##bits##_t mmio_read##bits(pa_t base, uint64_t offset)             \
    {                                                                                    \
        return (uint##bits##_t)cosim_access(COSIM_READ, base.pa + offset, bits / 8, 0);  \
    }                                                                                    \
    static inline void mmio_write##bits(pa_t base, uint64_t offset, uint##bits##_t v)    \
    {                                                                                    \
        cosim_access(COSIM_WRITE, base.pa + offset, bits / 8, v);                        \
    }

MMIO(8)
MMIO(32)
MMIO(64)

#undef MMIO

#endif
