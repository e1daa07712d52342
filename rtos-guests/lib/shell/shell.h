/* SPDX-License-Identifier: Apache-2.0
 *
 * A shell on the console: one thread that reads lines and runs commands. It brings `help`, `ps`, `mem` and `irq`; a
 * guest adds its own.
 */
#ifndef SHELL_H
#define SHELL_H

#include "cmsis_os2.h"

struct shell_command {
    const char *name;
    const char *help;
    void (*run)(const char *argument); /* what stands behind the name, "" for nothing; in the shell's thread */
    struct shell_command *next;        /* the shell's */
};

/* To be called before shell_start(), or from the shell's thread. */
void shell_add(struct shell_command *command);

/* Makes the thread. NULL: no memory. */
osThreadId_t shell_start(osPriority_t priority);

#endif
