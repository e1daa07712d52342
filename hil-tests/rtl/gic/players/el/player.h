/* SPDX-License-Identifier: Apache-2.0
 *
 * What the player's files share.
 */
#ifndef PLAYER_H
#define PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "mailbox.h"

struct outcome {
    uint64_t value, status; /* STATUS_ */
};

typedef uint64_t access_fn(uint64_t value);

/* Calls it, at EL1 if wanted and the player is at EL2. */
struct outcome guarded(access_fn *act, uint64_t value, bool at_el1);

void registers_start(void);
access_fn *register_access(uint32_t encoding, bool write); /* 0: of none that it knows */

#endif
