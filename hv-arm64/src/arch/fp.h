/* SPDX-License-Identifier: Apache-2.0
 *
 * The FP and SIMD registers. EL2's C code never uses them, so that they always hold a guest's.
 */
#ifndef HV_ARCH_FP_H
#define HV_ARCH_FP_H

void fp_clear(void); /* v0-v31, FPCR and FPSR to zero */

#endif
