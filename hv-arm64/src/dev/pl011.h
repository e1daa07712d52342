/* SPDX-License-Identifier: Apache-2.0
 *
 * PL011 UART, the console's physical end. Arm DDI 0183. Nothing waits here.
 */
#ifndef HV_DEV_PL011_H
#define HV_DEV_PL011_H

#include <stdbool.h>
#include <stdint.h>

void pl011_init(void);              /* 8N1, FIFOs on, receive interrupt on */
bool pl011_put(uint8_t byte);       /* false: the FIFO is full */
bool pl011_get(uint8_t *byte);      /* false: nothing there */
bool pl011_idle(void);              /* everything has been sent */
void pl011_want_room(bool want);    /* interrupt when the FIFO has room again */
void pl011_irq_clear(void);

#endif
