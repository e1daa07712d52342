/* SPDX-License-Identifier: Apache-2.0
 *
 * What rogue knows of the board from its boot arguments: `hv=ADDRESS ram=BASE ram-end=END device=ADDRESS ...`.
 */
#ifndef ROGUE_BOARD_H
#define ROGUE_BOARD_H

#include <stdbool.h>
#include <stdint.h>

struct board {
    uint64_t hv; /* where the hypervisor's image lies */
    uint64_t ram_base, ram_end;
};

struct board board_known(void);

/* The address of device number `index`; false if no more are named. */
bool board_device(uint32_t index, uint64_t *address);

#endif
