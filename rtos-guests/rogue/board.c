/* SPDX-License-Identifier: Apache-2.0
 *
 * Where things lie on the board, which no partition is told. What rogue knows it knows from boot arguments, and without
 * them it takes the board for QEMU's `virt`.
 */
#include "board.h"

/* The value of hexadecimal or decimal digits, and where they end. */
static uint64_t number(const char **text)
{
    uint64_t base = text_starts(*text, "0x") ? 16 : 10, value = 0;

    for (*text += base == 16 ? 2 : 0;; (*text)++) {
        char c = **text;
        uint64_t digit = c >= '0' && c <= '9' ? (uint64_t)(c - '0') : c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a' + 10) : 99;

        if (digit >= base)
            return value;
        value = value * base + digit;
    }
}

/* What follows the word `start` number `instance`; NULL if there are not so many. */
static const char *after(const char *start, uint32_t instance)
{
    const char *at = dtb_bootargs();

    for (; *at; at++) {
        bool begins = at == dtb_bootargs() || at[-1] == ' ';

        if (begins && text_starts(at, start) && instance-- == 0)
            return at + text_length(start);
    }
    return NULL;
}

struct board board_known(void)
{
    struct board board = {.hv = 0x40200000, .ram_base = 0x40000000, .ram_end = 0x80000000};
    const char *at = after("hv=", 0);

    if (at)
        board.hv = number(&at);
    at = after("ram=", 0);
    if (at) {
        board.ram_base = number(&at);
        board.ram_end = *at == '-' ? (at++, number(&at)) : board.ram_base;
    }
    return board;
}

bool board_device(uint32_t index, uint64_t *address)
{
    const char *at = after("device=", index);

    if (at)
        *address = number(&at);
    return at != NULL;
}
