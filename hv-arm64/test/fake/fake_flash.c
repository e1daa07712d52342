/* SPDX-License-Identifier: Apache-2.0
 *
 * Two flash chips of 16 bits side by side, with the Intel command set: one word, powered up locked.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fake.h"

#define BOTH(half) ((uint32_t)(half) << 16 | (half))

uint32_t fake_flash_read(void);
void fake_flash_write(uint32_t value);

uint32_t fake_flash_read(void)
{
    struct fake_flash *f = &fake.flash;

    if (f->command == 0xff)
        return f->word;
    if (f->busy != 0) {
        f->busy--;
        return 0;
    }
    return BOTH(0x80u | f->errors);
}

void fake_flash_write(uint32_t value)
{
    struct fake_flash *f = &fake.flash;
    uint32_t command = value & 0xffff;

    if (f->command == 0x40) { /* it waits for the word */
        f->programs++;
        if (f->locked)
            f->errors |= 0x02;
        if (f->errors == 0)
            f->word &= value; /* bits are only ever cleared */
        f->command = 0x70;
        return;
    }
    if (value != BOTH(command)) {
        fprintf(stderr, "the flash was told 0x%08x, not the same in both halves\n", value);
        abort();
    }
    if (f->command == 0x60 && command == 0xd0)
        f->locked = false;
    if (command == 0x50)
        f->errors &= ~0x02u; /* what the block's lock left */
    f->command = command;
}
