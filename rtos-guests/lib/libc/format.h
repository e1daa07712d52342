/* SPDX-License-Identifier: Apache-2.0
 *
 * The printf family's one formatter (C11 7.21.6.1). Supported: % c s d i u x X o p, flags - + space # 0, width and
 * precision (numbers or *), lengths hh h l ll z j t. Not supported: floating point, %n, wide characters; such a
 * directive and all behind it come out as they are, since the size of their arguments is not known.
 */
#ifndef LIBC_FORMAT_H
#define LIBC_FORMAT_H

#include <stdarg.h>

typedef void format_put_fn(void *context, char c);

/* Returns how many characters went to `put`. */
int format_to(format_put_fn *put, void *context, const char *format, va_list args);

#endif
