/* SPDX-License-Identifier: Apache-2.0 */
/* The first cell of a GIC interrupt. SPI n is INTID n + 32, PPI n is INTID n + 16. */
#ifndef DT_BINDINGS_ARM_GIC_H
#define DT_BINDINGS_ARM_GIC_H

#include <dt-bindings/interrupt-controller/irq.h>

#define GIC_SPI 0
#define GIC_PPI 1

/* GICv2 only: which CPUs a PPI goes to, in the third cell. */
#define GIC_CPU_MASK_RAW(x) ((x) << 8)
#define GIC_CPU_MASK_SIMPLE(n) GIC_CPU_MASK_RAW((1 << (n)) - 1)

#endif
