/* SPDX-License-Identifier: Apache-2.0
 *
 * Text into a bounded buffer.
 */
#include "lib/format.h"

void text_start(struct text *t)
{
    t->length = 0;
    t->chars[0] = 0;
}

void text_char(struct text *t, char c)
{
    if (t->length + 1 < TEXT_SIZE) {
        t->chars[t->length++] = c;
        t->chars[t->length] = 0;
    }
}

void text_string(struct text *t, const char *s)
{
    while (*s != 0)
        text_char(t, *s++);
}

void text_decimal(struct text *t, uint64_t v)
{
    char digits[20];
    uint32_t n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    while (n > 0)
        text_char(t, digits[--n]);
}

void text_hex_fixed(struct text *t, uint64_t v, uint32_t digits)
{
    while (digits > 0) {
        digits--;
        text_char(t, "0123456789abcdef"[(v >> (4 * digits)) & 15]);
    }
}

void text_hex(struct text *t, uint64_t v)
{
    uint32_t digits = 1;

    while (digits < 16 && (v >> (4 * digits)) != 0)
        digits++;
    text_string(t, "0x");
    text_hex_fixed(t, v, digits);
}
