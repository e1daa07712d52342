/* SPDX-License-Identifier: Apache-2.0
 *
 * The monitor: a small shell of the hypervisor on its console, for who types to nobody (`Ctrl-^ 0`). On the
 * draining pCPU alone; a line of an answer at most in each console period. docs/monitor.md has the commands.
 * Without CONFIG_MONITOR absent.c stands in its place.
 */
#ifndef HV_MONITOR_MONITOR_H
#define HV_MONITOR_MONITOR_H

#include <stdint.h>

/* A byte that was typed while no partition has the focus. */
void monitor_receive(uint8_t byte);
/* After the console was served: the next line of an answer, if one is on its way. */
void monitor_step(void);

#endif
