/* SPDX-License-Identifier: Apache-2.0
 *
 * Text into a bounded buffer: no format strings, so nothing can disagree with its arguments.
 * What does not fit is cut; the result always ends in NUL.
 */
#ifndef HV_LIB_FORMAT_H
#define HV_LIB_FORMAT_H

#include <stdint.h>

#define TEXT_SIZE 224u

struct text {
    uint32_t length;
    char chars[TEXT_SIZE];
};

void text_start(struct text *t);
void text_string(struct text *t, const char *s);
void text_char(struct text *t, char c);
void text_decimal(struct text *t, uint64_t v);
void text_hex(struct text *t, uint64_t v);                         /* 0x..., as short as it is */
void text_hex_fixed(struct text *t, uint64_t v, uint32_t digits);  /* no 0x */

#endif
