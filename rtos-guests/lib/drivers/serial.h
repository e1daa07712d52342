/* SPDX-License-Identifier: Apache-2.0
 *
 * The console under the kernel: by interrupts, through two rings. Before osKernelStart(), in handlers and with
 * interrupts masked it polls instead of sleeping.
 */
#ifndef DRIVER_SERIAL_H
#define DRIVER_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* Whole: another thread's text comes before or behind it, never in between. */
void serial_write(const char *text, uint32_t size);

/* The next character received, or -1 after `ticks`. */
int serial_read(uint32_t ticks);

/* The next line (CR or LF ends it; empty ones are dropped), at most size - 1 characters and a NUL; waits for ever. */
void serial_read_line(char *line, uint32_t size);

/* Sleeps until everything has been sent. */
void serial_flush(void);

/* Sets the UART and its interrupt up again, after somebody had them for himself. */
void serial_restore(void);

#endif
