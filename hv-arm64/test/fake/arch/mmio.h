/* SPDX-License-Identifier: Apache-2.0
 *
 * The same names as src/arch/mmio.h, for the host: accesses go to the devices of fake.h.
 */
#ifndef HV_ARCH_MMIO_H
#define HV_ARCH_MMIO_H

#include <hv/types.h>

#include "fake.h"

#define MMIO(bits)                                                                    \
    static inline uint##bits##_t mmio_read##bits(pa_t base, uint64_t offset)          \
    {                                                                                 \
        return (uint##bits##_t)fake_mmio_read(base.pa + offset, bits / 8);            \
    }                                                                                 \
    static inline void mmio_write##bits(pa_t base, uint64_t offset, uint##bits##_t v) \
    {                                                                                 \
        fake_mmio_write(base.pa + offset, bits / 8, v);                               \
    }

MMIO(8)
MMIO(32)
MMIO(64)

#undef MMIO

#endif
