/* SPDX-License-Identifier: Apache-2.0
 *
 * The UART of the console. The build takes the one file uart_<driver>.c that the binding of the
 * board's stdout-path names; all of them keep these promises. Nothing waits here.
 */
#ifndef HV_DEV_UART_H
#define HV_DEV_UART_H

#include <stdbool.h>
#include <stdint.h>

void uart_init(void);              /* 8N1, FIFOs on, receive interrupt on; the rate stays where the clock is unknown */
bool uart_put(uint8_t byte);       /* false: the FIFO is full */
bool uart_get(uint8_t *byte);      /* false: nothing there */
bool uart_idle(void);              /* everything has been sent */
void uart_want_room(bool want);    /* interrupt when the FIFO has room again */
void uart_irq_clear(void);         /* before what is asked for is looked at: a later event interrupts again */

#endif
