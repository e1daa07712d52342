/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices' interrupts and the physical controller's two oddities: a disable takes effect later
 * than it is written (RWP), and a level-triggered interrupt that EL2 took is pending no longer
 * than its line is high. The same over all combinations is test_vgic_random.c.
 */
#include "vgic_guest.h"

#define PPI FAKE_VTIMER_INTID
#define SPI_LEVEL 40u
#define SPI_EDGE 41u
#define NOTHING 1023u

/* All come to vCPU 0. Each was delivered before, so that there is a direct entry for it. */
static void start(void)
{
    static const uint32_t all[] = { PPI, SPI_LEVEL, SPI_EDGE };

    machine_line_is_the_tests = true;
    machine_start();
    routes_begin();
    gicd_write(GICD_CTLR, 3);
    for (uint32_t i = 0; i < ARRAY_COUNT(all); i++) {
        set_up(0, all[i], 0x80);
        fake_gic_pulse(all[i], 0);
        CHECK(machine_settle());
        CHECK_EQ(ack(), all[i]);
        CHECK(fake_guest_eoi(all[i]));
        CHECK(machine_settle());
        CHECK_EQ(vgic_cpu_of(0)->direct[all[i] % VGIC_DIRECT_COUNT] & 0xffffffff, all[i]);
    }
}

static void raise_and_lower(uint32_t intid, bool high)
{
    if (intid == SPI_EDGE && high)
        fake_gic_pulse(intid, 0);
    else if (intid != SPI_EDGE)
        fake_gic_line(intid, 0, high);
    CHECK(machine_settle());
}

/* It was forwarded before the disable, and EL2 acknowledges it after. */
static void on_its_way(uint32_t intid)
{
    start();
    fake.disables_late = true;
    bit_write(GICD_ICENABLER, 0, intid);
    CHECK(fake_irq(intid, 0)->disable_comes);
    raise_and_lower(intid, true);
    CHECK(fake_irq(intid, 0)->active); /* it came */
    CHECK_EQ(ack(), NOTHING);
    CHECK(bit_read(GICD_ISPENDR, 0, intid));
    fake_gic_catch_up();
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
    bit_write(GICD_ISENABLER, 0, intid);
    CHECK(machine_settle());
    CHECK_EQ(ack(), intid);
    raise_and_lower(intid, false);
    CHECK(fake_guest_eoi(intid));
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
    raise_and_lower(intid, true);
    CHECK_EQ(ack(), intid);
}

static void a_ppi_on_its_way_waits(void) { on_its_way(PPI); }
static void an_spi_on_its_way_waits(void) { on_its_way(SPI_LEVEL); }
static void an_edge_on_its_way_waits(void) { on_its_way(SPI_EDGE); }

/* The same, and the device thought better of it before the guest enabled it again. */
static void on_its_way_and_fallen(uint32_t intid)
{
    start();
    fake.disables_late = true;
    bit_write(GICD_ICENABLER, 0, intid);
    raise_and_lower(intid, true);
    raise_and_lower(intid, false);
    fake_gic_catch_up();
    bit_write(GICD_ISENABLER, 0, intid);
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
    CHECK(!fake_irq(intid, 0)->active);
    raise_and_lower(intid, true);
    CHECK_EQ(ack(), intid);
}

static void a_ppi_on_its_way_falls(void) { on_its_way_and_fallen(PPI); }
static void an_spi_on_its_way_falls(void) { on_its_way_and_fallen(SPI_LEVEL); }

/* Enabled again before the disable took effect. */
static void off_and_on_again_loses_nothing(void)
{
    start();
    fake.disables_late = true;
    bit_write(GICD_ICENABLER, 0, SPI_EDGE);
    raise_and_lower(SPI_EDGE, true);
    bit_write(GICD_ISENABLER, 0, SPI_EDGE);
    fake_gic_catch_up();
    CHECK(machine_settle());
    CHECK_EQ(ack(), SPI_EDGE);
    CHECK(fake_guest_eoi(SPI_EDGE));
    raise_and_lower(SPI_EDGE, true);
    CHECK_EQ(ack(), SPI_EDGE);
}

/* Its pending state is the line's, in a list register as well: the guest keeps interrupts masked and asks. */
static void pending_reads_the_line(uint32_t intid)
{
    start();
    CHECK(!bit_read(GICD_ISPENDR, 0, intid));
    raise_and_lower(intid, true);
    CHECK(bit_read(GICD_ISPENDR, 0, intid));
    CHECK(!bit_read(GICD_ISACTIVER, 0, intid));
    raise_and_lower(intid, false);
    CHECK(!bit_read(GICD_ISPENDR, 0, intid));
    CHECK_EQ(ack(), NOTHING);
    raise_and_lower(intid, true);
    CHECK_EQ(ack(), intid);
    CHECK(bit_read(GICD_ISPENDR, 0, intid)); /* pending and active */
    CHECK(bit_read(GICD_ISACTIVER, 0, intid));
    raise_and_lower(intid, false);
    CHECK(!bit_read(GICD_ISPENDR, 0, intid));
    CHECK(fake_guest_eoi(intid));
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
}

static void pending_reads_a_ppis_line(void) { pending_reads_the_line(PPI); }
static void pending_reads_an_spis_line(void) { pending_reads_the_line(SPI_LEVEL); }

/* What the guest made pending needs no line. */
static void a_set_pending_needs_no_line(void)
{
    start();
    bit_write(GICD_ISPENDR, 0, SPI_LEVEL);
    CHECK(machine_settle());
    CHECK(bit_read(GICD_ISPENDR, 0, SPI_LEVEL));
    for (uint32_t i = 0; i < 4; i++) { /* out of its list register and back */
        set_up(0, i, 0x10);
        bit_write(GICD_ISPENDR, 0, i);
    }
    CHECK(machine_settle());
    CHECK(bit_read(GICD_ISPENDR, 0, SPI_LEVEL));
    for (uint32_t i = 0; i < 4; i++) {
        CHECK(fake_guest_eoi(ack()));
        CHECK(machine_settle());
    }
    CHECK(bit_read(GICD_ISPENDR, 0, SPI_LEVEL));
    CHECK_EQ(ack(), SPI_LEVEL);
    CHECK(!bit_read(GICD_ISPENDR, 0, SPI_LEVEL));
    CHECK(fake_guest_eoi(SPI_LEVEL));
    CHECK(machine_settle());
    CHECK_EQ(ack(), NOTHING);
}

/* A PPI that was enabled when its vCPU went off is when it comes back. */
static void cpu_off_keeps_a_ppis_enable(void)
{
    start();
    on_pcpu(1);
    set_up(1, PPI, 0x80);
    part_cpu_off(part_vcpu(1));
    pcpu_self()->vcpu = NULL;
    CHECK(!fake_irq(PPI, 1)->enabled);
    on_pcpu(0);
    CHECK_EQ(part_cpu_on(part_vcpu(0), 1, RAM_IPA + 0x1000, 0), 0);
    CHECK(machine_settle());
    on_pcpu(1);
    CHECK(bit_read(GICD_ISENABLER, 1, PPI));
    CHECK(fake_irq(PPI, 1)->enabled);
    fake_gic_line(PPI, 1, true);
    CHECK(machine_settle());
    CHECK_EQ(ack(), PPI);
}

/* GICv3: until the other vCPU's list registers were looked at, a disable is not complete. */
static void rwp_waits_for_the_other_vcpu(void)
{
    if (HV_GIC_VERSION == 2)
        return; /* it has none */
    start();
    on_pcpu(1);
    bit_write(GICD_ICENABLER, 0, SPI_EDGE);
    CHECK(gicd_read(GICD_CTLR) & field_mask(GICD_CTLR, RWP));
    CHECK(machine_settle());
    CHECK(!(gicd_read(GICD_CTLR) & field_mask(GICD_CTLR, RWP)));
    fake.disables_late = true; /* the physical one, which other partitions' writes hold up, is not this one */
    bit_write(GICD_ICENABLER, 0, SPI_LEVEL);
    CHECK(machine_settle());
    CHECK(!(gicd_read(GICD_CTLR) & field_mask(GICD_CTLR, RWP)));
#if HV_GIC_VERSION == 3
    bit_write(GICD_ICENABLER, 0, PPI);
    CHECK(gicr_read(0, GICR_CTLR) & field_mask(GICR_CTLR, RWP));
    CHECK(!(gicr_read(1, GICR_CTLR) & field_mask(GICR_CTLR, RWP)));
    CHECK(machine_settle());
    CHECK_EQ(gicr_read(0, GICR_CTLR), 0);
#endif
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(a_ppi_on_its_way_waits);
    RUN(an_spi_on_its_way_waits);
    RUN(an_edge_on_its_way_waits);
    RUN(a_ppi_on_its_way_falls);
    RUN(an_spi_on_its_way_falls);
    RUN(off_and_on_again_loses_nothing);
    RUN(pending_reads_a_ppis_line);
    RUN(pending_reads_an_spis_line);
    RUN(a_set_pending_needs_no_line);
    RUN(cpu_off_keeps_a_ppis_enable);
    RUN(rwp_waits_for_the_other_vcpu);
    return check_end();
}
