/* SPDX-License-Identifier: Apache-2.0
 *
 * PL011 UART (Arm DDI 0183, chapter 3): one character or one question at a time. Who waits, and how, is
 * the caller's business: console.c polls, serial.c sleeps.
 */
#ifndef DRIVER_PL011_H
#define DRIVER_PL011_H

#include <stdbool.h>
#include <stdint.h>

struct pl011 {
    uint64_t base;
    uint32_t intid;
};

/* Interrupts, in UARTIMSC's bits. */
#define PL011_RX ((1u << 4) | (1u << 6)) /* receive, and receive timeout */
#define PL011_TX (1u << 5)

/* FIFOs on, 8 bits, no interrupts. The devicetree's first one ("arm,pl011"), or what `uart` says. */
void pl011_open(struct pl011 *uart);

bool pl011_put(const struct pl011 *uart, uint8_t c); /* false: the FIFO is full */
int pl011_get(const struct pl011 *uart);             /* -1: nothing came */
void pl011_interrupts(const struct pl011 *uart, uint32_t mask);

/* Acknowledges what an interrupt said; returns it. */
uint32_t pl011_acknowledge(const struct pl011 *uart);

#endif
