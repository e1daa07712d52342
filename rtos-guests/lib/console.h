/* SPDX-License-Identifier: Apache-2.0
 *
 * Console on the PL011. Output is polled. It is collected in one line per vCPU and sent whole, so that lines
 * of several vCPUs never mix. Interrupt handlers must not print: they may hit an open line or
 * hold the lock against themselves.
 */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

void console_init(void);

/* %c %s %d %u %x with an optional width, 0 for zeros in front, and l or ll. No floating point. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Sends an unfinished line. */
void console_flush(void);

/* The next character received, or -1. */
int console_poll(void);

/* Sleeps until there is input. Interrupts are masked when it is called and when it returns; all that are
 * enabled are served meanwhile. */
void console_wait(void);

/* Collects what was received, without waiting. True when a line is complete: `line` has it, ended
 * by NUL, at most `size` - 1 characters. CR and LF both end a line; empty lines are dropped. */
bool console_read_line(char *line, uint32_t size);

#endif
