/* SPDX-License-Identifier: Apache-2.0
 *
 * Where things lie on the board, which no partition is told. What rogue knows it knows from boot arguments, and without
 * them it takes the board for QEMU's `virt`.
 */
#include "board.h"

#include "dtb.h"

struct board board_known(void)
{
    struct board board = {.hv = 0x40200000, .ram_base = 0x40000000, .ram_end = 0x80000000};

    dtb_bootargs_number("hv=", 0, &board.hv);
    dtb_bootargs_number("ram=", 0, &board.ram_base);
    dtb_bootargs_number("ram-end=", 0, &board.ram_end);
    return board;
}

bool board_device(uint32_t index, uint64_t *address)
{
    return dtb_bootargs_number("device=", index, address);
}
