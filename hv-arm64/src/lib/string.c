/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory functions: by 8 bytes where both sides are aligned, by bytes elsewhere. Small
 * first; the paths that move whole pages have their own loops.
 */
#include "lib/string.h"

#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    if ((((uintptr_t)t | (uintptr_t)f) & 7) == 0) {
        uint64_t *to8 = (void *)t;
        const uint64_t *from8 = (const void *)f;

        for (; size >= 64; size -= 64, to8 += 8, from8 += 8) { /* loads first: pairs, and no false order */
            uint64_t a = from8[0], b = from8[1], c = from8[2], d = from8[3];
            uint64_t k = from8[4], l = from8[5], m = from8[6], n = from8[7];

            to8[0] = a;
            to8[1] = b;
            to8[2] = c;
            to8[3] = d;
            to8[4] = k;
            to8[5] = l;
            to8[6] = m;
            to8[7] = n;
        }
        for (; size >= 8; size -= 8)
            *to8++ = *from8++;
        t = (uint8_t *)to8;
        f = (const uint8_t *)from8;
    }
    for (; size > 0; size--)
        *t++ = *f++;
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    uint8_t *t = to;
    uint64_t word = 0x0101010101010101ull * (uint8_t)byte;

    if (((uintptr_t)t & 7) == 0) {
        for (; size >= 8; size -= 8, t += 8)
            *(uint64_t *)(void *)t = word;
    }
    for (; size > 0; size--)
        *t++ = (uint8_t)byte;
    return to;
}

bool string_equal(const char *a, const char *b)
{
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}
