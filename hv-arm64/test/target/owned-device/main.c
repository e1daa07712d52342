/* SPDX-License-Identifier: Apache-2.0
 *
 * A device passed through, the PL031 clock of QEMU's virt: its registers and its interrupt, which is physical
 * and level-triggered, and ends only when the device is told.
 */
#include "../check.h"

#define RTCDR   0x00u
#define RTCMR   0x04u
#define RTCIMSC 0x10u
#define RTCRIS  0x14u
#define RTCICR  0x1cu
#define INTID   MACHINE_INTID_PL031

static uint64_t rtc;
static volatile uint32_t alarms;

static void handler(uint32_t intid)
{
    (void)intid;
    mmio_write32(rtc + RTCICR, 1);
    alarms++;
}

static uint32_t pending(void) { return mmio_read32(MACHINE_GICD + GICD_ISPENDR + INTID / 32 * 4) >> INTID % 32 & 1; }

/* The match register is compared when it is written: this raises the line within a second. */
static void set_alarm(void) { mmio_write32(rtc + RTCMR, mmio_read32(rtc + RTCDR) + 1); }

static bool wait_seconds(const volatile uint32_t *value, uint32_t least)
{
    uint64_t start = timer_now();

    while (*value < least && timer_now() - start < 5 * timer_frequency())
        cpu_yield();
    return *value >= least;
}

static bool wait_line(void)
{
    uint64_t start = timer_now();

    while (!(mmio_read32(rtc + RTCRIS) & 1) && timer_now() - start < 5 * timer_frequency())
        cpu_yield();
    return mmio_read32(rtc + RTCRIS) & 1;
}

void guest_main(void)
{
    uint32_t first, round;

    rtc = dtb_find("arm,pl031");
    if (!rtc) {
        check_that("in-devicetree", false, "no arm,pl031");
        check_done();
    }
    check_equal("in-devicetree", rtc, 0x09010000);
    check_equal("periph-id", mmio_read32(rtc + 0xfe0) & 0xff, 0x31);
    first = mmio_read32(rtc + RTCDR);
    check_that("time", first > 1500000000u || first < 100000u, "neither since 1970 nor since start");

    irq_set_handler(INTID, handler);
    mmio_write32(rtc + RTCICR, 1);
    mmio_write32(rtc + RTCIMSC, 1);
    irq_unmask();

    set_alarm(); /* disabled in the distributor at first */
    check_that("line-high", wait_line(), "the alarm never came");
    check_equal("disabled-holds-back", alarms, 0);
    check_equal("disabled-is-pending", pending(), 1);
    gic_enable(INTID);
    check_that("enabled-comes", wait_seconds(&alarms, 1), "the interrupt never came");
    check_settle();
    check_equal("once", alarms, 1);
    check_equal("not-pending-after", pending(), 0);
    for (round = 2; round <= 3; round++) {
        set_alarm();
        wait_seconds(&alarms, round);
        check_settle();
    }
    check_equal("again-and-again", alarms, 3);
    mmio_write32(rtc + RTCIMSC, 0);
    check_done();
}
