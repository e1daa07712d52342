/* SPDX-License-Identifier: Apache-2.0
 *
 * Driver of flash with the Intel command set. Commands and status are the same in both halves of the word.
 */
#include "dev/cfi.h"

#include "arch/mmio.h"
#include "lib/bits.h"

#define BOTH(byte)     ((byte) << 16 | (byte))
#define READ_ARRAY     BOTH(0xffu)
#define CLEAR_STATUS   BOTH(0x50u)
#define PROGRAM_WORD   BOTH(0x40u)
#define LOCK_SETUP     BOTH(0x60u)
#define UNLOCK_CONFIRM BOTH(0xd0u) /* chips power up with their blocks locked */
#define STATUS_READY   BOTH(0x80u)
#define STATUS_ERRORS  BOTH(0x3au) /* SR.5 erase, SR.4 program, SR.3 voltage, SR.1 locked */

uint32_t cfi_read(pa_t at)
{
    mmio_write32(at, 0, READ_ARRAY);
    return mmio_read32(at, 0);
}

void cfi_program(pa_t at, uint32_t value)
{
    mmio_write32(at, 0, LOCK_SETUP);
    mmio_write32(at, 0, UNLOCK_CONFIRM);
    mmio_write32(at, 0, CLEAR_STATUS);
    mmio_write32(at, 0, PROGRAM_WORD);
    mmio_write32(at, 0, value);
}

enum cfi_result cfi_poll(pa_t at)
{
    uint32_t status = mmio_read32(at, 0);

    if ((status & STATUS_READY) != STATUS_READY)
        return CFI_BUSY;
    mmio_write32(at, 0, CLEAR_STATUS);
    mmio_write32(at, 0, READ_ARRAY);
    return (status & STATUS_ERRORS) == 0 ? CFI_DONE : CFI_FAILED;
}
