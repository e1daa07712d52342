/* SPDX-License-Identifier: Apache-2.0
 *
 * The fast integrity code of tables and payloads: CRC-32C (Castagnoli) by the CPU's instruction.
 */
#ifndef HV_ARCH_CRC32C_H
#define HV_ARCH_CRC32C_H

#include <stdint.h>

#define CRC32C_START 0xffffffffu /* the result is the complement of the last value */

/* Goes on from `crc` over `size` bytes, a multiple of 8; `words` is 8-byte aligned. */
uint32_t crc32c(uint32_t crc, const uint64_t *words, uint64_t size);

#endif
