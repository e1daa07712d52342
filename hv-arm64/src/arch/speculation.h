/* SPDX-License-Identifier: Apache-2.0
 *
 * What a guest may be told about attacks on speculation: SMCCC_ARCH_FEATURES of the workaround calls on this CPU.
 * EL2 works around nothing for its guests, so that the answers are "not needed" or "not supported". Arm DEN 0028,
 * "SMCCC_ARCH_WORKAROUND_1" to "_3".
 */
#ifndef HV_ARCH_SPECULATION_H
#define HV_ARCH_SPECULATION_H

#include <stdint.h>

int64_t speculation_workaround_1(void); /* CVE-2017-5715, branch target injection */
int64_t speculation_workaround_2(void); /* CVE-2018-3639, speculative store bypass */
int64_t speculation_workaround_3(void); /* CVE-2022-23960, branch history injection */

#endif
