/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks through the interrupt controller and the timer: foreign interrupts, foreign frames, storms.
 */
#include "rogue.h"

#define GITS       0x08080000ul
#define GICR_END   0x09000000ul
#define SPI_WORDS  31u /* words 1 .. 30 hold INTIDs 32 .. 991 */

static volatile uint32_t interrupts;

/* Frames that the machine has physically and we do not. */
static void foreign_frames(struct outcome *outcome)
{
    static const uint64_t frames[] = {0x08010000, 0x08012000, 0x08020000, 0x08030000,
                                      0x08040000, GITS, GITS + 0x10040};
    uint64_t frame = MACHINE_GICR + gic_vcpu_count() * MACHINE_GICR_SIZE;
    uint32_t i;

    for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        if (gic.version == 2 && frames[i] == gic.gicc)
            continue; /* ours */
        fault_expect();
        mmio_write32(frames[i], mmio_read32(frames[i]));
        if (!try_end(outcome))
            escape(outcome, "frame", frames[i]);
    }
    for (; frame < GICR_END; frame += MACHINE_GICR_SIZE) {
        fault_expect();
        mmio_write32(frame + GICR_WAKER, 2);
        mmio_read64(frame + GICR_TYPER);
        if (!try_end(outcome))
            escape(outcome, "redistributor", frame);
    }
}

/* Sets all bits of one bank of bits and looks whether one stays that is not ours. */
static void foreign_bits(struct outcome *outcome, uint32_t set, uint32_t clear, const char *what)
{
    uint32_t word, seen;

    for (word = 1; word < SPI_WORDS; word++) {
        uint64_t own = word == MACHINE_INTID_PL011 / 32 ? 1u << MACHINE_INTID_PL011 % 32 : 0;

        fault_expect();
        mmio_write32(MACHINE_GICD + set + word * 4, 0xffffffffu);
        seen = mmio_read32(MACHINE_GICD + set + word * 4);
        mmio_write32(MACHINE_GICD + clear + word * 4, 0xffffffffu);
        if (try_end(outcome))
            continue;
        if (seen & ~own)
            escape(outcome, what, word * 32);
        else
            outcome->answers++;
    }
}

/* Priority, trigger and route of an interrupt that is not ours. */
static void foreign_settings(struct outcome *outcome)
{
    static const struct {
        uint32_t offset;
        const char *what;
    } registers[] = {
        {GICD_IPRIORITYR + 200, "priority"},
        {GICD_ICFGR + 200 / 4, "trigger"},
        {GICD_IROUTER + 200 * 8, "route"},
    };
    uint32_t i;

    for (i = 0; i < 3; i++) {
        uint64_t address = MACHINE_GICD + registers[i].offset;
        uint32_t old, seen;

        fault_expect();
        old = mmio_read32(address);
        mmio_write32(address, 0xa0a0a0a0u);
        seen = mmio_read32(address);
        mmio_write32(address, old);
        if (try_end(outcome))
            continue;
        if (seen != old)
            escape(outcome, registers[i].what, 200);
        else
            outcome->answers++;
    }
}

void attack_gic(struct outcome *outcome)
{
    foreign_frames(outcome);
    foreign_bits(outcome, GICD_ISENABLER, GICD_ICENABLER, "enable");
    foreign_bits(outcome, GICD_ISPENDR, GICD_ICPENDR, "pend");
    foreign_bits(outcome, GICD_ISACTIVER, GICD_ICACTIVER, "activate");
    foreign_settings(outcome);
    fault_expect(); /* the distributor off and on: ours alone */
    mmio_write32(MACHINE_GICD + GICD_CTLR, 0);
    mmio_write32(MACHINE_GICD + GICD_SGIR, 0x02000000 | 1);
    try_end(outcome);
}

/* About 20 ms in which nothing reaches this vCPU by its own wish. */
void attack_irq_masked_loop(struct outcome *outcome)
{
    timer_set(timer_now()); /* pending all the time */
    cpu_spin_ticks(timer_frequency() / 50);
    timer_stop();
    outcome->tries++;
}

/* WFI that returns at once, since an interrupt is pending behind the mask. */
void attack_wfi_storm(struct outcome *outcome)
{
    timer_set(timer_now());
    for (; outcome->tries < 50000; outcome->tries++)
        __asm__ volatile("wfi\n\tsev\n\twfe\n\tyield" : : : "memory");
    timer_stop();
}

static void timer_again(uint32_t intid)
{
    (void)intid;
    interrupts++;
    timer_set(timer_now() + timer_frequency() / 500000); /* 2 us */
}

void attack_timer_storm(struct outcome *outcome)
{
    interrupts = 0;
    irq_set_handler(MACHINE_INTID_VTIMER, timer_again);
    timer_set(timer_now());
    irq_unmask();
    cpu_spin_ticks(timer_frequency() / 100);
    irq_mask();
    timer_stop();
    outcome->tries = 1;
    outcome->answers = interrupts;
}

static void count(uint32_t intid)
{
    (void)intid;
    interrupts++;
}

/* To ourselves, to nobody, to everybody, in every group and with every affinity there could be. */
void attack_sgi_storm(struct outcome *outcome)
{
    uint32_t i;

    interrupts = 0;
    for (i = 0; i < 16; i++) {
        irq_set_handler(i, count);
        gic_enable(i);
    }
    irq_unmask();
    for (; outcome->tries < 20000; outcome->tries++) {
        i = outcome->tries;
        gic_send_sgi(i % 16, 1);
        if (i % 4 == 1)
            gic_send_sgi_others(i % 16);
        if (i % 4 == 2)
            gic_send_sgi(i % 16, 0xffff);
        if (i % 4 == 3 && gic.version == 2)
            mmio_write32(gic.gicd + GICD_SGIR, i << 12); /* every filter, CPUs that are not there */
        else if (i % 4 == 3)
            sysreg_write(icc_sgi1r_el1, (uint64_t)i << 48 | (uint64_t)(i % 16) << 44 | (uint64_t)i << 16 | 0xfffe);
    }
    isb();
    irq_mask();
    for (i = 0; i < 16; i++)
        gic_disable(i);
    outcome->answers = interrupts;
}
