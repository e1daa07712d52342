/* SPDX-License-Identifier: Apache-2.0
 *
 * NOR flash on a bus of 32 bits, chips of 16 bits side by side or one of 32, with the Intel command set (JEDEC
 * JEP137, command set 0x0001). One word is read or programmed; nothing is erased, and nothing waits here.
 */
#ifndef HV_DEV_CFI_H
#define HV_DEV_CFI_H

#include <stdint.h>

#include <hv/types.h>

enum cfi_result { CFI_BUSY, CFI_DONE, CFI_FAILED };

/* The word at a multiple of 4. */
uint32_t cfi_read(pa_t at);
/* Begin to clear those bits of the erased word that are clear in `value`, then cfi_poll(). */
void cfi_program(pa_t at, uint32_t value);
/* How far that is. When it is not busy any more the flash can be read again. */
enum cfi_result cfi_poll(pa_t at);

#endif
