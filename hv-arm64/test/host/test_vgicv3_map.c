/* SPDX-License-Identifier: Apache-2.0
 *
 * The register maps of the virtual distributor and redistributors: values at reset, access sizes,
 * what does not exist or is somebody else's. Arm IHI 0069, chapter "Programmers' model".
 */
#include "vgic_guest.h"

#define GICD HV_GUEST_GICD_IPA
#define OWNED 40u
#define NOT_OWNED 34u
#define ROGUES 50u

static void start(void)
{
    machine_start();
}

static void identification(void)
{
    start();
    CHECK_EQ(gicd_read(GICD_CTLR), field_mask(GICD_CTLR, ARE) | field_mask(GICD_CTLR, DS));
    CHECK_EQ(field_get(GICD_TYPER, ITLinesNumber, gicd_read(GICD_TYPER)), HV_IRQ_WORDS - 1);
    CHECK_EQ(field_get(GICD_TYPER, IDbits, gicd_read(GICD_TYPER)), 9);
    CHECK_EQ(gicd_read(GICD_IIDR) & 0xfff, 0x43b); /* Arm */
    CHECK_EQ(field_get(GICD_PIDR2, ArchRev, gicd_read(GICD_PIDR2)), 3);
    CHECK_EQ(gicr_read(0, GICR_PIDR2) >> 4, 3);
    CHECK_EQ(gicr_read(0, GICR_WAKER), 0); /* awake */
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t typer = guest_load(gicr_ipa(i) + GICR_TYPER, 8);

        CHECK_EQ(field_get(GICR_TYPER, Affinity, typer), i);
        CHECK_EQ(field_get(GICR_TYPER, Processor_Number, typer), i);
        CHECK_EQ(field_get(GICR_TYPER, Last, typer), i == 1);
        CHECK_EQ(gicr_read(i, GICR_TYPER) | gicr_read(i, GICR_TYPER + 4) << 32, typer);
    }
    on_pcpu(2);
    CHECK_EQ(field_get(GICR_TYPER, Last, gicr_read(0, GICR_TYPER)), 1);
}

static void everything_is_zero_at_reset(void)
{
    start();
    for (uint32_t offset = GICD_IGROUPR; offset < GICD_ICFGR; offset += 4)
        CHECK_EQ(gicd_read(offset), 0);
    for (uint32_t offset = 0x10080; offset < 0x10c00; offset += 4)
        CHECK_EQ(gicr_read(0, offset), 0);
    CHECK_EQ(gicr_read(0, GICR_ICFGR), 0xaaaaaaaa); /* SGIs are edge triggered */
    CHECK_EQ(gicr_read(0, GICR_ICFGR + 4), 0);
    /* SPI 41, 43 and 45 are edges of the devicetree: bit 2 * (n % 16) + 1 of ICFGR2. */
    CHECK_EQ(gicd_read(GICD_ICFGR + 4 * 2), BIT(19) | BIT(23) | BIT(27));
    for (uint32_t intid = 32; intid < HV_INTID_COUNT; intid++)
        CHECK_EQ(guest_load(GICD + GICD_IROUTER + 8 * intid, 8), 0);
}

static uint32_t own_bits(uint32_t word)
{
    uint32_t bits = config_irq_owned(CONTROL, word);

    return word == HV_GUEST_UART_INTID / 32 ? bits | 1u << HV_GUEST_UART_INTID % 32 : bits;
}

static void only_owned_interrupts_have_bits(void)
{
    static const uint32_t arrays[] = { GICD_IGROUPR, GICD_ISENABLER, GICD_ISACTIVER };

    start();
    for (uint32_t a = 0; a < ARRAY_COUNT(arrays); a++)
        for (uint32_t word = 0; word < 32; word++) {
            gicd_write(arrays[a] + 4 * word, ~0u);
            CHECK_EQ(gicd_read(arrays[a] + 4 * word), word == 0 || word >= HV_IRQ_WORDS ? 0 : own_bits(word));
        }
    gicr_write(0, GICR_IGROUPR0, ~0u);
    CHECK_EQ(gicr_read(0, GICR_IGROUPR0), 0xffffu | config_irq_owned(CONTROL, 0));
    CHECK_EQ(gicr_read(1, GICR_IGROUPR0), 0);
    for (uint32_t intid = 32; intid < HV_INTID_COUNT; intid++) {
        bool own = own_bits(intid / 32) >> intid % 32 & 1;

        guest_store(GICD + GICD_IPRIORITYR + intid, 1, 0xff);
        CHECK_EQ(guest_load(GICD + GICD_IPRIORITYR + intid, 1), 0xf8); /* remembered, and means nothing */
        guest_store(GICD + GICD_IROUTER + 8 * intid, 8, 1);
        CHECK_EQ(guest_load(GICD + GICD_IROUTER + 8 * intid, 8), own);
        CHECK(config_irq_owner(intid) == CONTROL || fake_irq(intid, 0)->route == 0 || fake_irq(intid, 0)->route == 2);
    }
    CHECK(!fake_irq(ROGUES, 2)->enabled && !fake_irq(ROGUES, 2)->active);
}

static void another_partitions_state_is_not_read(void)
{
    start();
    on_pcpu(2);
    set_up(0, ROGUES, 0x40);
    fake_gic_line(ROGUES, 2, true);
    CHECK(machine_settle());
    on_pcpu(0);
    for (uint32_t offset = GICD_IGROUPR; offset < GICD_ICFGR; offset += 4)
        CHECK_EQ(gicd_read(offset), 0);
}

static void priorities_are_bytes_or_words(void)
{
    start();
    guest_store(GICD + GICD_IPRIORITYR + OWNED, 4, 0x20406080);
    CHECK_EQ(guest_load(GICD + GICD_IPRIORITYR + OWNED, 4), 0x20406080);
    CHECK_EQ(guest_load(GICD + GICD_IPRIORITYR + OWNED + 1, 1), 0x60);
    guest_store(GICD + GICD_IPRIORITYR + OWNED + 1, 1, 0x77);
    CHECK_EQ(guest_load(GICD + GICD_IPRIORITYR + OWNED, 4), 0x20407080); /* five bits are implemented */
    CHECK_EQ(guest_load(GICD + GICD_IPRIORITYR + OWNED, 2) | guest_load(gicr_ipa(0) + GICR_IPRIORITYR, 2), 0);
    guest_store(GICD + GICD_IPRIORITYR + OWNED, 2, 0);
    CHECK_EQ(guest_load(GICD + GICD_IPRIORITYR + OWNED, 4), 0x20407080);
    guest_store(gicr_ipa(1) + GICR_IPRIORITYR + 4, 4, 0x08101820);
    CHECK_EQ(guest_load(gicr_ipa(1) + GICR_IPRIORITYR + 5, 1), 0x18);
    CHECK_EQ(guest_load(gicr_ipa(0) + GICR_IPRIORITYR + 4, 4), 0);
}

static void registers_have_their_size(void)
{
    static const uint32_t sizes[] = { 1, 2, 8 };

    start();
    set_up(0, OWNED, 0x40);
    for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        guest_store(GICD + GICD_ISENABLER + 8, sizes[i], ~0ull);
        CHECK_EQ(gicd_read(GICD_ISENABLER + 8), 0);
        CHECK_EQ(guest_load(GICD + GICD_ISENABLER + 0, sizes[i]), 0);
        CHECK_EQ(guest_load(GICD + GICD_CTLR, sizes[i]), 0);
        guest_store(GICD + GICD_CTLR, sizes[i], 3);
        CHECK_EQ(gicd_read(GICD_CTLR) & 3, 0);
    }
    CHECK_EQ(guest_load(GICD + GICD_IPRIORITYR + OWNED, 8), 0);
    guest_store(GICD + GICD_IROUTER + 8 * OWNED, 2, 1);
    CHECK_EQ(guest_load(GICD + GICD_IROUTER + 8 * OWNED, 8), 0);
}

static void a_router_has_two_halves(void)
{
    start();
    guest_store(GICD + GICD_IROUTER + 8 * OWNED + 4, 4, ~0u);
    CHECK_EQ(guest_load(GICD + GICD_IROUTER + 8 * OWNED, 8), 0xff00000000ull);
    guest_store(GICD + GICD_IROUTER + 8 * OWNED, 4, ~0u);
    CHECK_EQ(guest_load(GICD + GICD_IROUTER + 8 * OWNED, 8), 0xff00ffffffull); /* TYPER.No1N: IRM is RES0 */
    CHECK_EQ(guest_load(GICD + GICD_IROUTER + 8 * OWNED + 4, 4), 0xff);
    guest_store(GICD + GICD_IROUTER + 8 * OWNED, 8, 1);
    CHECK_EQ(fake_irq(OWNED, 0)->route, 1); /* the physical one follows */
}

static void enables_reach_the_physical_controller(void)
{
    start();
    gicd_write(GICD_ISENABLER + 4, ~0u);
    CHECK(fake_irq(OWNED, 0)->enabled);
    CHECK(!fake_irq(NOT_OWNED, 0)->enabled);
    CHECK(!fake_irq(ROGUES, 0)->enabled);
    gicd_write(GICD_ICENABLER + 4, ~0u);
    CHECK(!fake_irq(OWNED, 0)->enabled);
    CHECK(fake_irq(33, 2)->enabled); /* the hypervisor's UART, which the guest's has the number of */
    gicr_write(1, GICR_ISENABLER0, ~0u);
    CHECK(fake_irq(FAKE_VTIMER_INTID, 1)->enabled);
    CHECK(!fake_irq(FAKE_VTIMER_INTID, 0)->enabled);
    gicr_write(1, GICR_ICENABLER0, ~0u);
    CHECK(fake_irq(GIC_SGI_KICK, 1)->enabled); /* EL2's own */
    CHECK(fake_irq(FAKE_MAINTENANCE_INTID, 1)->enabled);
}

/* Any access anywhere: no end of EL2, no bit of another partition's. */
static void random_accesses_are_harmless(void)
{
    uint32_t rounds = check_long ? 3000000 : 200000;

    printf("# seed %llu\n", (unsigned long long)check_seed);
    start();
    for (uint32_t n = 0; n < rounds; n++) {
        uint32_t size = 1u << check_below(4);
        uint64_t ipa = check_below(2) ? GICD + check_below(HV_GUEST_GICD_SIZE)
                                      : gicr_ipa(0) + check_below(2 * HV_GUEST_GICR_STRIDE);

        if (check_below(2))
            ipa = GICD + check_below(0x800);
        on_pcpu(check_below(2));
        ipa &= ~(uint64_t)(size - 1);
        if (check_below(2))
            guest_load(ipa, size);
        else
            guest_store(ipa, size, check_random());
        if (n % 64 == 0)
            CHECK(machine_settle());
        CHECK_EQ(part_state(CONTROL), PART_RUNNING);
    }
    for (uint32_t intid = 32; intid < FAKE_INTIDS; intid++)
        if (config_irq_owner(intid) != CONTROL && intid != 33)
            CHECK(!fake_irq(intid, 0)->enabled && !fake_irq(intid, 0)->pending && !fake_irq(intid, 0)->active);
    CHECK(fake_irq(33, 2)->enabled && fake_irq(33, 2)->route == 2);
    for (uint32_t p = 0; p < 3; p++) {
        CHECK(fake_irq(GIC_SGI_KICK, p)->enabled);
        CHECK(fake_irq(FAKE_MAINTENANCE_INTID, p)->enabled);
    }
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(identification);
    RUN(everything_is_zero_at_reset);
    RUN(only_owned_interrupts_have_bits);
    RUN(another_partitions_state_is_not_read);
    RUN(priorities_are_bytes_or_words);
    RUN(registers_have_their_size);
    RUN(a_router_has_two_halves);
    RUN(enables_reach_the_physical_controller);
    RUN(random_accesses_are_harmless);
    return check_end();
}
