/* SPDX-License-Identifier: Apache-2.0
 *
 * The monitor's commands: each answers row by row, so that no answer takes longer than a line at a time.
 */
#ifndef HV_MONITOR_COMMANDS_H
#define HV_MONITOR_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/row.h"

#define NO_ARGUMENT UINT64_MAX /* nothing was typed behind the command */

struct command {
    const char *name;
    const char *about;
    bool wants_partition;
    /* Adds the fields of row `n` (from 0) to `row`; `argument` is a partition's id or what was typed as a number.
     * False: there is no such row, the answer is over. */
    bool (*answer)(struct row *row, uint32_t n, uint64_t argument);
};

/* NULL if there is none of that name. */
const struct command *command_find(const char *name);

#endif
