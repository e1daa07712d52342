/* SPDX-License-Identifier: Apache-2.0
 *
 * Every life of a partition begins the same: RAM scrubbed and loaded, interrupt controller and timer reset. This
 * guest looks at all that, dirties it and ends by an access that the fault action `restart with limit`
 * answers. Its lines come once for each life; there is no DONE.
 */
#include "../interface.h"

#define NOTHING 0x0b000000ul /* no device on any board */
#define PATTERN 0xd127d127d127d127ul

extern char guest_end[];

static volatile uint32_t loaded = 0x600d; /* in .data */
static volatile uint32_t cleared;         /* in .bss */

/* All behind the image. */
static uint32_t dirty_words(bool make)
{
    uint64_t end = MACHINE_RAM_BASE + dtb_ram_size(MACHINE_RAM_BASE);
    uint32_t count = 0;
    volatile uint64_t *word;

    if (end > (uint64_t)guest_end + 0x200000)
        end = (uint64_t)guest_end + 0x200000;
    for (word = (volatile uint64_t *)guest_end; (uint64_t)word < end; word++) {
        count += *word != 0;
        if (make)
            *word = PATTERN;
    }
    return count;
}

static void dirty_machine(void)
{
    gic_enable(MACHINE_INTID_PL011);
    gic_enable(7);
    bank_set(7, GICD_ISPENDR);
    bank_set(8, GICD_ISACTIVER);
    bank_set(MACHINE_INTID_PL011, GICD_ISPENDR);
    timer_set(timer_now());
    loaded = cleared = 0xbad;
}

void guest_main(void)
{
    uint64_t private = gic_frame(0);

    check_equal("ram-is-zero", dirty_words(true), 0);
    check_equal("data-is-loaded", loaded, 0x600d);
    check_equal("bss-is-zero", cleared, 0);
    check_equal("sgi-not-pending", mmio_read32(private + GICD_ISPENDR), 0);
    check_equal("sgi-not-active", mmio_read32(private + GICD_ISACTIVER), 0);
    check_equal("sgi-not-enabled", mmio_read32(private + GICD_ISENABLER) & 1u << 7,
                gic.version == 2 ? 1u << 7 : 0); /* always enabled there */
    check_equal("spi-not-enabled", mmio_read32(MACHINE_GICD + GICD_ISENABLER + 4), 0);
    check_equal("spi-not-pending", mmio_read32(MACHINE_GICD + GICD_ISPENDR + 4), 0);
    check_equal("timer-off", sysreg_read(cntv_ctl_el0) & 1, 0);
    check_equal("nothing-acknowledged", interface_rpr(), 0xff);
    dirty_machine();
    print("END of a life\n");
    mmio_read32(NOTHING); /* the last thing it does */
}
