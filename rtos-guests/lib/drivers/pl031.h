/* SPDX-License-Identifier: Apache-2.0
 *
 * PL031 real-time clock (Arm DDI 0224): seconds, and an alarm by interrupt.
 */
#ifndef DRIVER_PL031_H
#define DRIVER_PL031_H

#include <stdbool.h>
#include <stdint.h>

#include "irq.h"

struct pl031 {
    uint64_t base;
    uint32_t intid;
};

/* The first one of the devicetree. False: there is none. */
bool pl031_open(struct pl031 *rtc);

uint32_t pl031_seconds(const struct pl031 *rtc);

/* One interrupt when the clock says `seconds`; the handler calls pl031_alarm_off(). */
void pl031_alarm(const struct pl031 *rtc, uint32_t seconds, irq_fn *handler);
void pl031_alarm_off(const struct pl031 *rtc);

#endif
