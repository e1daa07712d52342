/* SPDX-License-Identifier: Apache-2.0
 *
 * The console: rings that each pCPU and vCPU writes, one pCPU that drains them to the UART under
 * a byte budget per period, and the input that comes back. The stream's format is written down
 * in docs/console.md; console/stream.c makes it.
 */
#ifndef HV_CONSOLE_CONSOLE_H
#define HV_CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/format.h"

/* One line of the hypervisor's own, from any pCPU; dropped and counted when its ring is full. */
void console_log(const struct text *line);
/* Bytes that this pCPU's own lines have left before one is dropped. */
uint32_t console_log_room(void);
/* The line that identifies this build and this boot. */
void console_banner(void);

/* A vCPU's UART. False: the ring is full. */
bool console_put(uint32_t vcpu, uint8_t byte);
uint32_t console_room(uint32_t vcpu);
/* A new life: the line that the last one left open ends. */
void console_end_line(uint32_t vcpu);
/* That vCPU's pCPU is kicked once its ring is at least half empty. */
void console_want_room(uint32_t vcpu);

/* On the draining pCPU alone: start, the doorbell or timer or UART interrupt, input. */
void console_start(void);
void console_drain(void);
uint32_t console_pcpu(void);
/* All that was said has left the UART. If not, the timer will interrupt again within a period. */
bool console_quiet(void);
/* And at that count at the latest, again and again until it is told another; 0: no more. */
void console_wake_at(uint64_t count);
/* The timer interrupts once more within a period, whatever there is to send. */
void console_call_again(void);

/* Whose control characters go out raw, and who gets the input: a partition's id, or STREAM_HV (stream.h) for nobody. */
uint32_t console_focus(void);
void console_set_focus(uint32_t speaker);

/* input.c */
struct console_input {
    uint32_t partition; /* or STREAM_HV: no guest has the focus */
    uint8_t byte;
};
/* Take one input byte from the UART; false when there is none. Handles Ctrl-^ itself. */
bool console_receive(struct console_input *input);

#endif
