/* SPDX-License-Identifier: Apache-2.0
 *
 * Interrupts between two vCPUs of one partition. vCPU 1 sits in WFI and counts what it gets.
 */
#include "../interface.h"

#define SPI    MACHINE_INTID_PL011
#define ROUNDS 200u

static volatile uint32_t got[2][40]; /* by vCPU and INTID */
static volatile uint32_t ready, pings;

static void count(uint32_t intid)
{
    uint32_t cpu = cpu_this()->index;

    got[cpu][intid] = got[cpu][intid] + 1;
    if (intid == 8 && cpu == 1)
        gic_send_sgi(9, 1u << 0); /* the answer */
    if (intid == 9 && cpu == 0)
        pings++;
    if (intid == 11 && cpu == 1)
        gic_send_sgi(10, 1u << 0);
}

static void enable_all(void)
{
    uint32_t i;

    for (i = 0; i < 16; i++)
        gic_enable(i);
}

static void other(void)
{
    enable_all();
    dsb();
    ready = 1;
    irq_unmask();
    for (;;)
        cpu_wfi();
}

static void expect(const char *name, uint32_t intid, uint32_t at_0, uint32_t at_1)
{
    check_wait(&got[0][intid], at_0);
    check_wait(&got[1][intid], at_1);
    check_settle(); /* and no more than that */
    if (got[0][intid] == at_0 && got[1][intid] == at_1)
        print("PASS %s\n", name);
    else
        print("FAIL %s: vCPU 0 got %u, vCPU 1 %u; expected %u, %u\n", name, got[0][intid], got[1][intid], at_0, at_1);
    got[0][intid] = got[1][intid] = 0;
}

static void check_sgis(void)
{
    gic_send_sgi(1, 1u << 1);
    expect("sgi-to-other", 1, 0, 1);
    gic_send_sgi(2, 3);
    expect("sgi-to-both", 2, 1, 1);
    gic_send_sgi_others(3);
    expect("sgi-to-all-others", 3, 0, 1);
    gic_send_sgi(4, 0xfffc);
    expect("sgi-to-nobody", 4, 0, 0);
}

static void check_foreign_affinity(void)
{
    sysreg_write(icc_sgi1r_el1, 5ul << 24 | 1ul << 16 | 3); /* affinity 1 = 1: no such vCPU */
    isb();
    expect("sgi-foreign-affinity", 5, 0, 0);
}

static void check_ping_pong(void)
{
    uint32_t i;

    for (i = 1; i <= ROUNDS; i++) {
        gic_send_sgi(8, 1u << 1);
        if (!check_wait(&pings, i))
            break;
    }
    check_equal("ping-pong", pings, ROUNDS);
}

static void check_spi(void)
{
    uint64_t pend = MACHINE_GICD + GICD_ISPENDR + SPI / 32 * 4;

    gic_enable(SPI);
    mmio_write32(pend, 1u << SPI % 32);
    expect("spi-to-self", SPI, 1, 0);
    gic_route(SPI, 1);
    mmio_write32(pend, 1u << SPI % 32);
    expect("spi-to-other", SPI, 0, 1);
    gic_disable(SPI);
    mmio_write32(pend, 1u << SPI % 32);
    gic_route(SPI, 0);
    mmio_write32(MACHINE_GICD + GICD_ISENABLER + SPI / 32 * 4, 1u << SPI % 32);
    expect("spi-routed-while-pending", SPI, 1, 0);
    gic_disable(SPI);
}

/* One vCPU may program the other's redistributor. */
static void check_foreign_frame(void)
{
    uint64_t frame = cpus[1].gicr + GICR_SGI_FRAME;

    mmio_write32(frame + GICD_ISPENDR, 1u << 6);
    expect("pend-in-other-frame", 6, 0, 1);
    mmio_write32(frame + GICD_ICENABLER, 1u << 7);
    gic_send_sgi(7, 1u << 1);
    expect("disable-in-other-frame", 7, 0, 0);
    check_equal("pending-in-other-frame", mmio_read32(frame + GICD_ISPENDR) & 1u << 7, 1u << 7);
    mmio_write32(frame + GICD_ISENABLER, 1u << 7);
    expect("enable-in-other-frame", 7, 0, 1);
    check_that("frames-differ", cpus[0].gicr != cpus[1].gicr && gic_vcpu_count() == 2, "not two redistributors");
}

/* GICv2: SGI 10 from both vCPUs is pending twice, and each time says from whom; the filters of GICD_SGIR. */
static void check_sources(void)
{
    uint32_t seen = 0, count = 0, token, i;

    irq_mask();
    gic_send_sgi(10, 1u << 0);
    gic_send_sgi(10, 1u << 0);
    gic_send_sgi(11, 1u << 1); /* vCPU 1 sends it, too */
    check_wait(&got[1][11], 1);
    check_settle();
    check_equal("sources-pending", mmio_read8(gic.gicd + GICD_SPENDSGIR + 10), 3);
    for (i = 0; i < 4; i++, check_settle()) {
        token = gic_ack();
        if (gic_intid(token) != 10)
            continue;
        seen |= 1u << (token >> 10 & 7);
        count++;
        gic_eoi(token);
    }
    check_equal("sources-seen", seen, 3);
    check_equal("sources-once-each", count, 2);
    irq_unmask();
    mmio_write32(gic.gicd + GICD_SGIR, 2u << 24 | 12);
    expect("filter-self", 12, 1, 0);
    mmio_write32(gic.gicd + GICD_SGIR, 3u << 24 | 0xff0000 | 13);
    expect("filter-reserved", 13, 0, 0);
}

/* GICv2: one SPI for both comes to one of them; for nobody it waits. */
static void check_targets(void)
{
    uint32_t sum;

    gic_enable(SPI);
    mmio_write8(gic.gicd + GICD_ITARGETSR + SPI, 3);
    bank_set(SPI, GICD_ISPENDR);
    check_settle();
    sum = got[0][SPI] + got[1][SPI];
    check_equal("target-one-of-two", sum, 1);
    got[0][SPI] = got[1][SPI] = 0;
    mmio_write8(gic.gicd + GICD_ITARGETSR + SPI, 0);
    bank_set(SPI, GICD_ISPENDR);
    expect("target-nobody", SPI, 0, 0);
    mmio_write8(gic.gicd + GICD_ITARGETSR + SPI, 2);
    expect("target-given-later", SPI, 0, 1);
    gic_disable(SPI);
}

void guest_main(void)
{
    uint32_t i;

    for (i = 0; i < 40; i++)
        irq_set_handler(i, count);
    enable_all();
    if (cpu_start(1, other) != PSCI_SUCCESS || !check_wait(&ready, 1)) {
        check_that("second-vcpu", false, "does not come");
        check_done();
    }
    check_that("second-vcpu", true, "");
    irq_unmask();
    check_sgis();
    check_ping_pong();
    check_spi();
    if (gic.version == 3) {
        check_foreign_affinity();
        check_foreign_frame();
    } else {
        check_sources();
        check_targets();
    }
    check_done();
}
