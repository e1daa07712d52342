/* SPDX-License-Identifier: Apache-2.0
 *
 * Between head.S and start.c: offsets in the structs of hv/config.h, asserted in start.c.
 */
#ifndef HV_START_BOOT_H
#define HV_START_BOOT_H

#define HEADER_PCPU_COUNT 24
#define PCPU_CONFIG_SIZE 32
#define PCPU_CONFIG_BLOCK 8
#define STACK_TOP_OFFSET 0x3000
#define PANIC_STACK_TOP_OFFSET 0x5000
#define PCPU_OFFSET 0x5000
#define MPIDR_AFFINITY 0xff00ffffff

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

/* From head.S, MMU off. Uses no stack (it ends in a jump to a function that needs none): what would be stored past the
 * caches here and loaded through them afterwards could be another pCPU's stale line. */
void start_mmu(void);
/* From head.S, MMU on, on this pCPU's own stack. `boot`: the first one; the others come after it. */
_Noreturn void start_pcpu(uint32_t id, bool boot);
#endif

#endif
