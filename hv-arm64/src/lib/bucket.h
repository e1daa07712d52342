/* SPDX-License-Identifier: Apache-2.0
 *
 * A token bucket: so many at once, then one a step. Zero-initialised it is full.
 */
#ifndef HV_LIB_BUCKET_H
#define HV_LIB_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* pCPUs may race for one: that costs or saves a taking or two, never more. */
struct bucket {
    uint64_t since; /* time up to which takings were forgiven */
    uint32_t spent;
};

/* One more at time `now`? `step` is in units of `now`, not 0. */
static inline bool bucket_take(struct bucket *b, uint64_t now, uint64_t step, uint32_t at_once)
{
    uint64_t forgiven = now > b->since ? (now - b->since) / step : 0; /* another pCPU may have been here later */
    uint32_t spent = b->spent; /* read once */

    if (forgiven >= spent) {
        spent = 0;
        b->since = now;
    } else {
        spent -= (uint32_t)forgiven;
        b->since += forgiven * step;
    }
    bool taken = spent < at_once;
    b->spent = spent + taken;
    return taken;
}

#endif
