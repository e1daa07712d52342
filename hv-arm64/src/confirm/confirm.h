/* SPDX-License-Identifier: Apache-2.0
 *
 * An image in one of a board's two banks stays there only if it is confirmed: by one word in flash, written
 * once, when every essential partition is healthy. On the draining pCPU alone, in steps; nothing waits here.
 */
#ifndef HV_CONFIRM_CONFIRM_H
#define HV_CONFIRM_CONFIRM_H

/* Once, after console_start(). */
void confirm_start(void);
/* One step, after each interrupt that the console has taken. */
void confirm_step(void);

#endif
