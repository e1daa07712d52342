/* SPDX-License-Identifier: Apache-2.0
 *
 * A pCPU that several vCPUs share, turn by turn. Its vectors lead to shared_entry.S, which keeps a guest's
 * general registers in its own state; a pinned pCPU never comes here.
 */
#ifndef HV_TRAP_SHARED_H
#define HV_TRAP_SHARED_H

#include <stdint.h>

#include "arch/frame.h"

/* Once on each shared pCPU, before its loop: its partitions that start by themselves begin. */
void shared_init(void);
/* What the pCPU does while no guest runs on it. Ends in a guest. */
_Noreturn void shared_loop(void);

/* CPU_SUSPEND of the running vCPU: its time is its own, so that it does not sleep here but is woken at once, as PSCI allows.
 * Its registers may be reset afterwards. */
void shared_suspend(void);

/* Called by shared_entry.S. The frame of the guest to go on with. */
struct frame *shared_irq(void);
void shared_sync(struct frame *frame, uint64_t esr);

#endif
