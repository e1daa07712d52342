/* SPDX-License-Identifier: Apache-2.0
 *
 * Accesses of each size, allowed and not: what the manuals do not allow reads zero and changes
 * nothing. Arm IHI 0069, "GIC memory-mapped register access"; Arm IHI 0048, "Register access sizes".
 */
#include "flat.h"

#define SPI 33u
#define BIT (1u << SPI % 32)

static bool has_bytes(uint32_t offset)
{
    if (offset >= IPRIORITYR && offset < IPRIORITYR + 0x400)
        return true;
    return machine.gic == 2 && ((offset >= ITARGETSR && offset < ITARGETSR + 0x400) ||
                                (offset >= GICD_CPENDSGIR && offset < 0xf30));
}

/* Something to see is in every array first. */
static void fill(bool on)
{
    gic_set_bit(on ? ISENABLER : ICENABLER, SPI);
    gic_set_bit(on ? ISPENDR : ICPENDR, SPI);
    gic_set_bit(on ? ISACTIVER : ICACTIVER, SPI);
    write32(machine.gicd + IGROUPR + 4, on ? BIT : 0);
    write8(machine.gicd + IPRIORITYR + SPI, on ? 0x50 : 0);
    if (machine.gic == 3)
        write64(machine.gicd + GICD_IROUTER + 8 * SPI, on ? 0x0100000203 : 0);
}

static uint32_t state(void)
{
    return gic_bit(ISENABLER, SPI) | (uint32_t)gic_bit(ISPENDR, SPI) << 1 | (uint32_t)gic_bit(ISACTIVER, SPI) << 2 |
           (read32(machine.gicd + IGROUPR + 4) == BIT) << 3 | (read8(machine.gicd + IPRIORITYR + SPI) == 0x50) << 4;
}

static void check_reads(void)
{
    uint64_t d = machine.gicd;
    uint32_t bytes = 0, halves = 0, doubles = 0;

    for (uint32_t offset = 0; offset < 0x1000; offset++) {
        bytes += !has_bytes(offset) && read8(d + offset) != 0;
        halves += offset % 2 == 0 && read16(d + offset) != 0;
        doubles += offset % 8 == 0 && read64(d + offset) != 0;
    }
    check_equal("bytes-where-not-allowed", bytes, 0);
    check_equal("halfwords-read-zero", halves, 0);
    check_equal("doublewords-read-zero", doubles, 0);
}

static void check_writes(void)
{
    static const uint32_t clear[] = {ICENABLER, ICPENDR, ICACTIVER};
    uint64_t d = machine.gicd;

    for (uint32_t i = 0; i < 3; i++) {
        write8(d + clear[i] + 4, 0xff);
        write16(d + clear[i] + 4, 0xffff);
        write64(d + clear[i], ~0ull);
    }
    write8(d + IGROUPR + 4, 0);
    write16(d + IGROUPR + 4, 0);
    write64(d + IGROUPR, 0);
    write16(d + IPRIORITYR + SPI - 1, 0);
    write64(d + IPRIORITYR + SPI - 1, 0);
    check_equal("other-sizes-change-nothing", state(), 0x1f);
}

static void check_v3(void)
{
    uint64_t router = machine.gicd + GICD_IROUTER + 8 * SPI, r = machine.gicr;

    check_equal("router-64", read64(router), 0x0100000203);
    check_equal("router-halves", read32(router) | (uint64_t)read32(router + 4) << 32, 0x0100000203);
    check_equal("router-small", read8(router) | read16(router), 0);
    write8(router, 0xff);
    write16(router, 0xffff);
    check_equal("router-small-writes", read64(router), 0x0100000203);
    write32(router + 4, 0);
    check_equal("router-upper-half", read64(router), 0x0203);
    write32(router, 0x11);
    check_equal("router-lower-half", read64(router), 0x11);
    check_equal("gicr-typer-halves", read64(r + 8), read32(r + 8) | (uint64_t)read32(r + 12) << 32);
    check_equal("gicr-small", read8(r + 8) | read16(r + 8) | read8(r + GICR_SGI + ICFGR) | read16(r + GICR_SGI + ICFGR) |
                                  read64(r + GICR_SGI + ICFGR), 0);
    write8(r + GICR_SGI + IPRIORITYR + 9, 0x30);
    check_equal("gicr-priority-byte", read32(r + GICR_SGI + IPRIORITYR + 8) >> 8 & 0xff, 0x30);
    write16(r + GICR_SGI + IPRIORITYR + 8, 0);
    write64(r + GICR_SGI + IPRIORITYR + 8, 0);
    check_equal("gicr-priority-other-sizes", read8(r + GICR_SGI + IPRIORITYR + 9), 0x30);
    check_equal("gicr-priority-halfword", read16(r + GICR_SGI + IPRIORITYR + 8), 0);
    write8(r + GICR_SGI + IPRIORITYR + 9, 0);
}

void check_sizes(void)
{
    fill(true);
    check_reads();
    check_writes();
    if (machine.gic == 3)
        check_v3();
    fill(false);
    check_equal("as-before", state(), 0);
}
