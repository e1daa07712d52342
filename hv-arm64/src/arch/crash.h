/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of the world: an exception that EL2 itself took, or hv_bug(). Writes the crash
 * record, prints it by polling the UART, and parks the pCPU.
 */
#ifndef HV_ARCH_CRASH_H
#define HV_ARCH_CRASH_H

#include <stdbool.h>
#include <stdint.h>

#include <hv/crash.h>
#include <hv/types.h>

/* Once, before anything can fail: where the record page is, and what gives the UART a byte (false: it is full;
 * dev/uart.h, a floor above). Counts this boot. */
void crash_init(pa_t record, bool (*uart_put)(uint8_t byte), const char *build_id);
uint64_t crash_boot_count(void);
/* True if the life before this one ended in a crash; said at boot, then forgotten. */
const struct hv_crash_record *crash_previous(void);
void crash_forget(void);

/* From the current-EL vectors, on the panic stack; x: x0 to x30 as they were. */
_Noreturn void crash_exception(const uint64_t *x, uint64_t vector, uint64_t sp);

#endif
