/* SPDX-License-Identifier: Apache-2.0
 *
 * The CAN controller of Zynq and Zynq UltraScale+ (AMD UG1085, "CAN Controller"; UG1087, "CAN Module"): frames with
 * standard identifiers through its FIFOs, 64 deep, and its error counters. It accepts every frame.
 */
#ifndef DRIVER_ZYNQ_CAN_H
#define DRIVER_ZYNQ_CAN_H

#include <stdbool.h>
#include <stdint.h>

#include "irq.h"

struct zynq_can {
    uint64_t base;
    uint32_t intid;
    /* Since the controller was opened: frames lost in a full FIFO, errors on the bus, times it went off the bus. */
    uint32_t overruns, bus_errors, bus_off;
};

struct can_frame {
    uint32_t id; /* 11 bits */
    uint32_t size; /* 0 to 8 bytes */
    uint32_t data[2]; /* the first byte on the bus is the highest of data[0] */
};

/* The first one of the devicetree, at 500 kbit/s from its clock of 24 MHz; `handler` gets its interrupt and calls
 * zynq_can_status(). False: there is none, or it does not leave its reset. */
bool zynq_can_open(struct zynq_can *can, irq_fn *handler);

/* False: the transmit FIFO is full. */
bool zynq_can_send(struct zynq_can *can, const struct can_frame *frame);

/* False: there is none. */
bool zynq_can_receive(struct zynq_can *can, struct can_frame *frame);

/* Counts what went wrong since the last call and ends the interrupt. */
void zynq_can_status(struct zynq_can *can);

/* ISO 11898-1: transmit and receive error counter. */
uint32_t zynq_can_tec(const struct zynq_can *can);
uint32_t zynq_can_rec(const struct zynq_can *can);

#endif
