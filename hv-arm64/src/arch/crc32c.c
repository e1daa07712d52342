/* SPDX-License-Identifier: Apache-2.0
 *
 * CRC-32C over words. Unrolled: at boot every table and payload goes through here.
 */
#include "arch/crc32c.h"

#include "arch/ops.h"

#define UNROLLED 16 /* by the compiler */

uint32_t crc32c(uint32_t crc, const uint64_t *words, uint64_t size)
{
    const uint64_t *end = words + size / 8;

    while (end - words >= UNROLLED) {
        for (uint32_t i = 0; i < UNROLLED; i++)
            crc = op_crc32c_u64(crc, words[i]);
        words += UNROLLED;
    }
    while (words < end)
        crc = op_crc32c_u64(crc, *words++);
    return crc;
}
