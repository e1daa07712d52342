/* SPDX-License-Identifier: Apache-2.0
 *
 * A row is written field by field; which of its two forms, only this file knows.
 */
#include "monitor/row.h"

#include "console/console.h"

static void field(struct row *r, const char *name)
{
    if (r->json) {
        text_string(&r->text, r->has_field ? ",\"" : "\"");
        text_string(&r->text, name);
        text_string(&r->text, "\":");
    } else {
        text_char(&r->text, ' ');
        text_string(&r->text, name);
        text_char(&r->text, '=');
    }
    r->has_field = true;
}

static void quote(struct row *r)
{
    if (r->json)
        text_char(&r->text, '"');
}

void row_start(struct row *r, const char *about, bool json)
{
    text_start(&r->text);
    r->json = json;
    r->has_field = false;
    if (json) {
        text_char(&r->text, '{');
        row_text(r, "monitor", about);
    } else {
        text_string(&r->text, about);
        text_char(&r->text, ':');
    }
}

void row_text(struct row *r, const char *name, const char *value)
{
    field(r, name);
    quote(r);
    text_string(&r->text, value);
    quote(r);
}

void row_number(struct row *r, const char *name, uint64_t value)
{
    field(r, name);
    text_decimal(&r->text, value);
}

void row_hex(struct row *r, const char *name, uint64_t value)
{
    field(r, name);
    quote(r);
    text_hex(&r->text, value);
    quote(r);
}

void row_end(struct row *r)
{
    if (r->json)
        text_char(&r->text, '}');
    console_log(&r->text);
}
