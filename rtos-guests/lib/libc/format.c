/* SPDX-License-Identifier: Apache-2.0
 *
 * See format.h. No buffer but for the digits of one number: text goes out as it is made.
 */
#include "format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define DIGITS 22u /* of 64 bits in octal */

struct out {
    format_put_fn *put;
    void *context;
    int count;
};

struct directive {
    bool left, plus, space, alternate, zero;
    int width, precision; /* precision -1: none */
    char length;          /* 'H' stands for hh, 'L' for ll */
};

static void put(struct out *out, char c)
{
    out->put(out->context, c);
    out->count++;
}

static void pad(struct out *out, char c, int count)
{
    while (count-- > 0)
        put(out, c);
}

static void put_text(struct out *out, const struct directive *d, const char *text)
{
    int length = 0, i;

    if (!text)
        text = "(null)";
    while ((d->precision < 0 || length < d->precision) && text[length])
        length++;
    if (!d->left)
        pad(out, ' ', d->width - length);
    for (i = 0; i < length; i++)
        put(out, text[i]);
    if (d->left)
        pad(out, ' ', d->width - length);
}

static void put_number(struct out *out, const struct directive *d, uint64_t value, bool negative, uint32_t base, bool upper)
{
    const char *symbols = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[DIGITS], sign = negative ? '-' : d->plus ? '+' : d->space ? ' ' : 0;
    int count = 0, zeros, fill;
    bool prefix = d->alternate && base == 16 && value;

    while (value) {
        digits[count++] = symbols[value % base];
        value /= base;
    }
    zeros = d->precision < 0 ? count == 0 : d->precision > count ? d->precision - count : 0;
    if (d->alternate && base == 8 && zeros == 0)
        zeros = 1;
    fill = d->width - (sign != 0) - 2 * prefix - zeros - count;
    if (d->zero && !d->left && d->precision < 0 && fill > 0) {
        zeros += fill;
        fill = 0;
    }
    if (!d->left)
        pad(out, ' ', fill);
    if (sign)
        put(out, sign);
    if (prefix) {
        put(out, '0');
        put(out, upper ? 'X' : 'x');
    }
    pad(out, '0', zeros);
    while (count)
        put(out, digits[--count]);
    if (d->left)
        pad(out, ' ', fill);
}

static const char *read_flags(struct directive *d, const char *at)
{
    for (;; at++) {
        switch (*at) {
        case '-': d->left = true; break;
        case '+': d->plus = true; break;
        case ' ': d->space = true; break;
        case '#': d->alternate = true; break;
        case '0': d->zero = true; break;
        default: return at;
        }
    }
}

static const char *read_length(struct directive *d, const char *at)
{
    if (*at == 'h' || *at == 'l') {
        d->length = *at++;
        if (*at == d->length) {
            d->length = d->length == 'h' ? 'H' : 'L';
            at++;
        }
    } else if (*at == 'z' || *at == 'j' || *at == 't') {
        d->length = *at++;
    }
    return at;
}

/* All lengths but int's and shorter have 64 bits here. */
static int64_t signed_of(const struct directive *d, va_list *args)
{
    if (d->length == 0)
        return va_arg(*args, int);
    if (d->length == 'h')
        return (short)va_arg(*args, int);
    if (d->length == 'H')
        return (signed char)va_arg(*args, int);
    return va_arg(*args, int64_t);
}

static uint64_t unsigned_of(const struct directive *d, va_list *args)
{
    if (d->length == 0)
        return va_arg(*args, unsigned);
    if (d->length == 'h')
        return (unsigned short)va_arg(*args, unsigned);
    if (d->length == 'H')
        return (unsigned char)va_arg(*args, unsigned);
    return va_arg(*args, uint64_t);
}

static const char *read_number(int *number, const char *at, va_list *args)
{
    if (*at == '*') {
        *number = va_arg(*args, int);
        return at + 1;
    }
    for (*number = 0; *at >= '0' && *at <= '9'; at++)
        if (*number < 100000) /* more than anybody wants; and no overflow */
            *number = *number * 10 + (*at - '0');
    return at;
}

/* False: not one of ours; nothing was taken from `args` but * numbers. */
static bool convert(struct out *out, struct directive *d, char kind, va_list *args)
{
    int64_t value;

    switch (kind) {
    case '%': put(out, '%'); return true;
    case 'c': {
        char c = (char)va_arg(*args, int);

        pad(out, ' ', d->left ? 0 : d->width - 1);
        put(out, c);
        pad(out, ' ', d->left ? d->width - 1 : 0);
        return true;
    }
    case 's': put_text(out, d, va_arg(*args, const char *)); return true;
    case 'd':
    case 'i':
        value = signed_of(d, args);
        put_number(out, d, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0, 10, false);
        return true;
    case 'p':
        d->alternate = true;
        d->length = 'l';
        kind = 'x';
        break;
    case 'u': case 'x': case 'X': case 'o': break;
    default: return false;
    }
    d->plus = d->space = false;
    put_number(out, d, unsigned_of(d, args), false, kind == 'u' ? 10 : kind == 'o' ? 8 : 16, kind == 'X');
    return true;
}

int format_to(format_put_fn *sink, void *context, const char *format, va_list list)
{
    struct out out = {.put = sink, .context = context};
    va_list args;

    va_copy(args, list);
    while (*format) {
        struct directive d = {.precision = -1};
        const char *at = format + 1;

        if (*format != '%') {
            put(&out, *format++);
            continue;
        }
        at = read_flags(&d, at);
        at = read_number(&d.width, at, &args);
        if (d.width < 0) {
            d.left = true;
            d.width = d.width < -100000 ? 100000 : -d.width;
        }
        if (*at == '.')
            at = read_number(&d.precision, at + 1, &args);
        at = read_length(&d, at);
        if (!convert(&out, &d, *at, &args)) {
            while (*format)
                put(&out, *format++);
            break;
        }
        format = at + 1;
    }
    va_end(args);
    return out.count;
}

struct buffer {
    char *at, *last; /* where the NUL may stand at the latest; NULL: no room at all */
};

static void put_in_buffer(void *context, char c)
{
    struct buffer *buffer = context;

    if (buffer->at != buffer->last)
        *buffer->at++ = c;
}

int vsnprintf(char *to, size_t size, const char *format, va_list args)
{
    struct buffer buffer = {.at = to, .last = size ? to + size - 1 : to};
    int count = format_to(put_in_buffer, &buffer, format, args);

    if (size)
        *buffer.at = 0;
    return count;
}

int snprintf(char *to, size_t size, const char *format, ...)
{
    va_list args;
    int count;

    va_start(args, format);
    count = vsnprintf(to, size, format, args);
    va_end(args);
    return count;
}
