/* SPDX-License-Identifier: Apache-2.0
 *
 * CRC-32C over words. Unrolled: at boot every table and payload goes through here.
 */
#include "arch/crc32c.h"

#include "arch/ops.h"

uint32_t crc32c(uint32_t crc, const uint64_t *words, uint64_t size)
{
    const uint64_t *end = words + size / 8;

    while (end - words >= 8) {
        crc = op_crc32c_u64(crc, words[0]);
        crc = op_crc32c_u64(crc, words[1]);
        crc = op_crc32c_u64(crc, words[2]);
        crc = op_crc32c_u64(crc, words[3]);
        crc = op_crc32c_u64(crc, words[4]);
        crc = op_crc32c_u64(crc, words[5]);
        crc = op_crc32c_u64(crc, words[6]);
        crc = op_crc32c_u64(crc, words[7]);
        words += 8;
    }
    while (words < end)
        crc = op_crc32c_u64(crc, *words++);
    return crc;
}
