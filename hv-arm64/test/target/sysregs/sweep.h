/* SPDX-License-Identifier: Apache-2.0
 *
 * What main.c asks allowed.c.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <stdbool.h>
#include <stdint.h>

/* op0, op1, CRn, CRm, op2 in one number. */
bool sweep_allowed(uint32_t encoding, bool read);

#endif
