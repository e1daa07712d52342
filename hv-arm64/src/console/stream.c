/* SPDX-License-Identifier: Apache-2.0
 *
 * The tagged stream. Each line starts with its speaker's tag; a speaker that interrupts an open
 * line ends it with a lone backslash, and the line goes on later behind `tag|+ `. Backslashes
 * are doubled and control characters of unfocused guests become \xHH, so that no guest can forge
 * a tag and the SDK can take the stream apart without loss.
 */
#include "console/stream.h"

static void out(struct stream *s, uint8_t byte)
{
    s->out[s->out_count++] = byte;
}

static void out_string(struct stream *s, const char *text)
{
    while (*text != 0)
        out(s, (uint8_t)*text++);
}

static void out_escaped(struct stream *s, uint8_t byte)
{
    out_string(s, "\\x");
    out(s, (uint8_t)"0123456789abcdef"[byte >> 4]);
    out(s, (uint8_t)"0123456789abcdef"[byte & 15]);
}

static void out_control(struct stream *s, uint32_t speaker, uint8_t byte)
{
    if (s->focus == speaker)
        out(s, byte);
    else
        out_escaped(s, byte);
}

static void open_line(struct stream *s, uint32_t speaker)
{
    if (s->open && s->speaker == speaker)
        return;
    if (s->open) {
        out_string(s, "\\\r\n");
        s->continued[s->speaker] = true;
    }
    out_string(s, speaker == STREAM_HV ? "hv" : config_partition(speaker)->name);
    out_string(s, s->continued[speaker] ? "|+ " : "| ");
    s->continued[speaker] = false;
    s->open = true;
    s->speaker = speaker;
}

void stream_begin(struct stream *s)
{
    s->out_count = 0;
    out_string(s, "\r\n");
}

void stream_byte(struct stream *s, uint32_t speaker, uint8_t byte)
{
    s->out_count = 0;
    if (byte == '\r' && !s->held_cr[speaker]) {
        s->held_cr[speaker] = true;
        return;
    }
    open_line(s, speaker);
    if (s->held_cr[speaker]) {
        if (byte == '\n')
            out(s, '\r');
        else
            out_control(s, speaker, '\r');
        s->held_cr[speaker] = byte == '\r';
        if (byte == '\r')
            return;
    }
    if (byte == '\n') {
        out_string(s, "\r\n");
        s->open = false;
    } else if (byte == '\\') {
        out_string(s, "\\\\");
    } else if ((byte < 0x20 && byte != '\t') || byte >= 0x7f) {
        out_control(s, speaker, byte);
    } else {
        out(s, byte);
    }
}
