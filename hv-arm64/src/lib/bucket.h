/* SPDX-License-Identifier: Apache-2.0
 *
 * A token bucket: so many at once, then one a step. Zero-initialised it is full.
 */
#ifndef HV_LIB_BUCKET_H
#define HV_LIB_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    uint64_t since; /* time up to which takings were forgiven */
    uint32_t spent;
};

/* One more at time `now`? `step` is in units of `now`, not 0. */
static inline bool bucket_take(struct bucket *b, uint64_t now, uint64_t step, uint32_t at_once)
{
    uint64_t forgiven = (now - b->since) / step;

    if (forgiven >= b->spent) {
        b->spent = 0;
        b->since = now;
    } else {
        b->spent -= (uint32_t)forgiven;
        b->since += forgiven * step;
    }
    if (b->spent >= at_once)
        return false;
    b->spent++;
    return true;
}

#endif
