/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of an answer, as `command: name=value name=value` for people or as one JSON object.
 */
#ifndef HV_MONITOR_ROW_H
#define HV_MONITOR_ROW_H

#include <stdbool.h>

#include "lib/format.h"

struct row {
    struct text text;
    bool json;
    bool has_field;
};

/* `about` is the command that answers. */
void row_start(struct row *r, const char *about, bool json);
/* Values are names of the plan or our own words: nothing in them needs an escape. */
void row_text(struct row *r, const char *name, const char *value);
void row_number(struct row *r, const char *name, uint64_t value);
void row_hex(struct row *r, const char *name, uint64_t value); /* in JSON a string, "0x..." */
/* The line is complete: to the console. */
void row_end(struct row *r);

#endif
