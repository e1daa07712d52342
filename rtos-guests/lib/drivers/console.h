/* SPDX-License-Identifier: Apache-2.0
 *
 * Console on the PL011, polled: for guests without the kernel, and for reports of faults. It is collected in one line
 * per vCPU and sent whole, so that lines of several vCPUs never mix. Interrupt handlers must not print:
 * they may hit an open line or hold the lock against themselves. Guests under the kernel use <stdio.h>.
 */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

void console_init(void);

/* As printf(), see format.h. */
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

/* Before a report of a fault: sends what is in the buffer of serial.c, if there is one, and breaks the lock of a
 * vCPU that may never give it back. */
void console_take_over(void);
extern void (*console_drain)(void); /* set by serial.c */

#endif
