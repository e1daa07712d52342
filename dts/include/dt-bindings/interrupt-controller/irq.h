/* SPDX-License-Identifier: Apache-2.0 */
/* The third cell of a GIC interrupt: how the line signals. The numbers are the kernel binding's. */
#ifndef DT_BINDINGS_IRQ_H
#define DT_BINDINGS_IRQ_H

#define IRQ_TYPE_NONE 0
#define IRQ_TYPE_EDGE_RISING 1
#define IRQ_TYPE_EDGE_FALLING 2
#define IRQ_TYPE_EDGE_BOTH 3
#define IRQ_TYPE_LEVEL_HIGH 4
#define IRQ_TYPE_LEVEL_LOW 8

#endif
