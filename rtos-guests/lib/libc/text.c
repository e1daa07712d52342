/* SPDX-License-Identifier: Apache-2.0
 *
 * See text.h. Loops over bytes: small, and right on Device memory too, before the MMU is on. NOT_ITSELF keeps
 * the compiler from recognising memset() in memset().
 */
#include "text.h"

#ifdef __clang__
#define NOT_ITSELF __attribute__((no_builtin))
#else
#define NOT_ITSELF __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

NOT_ITSELF void *memset(void *to, int value, size_t size)
{
    uint8_t *at = to;

    while (size--)
        *at++ = (uint8_t)value;
    return to;
}

NOT_ITSELF void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *at = to;
    const uint8_t *source = from;

    while (size--)
        *at++ = *source++;
    return to;
}

NOT_ITSELF void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *at = to;
    const uint8_t *source = from;

    if (at < source)
        return memcpy(to, from, size);
    while (size--)
        at[size] = source[size];
    return to;
}

NOT_ITSELF int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a, *y = b;

    for (; size--; x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

uint64_t text_length(const char *text)
{
    uint64_t length = 0;

    while (text[length])
        length++;
    return length;
}

bool text_equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool text_starts(const char *text, const char *start)
{
    while (*start && *text == *start) {
        text++;
        start++;
    }
    return *start == 0;
}
