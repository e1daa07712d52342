/* SPDX-License-Identifier: Apache-2.0
 *
 * Interrupts between all CPUs, by group, by route, by priority, and the active state. The other
 * CPUs sit in WFI with interrupts on; this one has them off but for where it takes them.
 */
#include "flat.h"

#define SPI 33u
#define NOBODY 0x7f00 /* an affinity of nobody */

static void take(void)
{
    irq_on();
    settle();
    irq_off();
}

/* Who has taken `intid` since it was asked last: a bit a CPU; twice counts in the upper half. */
static uint32_t who(uint32_t intid)
{
    static uint32_t before[CPUS_MAX][64];
    uint32_t found = 0;

    take();
    settle();
    for (uint32_t cpu = 0; cpu < machine.cpus; cpu++) {
        uint32_t new = got[cpu][intid] - before[cpu][intid];

        found |= (new >= 1 ? 1u << cpu : 0) | (new > 1 ? 0x10000u << cpu : 0);
        before[cpu][intid] = got[cpu][intid];
    }
    return found;
}

static void check_ipis(void)
{
    uint32_t all = (1u << machine.cpus) - 1, wrong = 0;

    gic_send(1, 1, false);
    check_equal("ipi-self", who(1), 1);
    for (uint32_t cpu = 1; cpu < machine.cpus; cpu++) {
        gic_send(2, 1u << cpu, false);
        wrong += who(2) != 1u << cpu;
    }
    check_equal("ipi-each", wrong, 0);
    gic_send(3, 0, true);
    check_equal("ipi-others", who(3), all & ~1u);
    gic_send(4, all, false);
    check_equal("ipi-all", who(4), all);
    gic_send(5, 0xff & ~all, false);
    check_equal("ipi-nobody", who(5), 0);
    if (machine.gic == 2) {
        write32(machine.gicd + GICD_SGIR, 2u << 24 | 6);
        check_equal("ipi-filter-self", who(6), 1);
        return;
    }
    sysreg_write(s3_0_c12_c11_5, 6ull << 24 | 1ull << 44 | 3); /* RS = 1: CPUs 16 and 17 */
    sysreg_write(s3_0_c12_c11_5, 6ull << 24 | 1ull << 16 | 3); /* affinity 1 = 1 */
    sysreg_write(s3_0_c12_c11_5, 6ull << 24 | 1ull << 48 | 3); /* affinity 3 = 1 */
    isb();
    check_equal("ipi-other-affinities", who(6), 0);
}

/* GICv3, one security state: SGI1R makes group 1, SGI0R and ASGI1R group 0; a target of the other group ignores it. */
static void check_groups(void)
{
    uint64_t frame = gic_frame(0);
    uint32_t pending = 0;

    for (uint32_t group = 0; group < 2; group++) {
        write32(frame + IGROUPR, group ? 0xffffffff : ~(1u << 7));
        sysreg_write(s3_0_c12_c11_5, 7ull << 24 | 1); /* ICC_SGI1R_EL1 */
        isb();
        settle();
        pending = pending << 1 | gic_bit(ISPENDR, 7);
        gic_pend(7, false);
        sysreg_write(s3_0_c12_c11_7, 7ull << 24 | 1); /* ICC_SGI0R_EL1 */
        isb();
        settle();
        pending = pending << 1 | gic_bit(ISPENDR, 7);
        gic_pend(7, false);
        sysreg_write(s3_0_c12_c11_6, 7ull << 24 | 1); /* ICC_ASGI1R_EL1 */
        isb();
        settle();
        pending = pending << 1 | gic_bit(ISPENDR, 7);
        gic_pend(7, false);
    }
    check_equal("sgis-by-group", pending, 0x1c); /* group 0: no, yes, yes; group 1: yes, no, no */
}

static void route(uint32_t cpu)
{
    if (machine.gic == 2)
        write8(machine.gicd + ITARGETSR + SPI, cpu == NOBODY ? 0 : 1u << cpu);
    else
        write64(machine.gicd + GICD_IROUTER + 8 * SPI, cpu);
}

static void check_routes(void)
{
    uint32_t wrong = 0;

    if (machine.gic == 3)
        write32(machine.gicd + IGROUPR + 4, 1u << SPI % 32);
    gic_set_bit(ISENABLER, SPI);
    for (uint32_t cpu = 0; cpu < machine.cpus && (machine.gic == 3 || machine.cpus > 1); cpu++) {
        route(cpu);
        gic_pend(SPI, true);
        wrong += who(SPI) != 1u << cpu;
    }
    check_equal("spi-to-each", wrong, 0);
    if (machine.cpus == 1)
        return;
    route(NOBODY);
    gic_pend(SPI, true);
    wrong = who(SPI);
    check("spi-to-nobody-waits", wrong == 0 && gic_bit(ISPENDR, SPI), "taken by", wrong);
    route(machine.cpus - 1);
    check_equal("spi-moves-while-pending", who(SPI), 1u << (machine.cpus - 1));
    route(0);
    gic_set_bit(ICENABLER, SPI);
}

/* Sixteen pending at once, four list registers: each once, by priority, none lost. */
static void check_order(void)
{
    uint64_t priorities = gic_frame(0) + IPRIORITYR;
    uint32_t wrong = 0, token;

    for (uint32_t i = 0; i < 16; i++) {
        write8(priorities + i, 0xf0 - 0x10 * i);
        gic_send(i, 1, false);
    }
    settle();
    for (uint32_t i = 16; i-- > 0;) {
        token = gic_acknowledge();
        wrong += (token & 0x3ff) != i;
        gic_end(token);
        settle();
    }
    check_equal("sixteen-in-order", wrong, 0);
    check_equal("and-no-more", gic_acknowledge() & 0x3ff, SPURIOUS);
    for (uint32_t i = 0; i < 16; i++)
        write8(priorities + i, 0xa0);
}

static void check_active(void)
{
    uint32_t seen;

    gic_set_bit(ISACTIVER, 9);
    seen = gic_bit(ISACTIVER, 9) << 1 | gic_bit(ICACTIVER, 9);
    gic_send(9, 1, false);
    seen = seen << 1 | (who(9) != 0);
    gic_set_bit(ICACTIVER, 9);
    seen = seen << 1 | (who(9) == 1);
    check_equal("active-holds-back", seen << 1 | gic_bit(ISACTIVER, 9), 0x1a); /* 1 1 0 1 0 */
}

void check_delivery(void)
{
    check_ipis();
    if (machine.gic == 3)
        check_groups();
    check_routes();
    check_order();
    check_active();
}
