/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory functions that a freestanding compiler may call, and two on strings.
 */
#ifndef HV_LIB_STRING_H
#define HV_LIB_STRING_H

#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);
bool string_equal(const char *a, const char *b);

#endif
