/* SPDX-License-Identifier: Apache-2.0
 *
 * The groups of checks, one file each.
 */
#ifndef API_H
#define API_H

#include "../rtos_check.h"

void kernel_before_start(void); /* in guest_main() */
void kernel_checks(void);
void thread_checks(void);
void flag_checks(void);
void mutex_checks(void);
void semaphore_checks(void);
void pool_checks(void);
void queue_checks(void);
void timer_checks(void);

#endif
