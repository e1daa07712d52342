/* SPDX-License-Identifier: Apache-2.0
 *
 * The little of <stdio.h> that guests under the kernel have; format.h says which directives. printf(), puts() and
 * putchar() write whole calls to the console (serial.h): text of two threads does not mix within one.
 */
#ifndef LIBC_STDIO_H
#define LIBC_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define EOF (-1)

int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int vprintf(const char *format, va_list args);
int snprintf(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *to, size_t size, const char *format, va_list args);
int puts(const char *text);
int putchar(int c);

#endif
