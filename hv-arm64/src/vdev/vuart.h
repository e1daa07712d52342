/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual PL011 of each partition: output goes to the console's rings, input comes from the
 * draining pCPU. Arm DDI 0183. Never waits: a full ring is a full FIFO to that guest alone.
 */
#ifndef HV_VDEV_VUART_H
#define HV_VDEV_VUART_H

#include <stdbool.h>
#include <stdint.h>

void vuart_reset(uint32_t partition);
/* Access by the running vCPU; offset into the page, value of the register. */
uint64_t vuart_read(uint32_t vcpu, uint32_t offset);
void vuart_write(uint32_t vcpu, uint32_t offset, uint64_t value);
/* On the draining pCPU: a byte of input. False: the guest's FIFO is full, the byte is lost. */
bool vuart_receive(uint32_t partition, uint8_t byte);
/* On a vCPU's pCPU after a kick: input may have come, or room for output. */
void vuart_poll(uint32_t vcpu);

#endif
