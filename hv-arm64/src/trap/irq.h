/* SPDX-License-Identifier: Apache-2.0
 *
 * Physical interrupts, from a guest or from the pCPU's loop.
 */
#ifndef HV_TRAP_IRQ_H
#define HV_TRAP_IRQ_H

#include <stdbool.h>
#include <stdint.h>

/* An acknowledged interrupt, dropped here. True: somebody asked this pCPU to look at its vCPU. */
bool irq_serve(uint32_t intid);
/* Take one pending interrupt. True: somebody asked this pCPU to look at its vCPU. */
bool irq_take(void);

#endif
