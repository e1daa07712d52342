/* SPDX-License-Identifier: Apache-2.0
 *
 * Bits and fields of 64-bit values. Fields are named by the register tables of regs/:
 * field_get(HCR_EL2, TSC, v) reads bits HCR_EL2_TSC_HI..HCR_EL2_TSC_LO of v.
 */
#ifndef HV_LIB_BITS_H
#define HV_LIB_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define BIT(n) (1ull << (n))

#define FIELD_WIDTH_MASK(hi, lo) ((~0ull >> (63 - ((hi) - (lo)))))
#define field_mask(reg, field) \
    (FIELD_WIDTH_MASK((uint64_t)reg##_##field##_HI, (uint64_t)reg##_##field##_LO) << reg##_##field##_LO)
#define field_get(reg, field, v) \
    (((uint64_t)(v) >> reg##_##field##_LO) & \
     FIELD_WIDTH_MASK((uint64_t)reg##_##field##_HI, (uint64_t)reg##_##field##_LO))
#define field_put(reg, field, v) \
    (((uint64_t)(v) & FIELD_WIDTH_MASK((uint64_t)reg##_##field##_HI, (uint64_t)reg##_##field##_LO)) \
     << reg##_##field##_LO)

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

static inline uint32_t bits_lowest(uint32_t v) /* v != 0 */
{
    return (uint32_t)__builtin_ctz(v);
}

static inline uint32_t bits_highest(uint32_t v) /* v != 0 */
{
    return 31 - (uint32_t)__builtin_clz(v);
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

#endif
