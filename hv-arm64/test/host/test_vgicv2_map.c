/* SPDX-License-Identifier: Apache-2.0
 *
 * The register map of the virtual distributor of a GICv2: values at reset, access sizes, what is a
 * vCPU's own, what does not exist or is somebody else's. Arm IHI 0048, "Distributor register
 * descriptions".
 */
#include "vgic_guest.h"

#define GICD HV_GUEST_GICD_IPA
#define OWNED 40u
#define NOT_OWNED 34u
#define ROGUES 50u

static void start(void)
{
    machine_line_is_the_tests = true;
    machine_start();
}

static void identification(void)
{
    start();
    CHECK_EQ(gicd_read(GICD_CTLR), 0);
    CHECK_EQ(gicd_read(GICD_TYPER), field_put(GICD_TYPER, ITLinesNumber, HV_IRQ_WORDS - 1) |
                                        field_put(GICD_TYPER, CPUNumber, 1));
    CHECK_EQ(gicd_read(GICD_IIDR) & 0xfff, 0x43b); /* Arm */
    CHECK_EQ(field_get(GICD_ICPIDR2, ArchRev, gicd_read(GICD_ICPIDR2)), 2);
    CHECK_EQ(gicd_read(GICD_PIDR2), 0); /* that of a GICv3, beyond the registers */
    CHECK_EQ(gicd_read(GICD_SGIR), 0);  /* write-only */
    on_pcpu(2);
    CHECK_EQ(field_get(GICD_TYPER, CPUNumber, gicd_read(GICD_TYPER)), 0);
}

/* As a GIC-400's: SGIs are always enabled, and edge-triggered. */
static void values_at_reset(void)
{
    start();
    for (uint32_t offset = GICD_IGROUPR; offset < GICD_ITARGETSR; offset += 4)
        CHECK_EQ(gicd_read(offset), offset == GICD_ISENABLER || offset == GICD_ICENABLER ? 0xffff : 0);
    for (uint32_t offset = GICD_ITARGETSR; offset < GICD_ICFGR; offset += 4)
        CHECK_EQ(gicd_read(offset), offset < GICD_ITARGETSR + 32 ? 0x01010101 : 0);
    CHECK_EQ(gicd_read(GICD_ICFGR), 0xaaaaaaaa);
    CHECK_EQ(gicd_read(GICD_ICFGR + 4), 0);
    CHECK_EQ(gicd_read(GICD_ICFGR + 4 * 2), BIT(19) | BIT(23) | BIT(27)); /* SPI 41, 43, 45, by the devicetree */
    for (uint32_t offset = GICD_CPENDSGIR; offset < GICD_SPENDSGIR + 16; offset += 4)
        CHECK_EQ(gicd_read(offset), 0);
}

/* ITARGETSR0 to 7: read-only, the number of who reads. */
static void targets_of_private_interrupts_are_who_asks(void)
{
    start();
    for (uint32_t pcpu = 0; pcpu < 2; pcpu++) {
        on_pcpu(pcpu);
        for (uint32_t i = 0; i < 32; i += 4) {
            gicd_write(GICD_ITARGETSR + i, pcpu ? 0 : ~0u);
            gicd_byte_write(GICD_ITARGETSR + i + 1, 3);
            CHECK_EQ(gicd_read(GICD_ITARGETSR + i), pcpu ? 0x02020202 : 0x01010101);
            CHECK_EQ(gicd_byte(GICD_ITARGETSR + i + 3), 1u << pcpu);
        }
    }
}

/* Words and bytes alike. */
static void targets_are_cpus_that_exist(void)
{
    start();
    gicd_write(GICD_ITARGETSR + OWNED, ~0u);
    CHECK_EQ(gicd_read(GICD_ITARGETSR + OWNED), 0x03030303);
    gicd_write(GICD_ITARGETSR + OWNED, 0);
    gicd_byte_write(GICD_ITARGETSR + OWNED + 2, 0xff);
    CHECK_EQ(gicd_read(GICD_ITARGETSR + OWNED), 0x00030000);
    gicd_byte_write(GICD_ITARGETSR + OWNED + 2, 0xfe);
    CHECK_EQ(gicd_byte(GICD_ITARGETSR + OWNED + 2), 2);
    gicd_write(GICD_ITARGETSR + 32, 0x0103020f); /* none of them is ours */
    CHECK_EQ(gicd_read(GICD_ITARGETSR + 32), 0x01030203);
}

static void one_cpu_has_no_targets(void)
{
    start();
    on_pcpu(2);
    for (uint32_t i = 0; i < HV_INTID_COUNT; i += 4) {
        gicd_write(GICD_ITARGETSR + i, ~0u);
        CHECK_EQ(gicd_read(GICD_ITARGETSR + i), 0);
    }
    set_up(0, ROGUES, 0x40);
    gicd_write(GICD_CTLR, 3);
    fake_gic_line(ROGUES, 2, true);
    CHECK(machine_settle());
    on_pcpu(2);
    CHECK_EQ(ack(), ROGUES); /* its one target all the same */
}

static void the_physical_target_follows(void)
{
    start();
    gicd_byte_write(GICD_ITARGETSR + OWNED, 2);
    CHECK_EQ(fake_irq(OWNED, 0)->route, 1);
    gicd_byte_write(GICD_ITARGETSR + OWNED, 3); /* "1 of N": one of them */
    CHECK_EQ(fake_irq(OWNED, 0)->route, 0);
    gicd_byte_write(GICD_ITARGETSR + ROGUES, 1);
    CHECK_EQ(fake_irq(ROGUES, 0)->route, 2);
}

static uint32_t own_bits(uint32_t word)
{
    uint32_t bits = config_irq_owned(CONTROL, word);

    return word == 0 ? bits | 0xffff : word == HV_GUEST_UART_INTID / 32 ? bits | 1u << HV_GUEST_UART_INTID % 32 : bits;
}

static void only_owned_interrupts_have_bits(void)
{
    static const uint32_t arrays[] = { GICD_IGROUPR, GICD_ISENABLER, GICD_ISACTIVER };

    start();
    for (uint32_t a = 0; a < ARRAY_COUNT(arrays); a++)
        for (uint32_t word = 0; word < 32; word++) {
            gicd_write(arrays[a] + 4 * word, ~0u);
            CHECK_EQ(gicd_read(arrays[a] + 4 * word), word >= HV_IRQ_WORDS ? 0 : own_bits(word));
        }
    on_pcpu(1);
    CHECK_EQ(gicd_read(GICD_IGROUPR), 0); /* word 0 is each vCPU's own */
    CHECK_EQ(gicd_read(GICD_ISENABLER), 0xffff);
    for (uint32_t intid = 0; intid < HV_INTID_COUNT; intid++) {
        gicd_byte_write(GICD_IPRIORITYR + intid, 0xff);
        CHECK_EQ(gicd_byte(GICD_IPRIORITYR + intid), 0xf8);
    }
    CHECK_EQ(gicd_byte(GICD_IPRIORITYR + HV_INTID_COUNT), 0);
    on_pcpu(0);
    CHECK_EQ(gicd_byte(GICD_IPRIORITYR + 5), 0);
    CHECK(!fake_irq(ROGUES, 2)->enabled && !fake_irq(ROGUES, 2)->active);
    CHECK(!fake_irq(NOT_OWNED, 0)->enabled && !fake_irq(NOT_OWNED, 0)->active);
}

static void sgis_have_no_enable_and_no_pending_bit(void)
{
    start();
    gicd_write(GICD_ICENABLER, ~0u);
    CHECK_EQ(gicd_read(GICD_ISENABLER), 0xffff);
    gicd_write(GICD_ISPENDR, 0xffff);
    CHECK_EQ(gicd_read(GICD_ISPENDR), 0);
    gicd_byte_write(GICD_SPENDSGIR + 3, 1);
    gicd_write(GICD_ICPENDR, 0xffff);
    CHECK_EQ(gicd_read(GICD_ISPENDR), 8);
    CHECK_EQ(gicd_read(GICD_ICPENDR), 8);
    gicd_write(GICD_ICFGR, 0);
    CHECK_EQ(gicd_read(GICD_ICFGR), 0xaaaaaaaa);
}

static void an_sgi_is_pending_from_each_source(void)
{
    start();
    gicd_write(GICD_CTLR, 3);
    set_up(0, 5, 0x80);
    gicd_write(GICD_SPENDSGIR + 4, 0xff00); /* SGI 5, from everybody: of CPUs that exist */
    CHECK_EQ(gicd_read(GICD_SPENDSGIR + 4), 0x0300);
    CHECK_EQ(gicd_read(GICD_CPENDSGIR + 4), 0x0300);
    gicd_byte_write(GICD_CPENDSGIR + 5, 1); /* the one that a list register holds */
    CHECK_EQ(gicd_byte(GICD_SPENDSGIR + 5), 2);
    CHECK_EQ(ack(), 5);
    CHECK_EQ(fake_guest_source(5), 1);
    CHECK_EQ(gicd_byte(GICD_SPENDSGIR + 5), 0);
    CHECK(fake_guest_eoi(5));
    CHECK(machine_settle());
    CHECK_EQ(ack(), 1023);
    on_pcpu(1);
    CHECK_EQ(gicd_byte(GICD_SPENDSGIR + 5), 0); /* another vCPU's is another SGI */
}

/* The same SGI from both vCPUs comes twice, each time with its source; twice from one comes once. */
static void sources_are_told_apart(void)
{
    uint32_t seen = 0;

    start();
    gicd_write(GICD_CTLR, 3);
    set_up(0, 5, 0x80);
    sgi_send(5, 1, 0, 0);
    sgi_send(5, 0, 2, 0); /* to itself */
    on_pcpu(1);
    sgi_send(5, 1, 0, 0);
    sgi_send(5, 0, 1, 0); /* to all others */
    CHECK(machine_settle());
    on_pcpu(0);
    CHECK_EQ(gicd_byte(GICD_SPENDSGIR + 5), 3);
    for (uint32_t n = 0; n < 2; n++) {
        CHECK_EQ(ack(), 5);
        seen |= 1u << fake_guest_source(5);
        CHECK(fake_guest_eoi(5));
        CHECK(machine_settle());
    }
    CHECK_EQ(seen, 3);
    CHECK_EQ(ack(), 1023);
}

static void registers_have_their_size(void)
{
    static const uint32_t sizes[] = { 1, 2, 8 };

    start();
    for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        guest_store(GICD + GICD_ISENABLER + 8, sizes[i], ~0ull);
        CHECK_EQ(gicd_read(GICD_ISENABLER + 8), 0);
        CHECK_EQ(guest_load(GICD + GICD_IIDR, sizes[i]), 0);
        guest_store(GICD + GICD_CTLR, sizes[i], 3);
        CHECK_EQ(gicd_read(GICD_CTLR), 0);
    }
    CHECK_EQ(guest_load(GICD + GICD_ITARGETSR, 8), 0);
    guest_store(GICD + GICD_IPRIORITYR + OWNED, 4, 0x20406080);
    CHECK_EQ(gicd_byte(GICD_IPRIORITYR + OWNED + 1), 0x60);
    gicd_byte_write(GICD_IPRIORITYR + OWNED + 1, 0x77);
    CHECK_EQ(gicd_read(GICD_IPRIORITYR + OWNED), 0x20407080); /* five bits are implemented */
}

static void enables_reach_the_physical_controller(void)
{
    start();
    gicd_write(GICD_ISENABLER + 4, ~0u);
    CHECK(fake_irq(OWNED, 0)->enabled);
    CHECK(!fake_irq(NOT_OWNED, 0)->enabled && !fake_irq(ROGUES, 0)->enabled);
    gicd_write(GICD_ICENABLER + 4, ~0u);
    CHECK(!fake_irq(OWNED, 0)->enabled);
    CHECK(fake_irq(33, 2)->enabled); /* the hypervisor's UART, which the guest's has the number of */
    on_pcpu(1);
    gicd_write(GICD_ISENABLER, ~0u);
    CHECK(fake_irq(FAKE_VTIMER_INTID, 1)->enabled && !fake_irq(FAKE_VTIMER_INTID, 0)->enabled);
    gicd_write(GICD_ICENABLER, ~0u);
    CHECK(fake_irq(GIC_SGI_KICK, 1)->enabled && fake_irq(FAKE_MAINTENANCE_INTID, 1)->enabled); /* EL2's own */
}

/* Any access anywhere: no end of EL2, no bit of another partition's. */
static void random_accesses_are_harmless(void)
{
    uint32_t rounds = check_long ? 3000000 : 200000;

    printf("# seed %llu\n", (unsigned long long)check_seed);
    start();
    for (uint32_t n = 0; n < rounds; n++) {
        uint32_t size = 1u << check_below(4);
        uint64_t ipa = GICD + check_below(check_below(4) ? 0x1000 : HV_GUEST_GICD_SIZE);

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
    for (uint32_t p = 0; p < 3; p++)
        CHECK(fake_irq(GIC_SGI_KICK, p)->enabled && fake_irq(FAKE_MAINTENANCE_INTID, p)->enabled);
}

/* ---- SPIs with several targets ---- */

static void vcpu_off(uint32_t pcpu)
{
    on_pcpu(pcpu);
    part_cpu_off(part_vcpu(sched_current()));
    pcpu_self()->vcpu = NULL;
}

static void start_with_both(uint32_t intid)
{
    machine_line_is_the_tests = true;
    machine_start();
    gicd_write(GICD_CTLR, 3);
    set_up(0, intid, 0x80);
    gicd_byte_write(GICD_ITARGETSR + intid, 3);
}

/* "1 of N": the lowest that is on. */
static void an_spi_goes_to_a_target_that_is_on(void)
{
    start_with_both(41);
    fake_gic_pulse(41, 0);
    CHECK(machine_settle());
    CHECK_EQ(ack(), 41);
    CHECK(fake_guest_eoi(41));
    vcpu_off(0);
    on_pcpu(1);
    CHECK_EQ(gicd_byte(GICD_ITARGETSR + 41), 3); /* as it was written */
    CHECK_EQ(fake.spi[41].route, 1);
    fake_gic_pulse(41, 0);
    CHECK(machine_settle());
    on_pcpu(1);
    CHECK_EQ(ack(), 41);
    CHECK(fake_guest_eoi(41));
    CHECK_EQ(part_cpu_on(part_vcpu(1), 0, RAM_IPA + 0x1000, 0), 0);
    CHECK(machine_settle());
    CHECK_EQ(fake.spi[41].route, 0);
    fake_gic_pulse(41, 0);
    CHECK(machine_settle());
    on_pcpu(1);
    CHECK_EQ(ack(), 1023);
    on_pcpu(0);
    CHECK_EQ(ack(), 41);
}

/* It waited in a list register, or for one, of the vCPU that goes off. */
static void what_waits_moves_to_the_other_target(void)
{
    start_with_both(41);
    for (uint32_t i = 0; i < 6; i++) {
        gicd_byte_write(GICD_ITARGETSR + 40 + i, 3);
        set_up(0, 40 + i, 0x80);
        if (i % 2)
            fake_gic_pulse(40 + i, 0);
        else
            fake_gic_line(40 + i, 0, true);
    }
    CHECK(machine_settle());
    vcpu_off(0);
    CHECK(machine_settle());
    on_pcpu(1);
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t got = ack();
        CHECK(got >= 40 && got < 46);
        fake_gic_line(got, 0, false);
        CHECK(fake_guest_eoi(got));
        CHECK(machine_settle());
    }
    CHECK_EQ(ack(), 1023);
}

/* Targets that are all off keep it. */
static void it_waits_while_its_targets_are_off(void)
{
    start_with_both(41);
    gicd_byte_write(GICD_ITARGETSR + 41, 2);
    vcpu_off(1);
    fake_gic_pulse(41, 0);
    CHECK(machine_settle());
    on_pcpu(0);
    CHECK_EQ(ack(), 1023);
    gicd_byte_write(GICD_ITARGETSR + 41, 3);
    CHECK(machine_settle());
    CHECK_EQ(ack(), 41);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(identification);
    RUN(values_at_reset);
    RUN(targets_of_private_interrupts_are_who_asks);
    RUN(targets_are_cpus_that_exist);
    RUN(one_cpu_has_no_targets);
    RUN(the_physical_target_follows);
    RUN(only_owned_interrupts_have_bits);
    RUN(sgis_have_no_enable_and_no_pending_bit);
    RUN(an_sgi_is_pending_from_each_source);
    RUN(sources_are_told_apart);
    RUN(registers_have_their_size);
    RUN(enables_reach_the_physical_controller);
    RUN(random_accesses_are_harmless);
    RUN(an_spi_goes_to_a_target_that_is_on);
    RUN(what_waits_moves_to_the_other_target);
    RUN(it_waits_while_its_targets_are_off);
    return check_end();
}
