/* SPDX-License-Identifier: Apache-2.0
 *
 * From (speaker, byte) to the tagged stream of docs/console.md: tags, interrupted lines, escapes.
 * Knows no ring and no UART.
 */
#ifndef HV_CONSOLE_STREAM_H
#define HV_CONSOLE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

#define STREAM_SPEAKERS (HV_PARTITION_COUNT + 1u)
#define STREAM_HV HV_PARTITION_COUNT /* the hypervisor's own lines; partitions are their ids */
/* Most bytes one byte of a speaker can become: the break of another line, a tag, a held CR, an escape. */
#define STREAM_EXPANSION (3u + HV_NAME_SIZE + 3u + 4u + 4u)

struct stream {
    uint8_t out[STREAM_EXPANSION];
    uint32_t out_count;
    uint32_t speaker;   /* of the open line */
    bool open;          /* a line is open: no line end was sent after its tag */
    uint32_t focus;     /* whose control characters go out raw; STREAM_HV: nobody's */
    bool continued[STREAM_SPEAKERS]; /* its line was interrupted */
    bool held_cr[STREAM_SPEAKERS];   /* a CR that goes out raw if LF follows */
};

/* Fills s->out with what comes before all else: the end of a line that a boot loader, or a reset, left open. */
void stream_begin(struct stream *s);
/* Fills s->out with what this byte becomes (s->out_count bytes, possibly none). */
void stream_byte(struct stream *s, uint32_t speaker, uint8_t byte);

#endif
