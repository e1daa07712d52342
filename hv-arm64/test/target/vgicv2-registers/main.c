/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual GICv2's registers as the guest reads and writes them (Arm IHI 0048, "Distributor register descriptions",
 * "CPU interface register descriptions"): identity, reset values, and every bank of state for an SGI, a PPI and an SPI.
 * Nothing is delivered here: interrupts stay masked. There is a second vCPU, so that there are targets to choose.
 */
#include "../interface.h"

#define SGI         5u
#define PPI         MACHINE_INTID_VTIMER
#define SPI         MACHINE_INTID_PL011
#define FIRST_SPI   32u
#define GICD_ICPIDR2 0x0fe8u
#define CPUS        3u /* a bit each */

static uint32_t gicd(uint32_t offset) { return mmio_read32(gic.gicd + offset); }
static void set_gicd(uint32_t offset, uint32_t value) { mmio_write32(gic.gicd + offset, value); }
static uint32_t byte(uint32_t offset) { return mmio_read8(gic.gicd + offset); }
static void set_byte(uint32_t offset, uint32_t value) { mmio_write8(gic.gicd + offset, (uint8_t)value); }

static void check_reset(void)
{
    check_equal("reset-pending", gicd(GICD_ISPENDR) | gicd(GICD_ISPENDR + 4), 0);
    check_equal("reset-active", gicd(GICD_ISACTIVER) | gicd(GICD_ISACTIVER + 4), 0);
    check_equal("reset-enable", gicd(GICD_ISENABLER), 0xffff); /* SGIs: always */
    check_equal("reset-spi-enable", gicd(GICD_ISENABLER + 4), 0);
    check_equal("reset-sources", gicd(GICD_SPENDSGIR) | gicd(GICD_CPENDSGIR + 12), 0);
}

static void check_identity(void)
{
    uint32_t typer = gicd(GICD_TYPER);

    check_that("gicd-typer-lines", (typer & 0x1f) >= 1, "ITLinesNumber has no SPI");
    check_equal("gicd-typer-cpus", typer >> 5 & 7, 1);
    check_equal("gicd-typer-security", typer >> 10 & 1, 0);
    check_equal("gicd-iidr", gicd(GICD_IIDR) & 0xfff, 0x43b);
    check_equal("gicd-icpidr2", gicd(GICD_ICPIDR2) & 0xf0, 0x20);
    check_equal("gicd-reserved", gicd(0x0c) | gicd(0xe00) | gicd(0xf30), 0);
    set_gicd(GICD_CTLR, 0);
    check_equal("gicd-ctlr-off", gicd(GICD_CTLR), 0);
    set_gicd(GICD_CTLR, 1);
    check_equal("gicd-ctlr-on", gicd(GICD_CTLR), 1);
}

/* One bit of a pair of set and clear registers, both of which read the state. */
static void check_pair(const char *name, uint32_t intid, uint32_t set, uint32_t clear)
{
    uint32_t off, on, both;

    bank_set(intid, clear);
    off = bank_get(intid, set);
    bank_set(intid, set);
    on = bank_get(intid, set);
    both = bank_get(intid, clear);
    bank_set(intid, clear);
    check_that(name, !off && on && both && !bank_get(intid, set), "set and clear do not read back");
}

static void check_bits(void)
{
    gic_disable(PPI);
    gic_disable(SPI);
    gic_route(SPI, 0);
    check_pair("enable-ppi", PPI, GICD_ISENABLER, GICD_ICENABLER);
    check_pair("enable-spi", SPI, GICD_ISENABLER, GICD_ICENABLER);
    check_pair("pending-ppi", PPI, GICD_ISPENDR, GICD_ICPENDR);
    check_pair("pending-spi", SPI, GICD_ISPENDR, GICD_ICPENDR);
    check_pair("active-sgi", SGI, GICD_ISACTIVER, GICD_ICACTIVER);
    check_pair("active-ppi", PPI, GICD_ISACTIVER, GICD_ICACTIVER);
    check_pair("active-spi", SPI, GICD_ISACTIVER, GICD_ICACTIVER);
    set_gicd(GICD_ICENABLER, 1u << SGI);
    check_equal("sgi-always-enabled", bank_get(SGI, GICD_ISENABLER), 1);
    set_gicd(GICD_ISPENDR, 1u << SGI);
    check_equal("sgi-pending-read-only", bank_get(SGI, GICD_ISPENDR), 0);
}

/* The last: QEMU's own GICv2 ends the emulator at an acknowledge after these. */
static void check_sources(void)
{
    check_pair("pending-sgi", SGI, GICD_ISPENDR, GICD_ICPENDR);
    set_byte(GICD_SPENDSGIR + SGI, 2);
    set_gicd(GICD_SPENDSGIR + SGI / 4 * 4, 1u << SGI % 4 * 8);
    check_equal("sources-set", byte(GICD_SPENDSGIR + SGI), 3);
    check_equal("sources-pending", bank_get(SGI, GICD_ISPENDR), 1);
    set_byte(GICD_CPENDSGIR + SGI, 1);
    check_equal("sources-clear-one", byte(GICD_CPENDSGIR + SGI), 2);
    set_byte(GICD_CPENDSGIR + SGI, 2);
    check_equal("sources-clear-all", bank_get(SGI, GICD_ISPENDR), 0);
}

static void check_targets(void)
{
    uint32_t spi = GICD_ITARGETSR + FIRST_SPI, i, own = 0, fixed = 0;

    for (i = 0; i < 32; i += 4)
        own += gicd(GICD_ITARGETSR + i) != 0x01010101;
    check_equal("targets-own", own, 0);
    for (i = 0; i < 32; i += 4) {
        uint32_t old = gicd(GICD_ITARGETSR + i);

        set_gicd(GICD_ITARGETSR + i, ~old);
        set_byte(GICD_ITARGETSR + i + 1, 0);
        fixed += gicd(GICD_ITARGETSR + i) != old;
        set_gicd(GICD_ITARGETSR + i, old);
    }
    check_equal("targets-own-fixed", fixed, 0);
    set_gicd(spi, 0xffffffff);
    check_equal("targets-existing-word", gicd(spi), 0x01010101 * CPUS);
    set_byte(spi + 2, 0xff);
    check_equal("targets-existing-byte", gicd(spi), 0x01010101 * CPUS);
    set_gicd(spi, 0x01020301);
    check_equal("targets-word", gicd(spi), 0x01020301);
    set_byte(spi + 2, 1);
    check_equal("targets-byte", gicd(spi), 0x01010301);
    check_equal("targets-read-byte", byte(spi + 1), 3);
    set_gicd(spi, 0);
}

static void check_priority(void)
{
    uint32_t sgis = GICD_IPRIORITYR + 4, spi = GICD_IPRIORITYR + FIRST_SPI, i;

    for (i = 0; i < 4; i++)
        set_byte(sgis + i, 0x20 + 0x30 * i);
    check_equal("priority-bytes-as-word", gicd(sgis), 0xb0805020);
    set_gicd(sgis, 0x10f07090);
    check_equal("priority-word-as-bytes", byte(sgis) | byte(sgis + 3) << 8, 0x1090);
    set_gicd(spi, 0xffffffff); /* whoever owns them: this is how software counts the bits */
    check_that("priority-bits", gicd(spi) == 0x01010101 * byte(spi) && byte(spi) >= 0xf0, "fewer than 16 levels, or uneven");
    set_gicd(spi, 0x20406080);
    check_equal("priority-spi", gicd(spi), 0x20406080);
    set_gicd(sgis, GIC_PRIORITY * 0x01010101u);
}

static void check_config(void)
{
    uint32_t spi = GICD_ICFGR + SPI / 16 * 4, old = gicd(spi), bit = 2u << SPI % 16 * 2, on, off;

    check_equal("config-sgi", gicd(GICD_ICFGR), 0xaaaaaaaa);
    set_gicd(GICD_ICFGR, 0);
    check_equal("config-sgi-fixed", gicd(GICD_ICFGR), 0xaaaaaaaa);
    check_equal("config-ppi-level", gicd(GICD_ICFGR + 4) & 2u << PPI % 16 * 2, 0);
    set_gicd(spi, old | bit);
    on = gicd(spi) & bit;
    set_gicd(spi, old & ~bit);
    off = gicd(spi) & bit;
    set_gicd(spi, old);
    check_that("config-spi", on == bit && off == 0, "edge and level do not read back");
}

static void check_cpu_interface(void)
{
    interface_set_pmr(0x80);
    check_equal("gicc-pmr", mmio_read32(gic.gicc + GICC_PMR), 0x80);
    interface_set_pmr(0xf8);
    interface_enable(false);
    check_equal("gicc-ctlr-off", mmio_read32(gic.gicc + GICC_CTLR) & 1, 0);
    interface_enable(true);
    check_equal("gicc-ctlr-on", mmio_read32(gic.gicc + GICC_CTLR) & 1, 1);
    check_equal("gicc-iidr", mmio_read32(gic.gicc + GICC_IIDR) >> 16 & 0xf, 2); /* architecture version */
    check_equal("gicc-rpr-idle", interface_rpr(), 0xff);
    check_equal("gicc-iar-idle", gic_ack(), 1023);
    check_equal("gicc-hppir-idle", interface_hppir(), 1023);
}

void guest_main(void)
{
    check_reset();
    check_identity();
    check_bits();
    check_targets();
    check_priority();
    check_config();
    check_cpu_interface();
    check_sources();
    check_done();
}
