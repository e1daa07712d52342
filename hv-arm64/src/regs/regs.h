/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns the register tables (*.def) into constants: for REG(GICD_CTLR, 0x0000, ...) the offset
 * GICD_CTLR, for FIELD(GICD_CTLR, ARE_NS, 4, 4, ...) the bits GICD_CTLR_ARE_NS_HI and _LO, for
 * BITS-only tables (system registers) the fields alone. The same files are read by the SDK's
 * crash decoder, the host tests and the RTL benches.
 */
#ifndef HV_REGS_H
#define HV_REGS_H

#define REG(name, offset, bits, access, meaning) name = offset,
#define REGS(name, offset, count, stride, bits, access, meaning) \
    name = offset, name##_COUNT = count, name##_STRIDE = stride,
#define SYSREG(name, op0, op1, crn, crm, op2, access, meaning)
#define FIELD(reg, field, hi, lo, meaning) reg##_##field##_HI = hi, reg##_##field##_LO = lo,
enum hv_regs {
    HV_REGS_FIRST = 0,
#include "regs/gicd.def"
#include "regs/gicr.def"
#include "regs/gicc.def"
#include "regs/gich.def"
#include "regs/ich.def"
#include "regs/uart_bcm_mini.def"
#include "regs/uart_cadence.def"
#include "regs/uart_imx.def"
#include "regs/uart_pl011.def"
#include "regs/el2.def"
};
#undef REG
#undef REGS
#undef SYSREG
#undef FIELD

#endif
