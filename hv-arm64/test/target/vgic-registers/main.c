/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual GICv3's registers as the guest reads and writes them: identity, reset values, and every bank
 * of state for an SGI, a PPI and an SPI. Nothing is delivered here: interrupts stay masked.
 */
#include "../check.h"

#define SGI 5u
#define PPI MACHINE_INTID_VTIMER
#define SPI MACHINE_INTID_PL011

static uint64_t sgi_frame;

static uint32_t read_bank(uint32_t intid, uint32_t bank)
{
    return mmio_read32(gic_frame(intid) + bank + intid / 32 * 4);
}

static void write_bank(uint32_t intid, uint32_t bank, uint32_t value)
{
    mmio_write32(gic_frame(intid) + bank + intid / 32 * 4, value);
}

static void check_identity(void)
{
    uint32_t typer = mmio_read32(MACHINE_GICD + GICD_TYPER);
    uint64_t redistributor = mmio_read64(cpu_this()->gicr + GICR_TYPER);

    check_that("gicd-typer-lines", (typer & 0x1f) >= 1, "ITLinesNumber has no SPI");
    check_that("gicd-typer-idbits", (typer >> 19 & 0x1f) >= 9, "IDbits is less than 10 bits");
    check_equal("gicd-pidr2", mmio_read32(MACHINE_GICD + GICD_PIDR2) & 0xf0, 0x30);
    check_equal("gicr-pidr2", mmio_read32(cpu_this()->gicr + GICD_PIDR2) & 0xf0, 0x30);
    check_that("gicd-iidr", mmio_read32(MACHINE_GICD + GICD_IIDR) != 0, "no implementer");
    check_equal("gicr-typer-affinity", redistributor >> 32, sysreg_read(mpidr_el1) & 0xffffff);
    check_equal("gicr-typer-halves", redistributor,
                mmio_read32(cpu_this()->gicr + GICR_TYPER) | (uint64_t)mmio_read32(cpu_this()->gicr + GICR_TYPER + 4) << 32);
    check_equal("gicr-waker-awake", mmio_read32(cpu_this()->gicr + GICR_WAKER) & 6, 0);
    check_equal("gicd-reserved", mmio_read32(MACHINE_GICD + 0x0c) | mmio_read32(MACHINE_GICD + 0xd00), 0);
}

static void check_control(void)
{
    uint32_t fixed = GICD_CTLR_ARE | GICD_CTLR_DS;

    check_equal("gicd-ctlr-fixed", mmio_read32(MACHINE_GICD + GICD_CTLR) & fixed, fixed);
    mmio_write32(MACHINE_GICD + GICD_CTLR, GICD_CTLR_ARE);
    check_equal("gicd-ctlr-off", mmio_read32(MACHINE_GICD + GICD_CTLR) & 3, 0);
    mmio_write32(MACHINE_GICD + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
    check_equal("gicd-ctlr-on", mmio_read32(MACHINE_GICD + GICD_CTLR) & 3, GICD_CTLR_GRP1);
}

static void check_reset(void)
{
    check_equal("reset-pending", mmio_read32(sgi_frame + GICD_ISPENDR) | read_bank(SPI, GICD_ISPENDR), 0);
    check_equal("reset-active", mmio_read32(sgi_frame + GICD_ISACTIVER) | read_bank(SPI, GICD_ISACTIVER), 0);
    check_equal("reset-spi-enable", read_bank(SPI, GICD_ISENABLER), 0);
}

/* One bit of a pair of set and clear registers, both of which read the state. */
static void check_bit(const char *name, uint32_t intid, uint32_t set, uint32_t clear)
{
    uint32_t bit = 1u << intid % 32;
    uint32_t before = read_bank(intid, set), on, on_by_clear, kept, off;

    write_bank(intid, set, bit);
    on = read_bank(intid, set);
    on_by_clear = read_bank(intid, clear);
    write_bank(intid, set, 0);   /* zeros change nothing */
    write_bank(intid, clear, 0);
    kept = read_bank(intid, set);
    write_bank(intid, clear, bit);
    off = read_bank(intid, set);
    if (on == (before | bit) && on_by_clear == on && kept == on && off == (before & ~bit))
        print("PASS %s\n", name);
    else
        print("FAIL %s: before 0x%x, set 0x%x and 0x%x, kept 0x%x, cleared 0x%x\n", name, before, on, on_by_clear, kept,
              off);
}

static void check_bits(void)
{
    check_bit("enable-sgi", SGI, GICD_ISENABLER, GICD_ICENABLER);
    check_bit("enable-ppi", PPI, GICD_ISENABLER, GICD_ICENABLER);
    check_bit("enable-spi", SPI, GICD_ISENABLER, GICD_ICENABLER);
    check_bit("pending-sgi", SGI, GICD_ISPENDR, GICD_ICPENDR);
    check_bit("pending-ppi", PPI, GICD_ISPENDR, GICD_ICPENDR);
    check_bit("pending-spi", SPI, GICD_ISPENDR, GICD_ICPENDR);
    check_bit("active-sgi", SGI, GICD_ISACTIVER, GICD_ICACTIVER);
    check_bit("active-ppi", PPI, GICD_ISACTIVER, GICD_ICACTIVER);
    check_bit("active-spi", SPI, GICD_ISACTIVER, GICD_ICACTIVER);
}

/* Pending while enabled, with interrupts masked at the CPU: it may be in a list register by then. */
static void check_pending_enabled(const char *name, uint32_t intid)
{
    uint32_t bit = 1u << intid % 32, seen;

    gic_enable(intid);
    write_bank(intid, GICD_ISPENDR, bit);
    seen = read_bank(intid, GICD_ISPENDR) & bit;
    write_bank(intid, GICD_ICPENDR, bit);
    gic_disable(intid);
    check_that(name, seen && !(read_bank(intid, GICD_ISPENDR) & bit) && sysreg_read(icc_hppir1_el1) >= GIC_INTID_SPECIAL,
               "not pending when set, or still when cleared");
}

static void check_group(void)
{
    uint32_t bit = 1u << SPI % 32, off, on;

    write_bank(SPI, GICD_IGROUPR, read_bank(SPI, GICD_IGROUPR) & ~bit);
    off = read_bank(SPI, GICD_IGROUPR) & bit;
    write_bank(SPI, GICD_IGROUPR, read_bank(SPI, GICD_IGROUPR) | bit);
    on = read_bank(SPI, GICD_IGROUPR) & bit;
    check_that("group-spi", off == 0 && on == bit, "does not read back");
    check_equal("group-sgi", mmio_read32(sgi_frame + GICD_IGROUPR) & 0xffff, 0xffff);
}

static void check_priority(void)
{
    uint64_t sgis = sgi_frame + GICD_IPRIORITYR + 4, spi = MACHINE_GICD + GICD_IPRIORITYR + SPI;
    uint32_t i;

    for (i = 0; i < 4; i++)
        mmio_write8(sgis + i, (uint8_t)(0x20 + 0x30 * i));
    check_equal("priority-bytes-as-word", mmio_read32(sgis), 0xb0805020);
    mmio_write32(sgis, 0x10f07090);
    check_equal("priority-word-as-bytes", (uint32_t)mmio_read8(sgis) | (uint32_t)mmio_read8(sgis + 3) << 8, 0x1090);
    mmio_write8(spi, 0x40);
    check_equal("priority-spi", mmio_read8(spi), 0x40);
    mmio_write8(spi, 0xff);
    check_that("priority-bits", mmio_read8(spi) >= 0xf0, "fewer than 16 levels");
    for (i = 0; i < 4; i++)
        mmio_write8(sgis + i, GIC_PRIORITY);
    mmio_write8(spi, GIC_PRIORITY);
}

static void check_config(void)
{
    uint64_t spi = MACHINE_GICD + GICD_ICFGR + SPI / 16 * 4;
    uint32_t old = mmio_read32(spi), bit = 2u << SPI % 16 * 2, on, off;

    check_equal("config-sgi", mmio_read32(sgi_frame + GICD_ICFGR), 0xaaaaaaaa);
    mmio_write32(sgi_frame + GICD_ICFGR, 0);
    check_equal("config-sgi-fixed", mmio_read32(sgi_frame + GICD_ICFGR), 0xaaaaaaaa);
    check_equal("config-ppi-level", mmio_read32(sgi_frame + GICD_ICFGR + 4) & 2u << PPI % 16 * 2, 0);
    mmio_write32(spi, old | bit);
    on = mmio_read32(spi) & bit;
    mmio_write32(spi, old & ~bit);
    off = mmio_read32(spi) & bit;
    mmio_write32(spi, old);
    check_that("config-spi", on == bit && off == 0, "edge and level do not read back");
}

static void check_router(void)
{
    uint64_t router = MACHINE_GICD + GICD_IROUTER + 8 * SPI;

    mmio_write64(router, 0x0100020304);
    check_equal("router-64", mmio_read64(router), 0x0100020304);
    check_equal("router-halves", mmio_read32(router) | (uint64_t)mmio_read32(router + 4) << 32, 0x0100020304);
    mmio_write32(router, 1);
    mmio_write32(router + 4, 0);
    check_equal("router-32", mmio_read64(router), 1);
    mmio_write64(router, 0);
}

static void check_cpu_interface(void)
{
    uint64_t ctlr = sysreg_read(icc_ctlr_el1);

    check_equal("icc-sre", sysreg_read(icc_sre_el1) & 1, 1);
    check_that("icc-ctlr-pribits", (ctlr >> 8 & 7) >= 3, "fewer than 16 priorities");
    sysreg_write(icc_pmr_el1, 0x80);
    check_equal("icc-pmr", sysreg_read(icc_pmr_el1), 0x80);
    sysreg_write(icc_pmr_el1, 0xf8);
    sysreg_write(icc_igrpen1_el1, 0);
    isb();
    check_equal("icc-igrpen1-off", sysreg_read(icc_igrpen1_el1), 0);
    sysreg_write(icc_igrpen1_el1, 1);
    isb();
    check_equal("icc-igrpen1-on", sysreg_read(icc_igrpen1_el1), 1);
    check_equal("icc-rpr-idle", sysreg_read(icc_rpr_el1), 0xff);
    check_equal("icc-iar1-idle", gic_ack(), 1023);
}

void guest_main(void)
{
    sgi_frame = cpu_this()->gicr + GICR_SGI_FRAME;
    check_reset();
    check_identity();
    check_control();
    check_bits();
    check_pending_enabled("pending-enabled-sgi", SGI);
    check_pending_enabled("pending-enabled-ppi", PPI);
    check_pending_enabled("pending-enabled-spi", SPI);
    check_group();
    check_priority();
    check_config();
    check_router();
    check_cpu_interface();
    check_done();
}
