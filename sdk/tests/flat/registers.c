/* SPDX-License-Identifier: Apache-2.0
 *
 * The register map before anybody wrote to it: reset values, what is read-only, and that nothing
 * else is there. Of the priorities, how many bits there are.
 */
#include "flat.h"

#define SPI 33u /* the UART's, which the guest owns */

/* Words of [from, to) that are not `wanted`; writes ~0 to each first if asked to. */
static uint32_t others_than(uint64_t base, uint32_t from, uint32_t to, uint32_t wanted, bool write)
{
    uint32_t wrong = 0;

    for (uint32_t offset = from; offset < to; offset += 4) {
        if (write)
            write32(base + offset, 0xffffffff);
        wrong += read32(base + offset) != wanted;
    }
    return wrong;
}

static bool keeps(uint64_t address)
{
    uint32_t before = read32(address);

    write32(address, ~before);
    return read32(address) == before;
}

static void check_v3(void)
{
    uint64_t d = machine.gicd, r = machine.gicr, s = r + GICR_SGI;
    uint32_t typer = read32(d + GICD_TYPER);

    check_equal("reset-gicd-ctlr", read32(d + GICD_CTLR), 0x50); /* ARE, DS: one security state */
    check_equal("reset-gicd-arrays", others_than(d, IGROUPR, IPRIORITYR, 0, false), 0);
    check_equal("reset-gicd-priorities", others_than(d, IPRIORITYR, IPRIORITYR + 0x3fc, 0, false), 0);
    check_equal("reset-gicd-config", others_than(d, ICFGR + 8, ICFGR + 0x100, 0, false), 0);
    check_equal("reset-gicd-router", read64(d + GICD_IROUTER + 8 * SPI), 0);
    check_equal("reset-gicr-ctlr", read32(r), 0);
    check_equal("reset-gicr-arrays", others_than(s, IGROUPR, IPRIORITYR, 0, false), 0);
    check_equal("reset-gicr-priorities", others_than(s, IPRIORITYR, IPRIORITYR + 32, 0, false), 0);
    check_equal("reset-gicr-config-sgi", read32(s + ICFGR), 0xaaaaaaaa);
    check_equal("reset-gicr-config-ppi", read32(s + ICFGR + 4), 0);
    check_equal("typer-no-lpis-no-messages", typer & (1u << 16 | 1u << 17), 0);
    check_equal("typer-no-1-of-n", typer >> 25 & 1, 1);
    check("read-only-gicd", keeps(d + GICD_TYPER) && keeps(d + GICD_IIDR) && keeps(d + GICV3_PIDR2), "changed", 0);
    check("read-only-gicr", keeps(r + 4) && keeps(r + 8) && keeps(r + 12) && keeps(r + GICV3_PIDR2), "changed", 0);
    check_equal("reserved-gicd", others_than(d, 0x0c, IGROUPR, 0, true) + others_than(d, 0xd00, 0x6000, 0, true) +
                                     others_than(d, 0x8000, 0xffd0, 0, true), 0);
    check_equal("targets-are-zero", others_than(d, ITARGETSR, ICFGR, 0, true), 0); /* affinity routing is on */
    check_equal("word-0-is-the-redistributors", others_than(d, IPRIORITYR, IPRIORITYR + 32, 0, true) +
                    read32(d + ISENABLER) + read32(d + IGROUPR) + read32(d + ICFGR), 0);
    check_equal("reserved-gicr", others_than(r, 0x18, 0x70, 0, true) + others_than(r, 0x110, 0xffd0, 0, true) +
                                     others_than(s, 0xc08, 0xffd0, 0, true), 0);
    check_equal("sgis-stay-edges", keeps(s + ICFGR), 1);
    write64(d + GICD_IROUTER + 8 * SPI, ~0ull);
    check_equal("router-has-affinity-alone", read64(d + GICD_IROUTER + 8 * SPI), 0xff00ffffff);
    write64(d + GICD_IROUTER + 8 * SPI, 0);
}

static void check_v2(void)
{
    uint64_t d = machine.gicd;
    uint32_t own = machine.cpus > 1 ? 0x01010101 : 0, kept = 0;

    check_equal("reset-gicd-ctlr", read32(d + GICD_CTLR), 0);
    check_equal("reset-gicd-enables", read32(d + ISENABLER), 0xffff); /* SGIs always are */
    check_equal("reset-gicd-arrays", others_than(d, IGROUPR, ISENABLER, 0, false) +
                                         others_than(d, ISENABLER + 4, ICENABLER, 0, false) +
                                         others_than(d, ISPENDR, IPRIORITYR, 0, false), 0);
    check_equal("reset-gicd-priorities", others_than(d, IPRIORITYR, IPRIORITYR + 0x3fc, 0, false), 0);
    check_equal("reset-gicd-targets-own", others_than(d, ITARGETSR, ITARGETSR + 32, own, false), 0);
    check_equal("reset-gicd-targets", others_than(d, ITARGETSR + 32, ITARGETSR + 0x3fc, 0, false), 0);
    check_equal("reset-gicd-config", others_than(d, ICFGR + 8, ICFGR + 0x100, 0, false), 0);
    check_equal("reset-gicd-config-sgi", read32(d + ICFGR), 0xaaaaaaaa);
    check_equal("reset-gicd-sources", others_than(d, GICD_CPENDSGIR, 0xf30, 0, false), 0);
    check_equal("typer-cpus", (read32(d + GICD_TYPER) >> 5 & 7) + 1, machine.cpus);
    check("read-only-gicd", keeps(d + GICD_TYPER) && keeps(d + GICD_IIDR) && keeps(d + GICV2_PIDR2), "changed", 0);
    check_equal("reserved-gicd", others_than(d, 0x0c, IGROUPR, 0, true) + others_than(d, 0xe00, 0xf00, 0, true) +
                                     others_than(d, 0xf30, 0xfd0, 0, true), 0);
    for (uint32_t i = 0; i < 32; i += 4) {
        kept += keeps(d + ITARGETSR + i);
        write8(d + ITARGETSR + i + 1, 0xff);
        kept += read32(d + ITARGETSR + i) == own;
    }
    check_equal("targets-own-fixed", kept, 16);
    write32(d + ITARGETSR + 32, 0xffffffff);
    check_equal("targets-existing-word", read32(d + ITARGETSR + 32), ((1u << machine.cpus) - 1) * (own ? own : 0));
    write8(d + ITARGETSR + 33, 0xff);
    check_equal("targets-existing-byte", read8(d + ITARGETSR + 33), own ? (1u << machine.cpus) - 1 : 0);
    write32(d + ITARGETSR + 32, 0);
    check_equal("sgis-stay-edges", keeps(d + ICFGR), 1);
}

/* Each priority that an SPI and an SGI can have reads back with the implemented bits: at least four. */
static void check_priorities(void)
{
    uint64_t spi = machine.gicd + IPRIORITYR + SPI, sgi = gic_frame(3) + IPRIORITYR + 3;
    uint32_t wrong = 0, mask;

    write8(spi, 0xff);
    mask = read8(spi);
    check("priority-bits", mask == 0xf0 || mask == 0xf8 || mask == 0xfc || mask == 0xfe || mask == 0xff, "are", mask);
    for (uint32_t value = 0; value < 256; value++) {
        write8(spi, value);
        write8(sgi, 255 - value);
        wrong += read8(spi) != (value & mask);
        wrong += read8(sgi) != ((255 - value) & mask);
        wrong += (read32(spi & ~3ull) >> 8 * (SPI & 3) & 0xff) != (value & mask);
    }
    check_equal("priorities-read-back", wrong, 0);
    write32(spi & ~3ull, 0x40302010);
    check_equal("priority-word", read32(spi & ~3ull), 0x40302010);
    write32(spi & ~3ull, 0);
    write8(sgi, 0);
}

void check_registers(void)
{
    if (machine.gic == 3)
        check_v3();
    else
        check_v2();
    check_priorities();
}
