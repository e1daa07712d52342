/* SPDX-License-Identifier: Apache-2.0
 *
 * What the model's two files share.
 */
#ifndef MODEL_INSIDE_H
#define MODEL_INSIDE_H

#include "cmsis_os2.h"
#include "model.h"

#define NEVER UINT64_MAX

struct model_thread *model_current(void);
int model_first_waiting(enum model_wait wait, int object); /* by priority, then by time; -1: none */
void model_wake(int thread, int result);
int model_block(enum model_wait wait, int object, uint32_t ticks); /* BLOCKS */
void model_update(int thread);                             /* its priority, and on along the chain of owners */
void model_own(int mutex, int thread);
void model_pass_on(int mutex);

#endif
