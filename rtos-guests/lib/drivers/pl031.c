/* SPDX-License-Identifier: Apache-2.0
 *
 * See pl031.h.
 */
#include "pl031.h"

#include "cpu.h"
#include "dtb.h"
#include "gic.h"

#define RTCDR   0x00u
#define RTCMR   0x04u
#define RTCIMSC 0x10u
#define RTCICR  0x1cu

bool pl031_open(struct pl031 *rtc)
{
    struct device device;

    if (!device_find("arm,pl031", 0, &device))
        return false;
    rtc->base = device.base;
    rtc->intid = device.intid;
    return true;
}

uint32_t pl031_seconds(const struct pl031 *rtc) { return mmio_read32(rtc->base + RTCDR); }

void pl031_alarm(const struct pl031 *rtc, uint32_t seconds, irq_fn *handler)
{
    irq_set_handler(rtc->intid, handler);
    mmio_write32(rtc->base + RTCICR, 1);
    mmio_write32(rtc->base + RTCMR, seconds);
    mmio_write32(rtc->base + RTCIMSC, 1);
    gic_enable(rtc->intid);
}

void pl031_alarm_off(const struct pl031 *rtc)
{
    mmio_write32(rtc->base + RTCIMSC, 0);
    mmio_write32(rtc->base + RTCICR, 1);
}
