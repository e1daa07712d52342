/* SPDX-License-Identifier: Apache-2.0
 *
 * A GICv3 as far as the hypervisor uses one: the state machine of Arm IHI 0069, "Interrupt
 * handling state machine", for each SPI and for each pCPU's SGIs and PPIs, and the list registers
 * of the virtual CPU interface. Written from the manual, not from the driver.
 */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LR_STATE(lr) ((lr) >> 62)
#define LR_PENDING 1u
#define LR_ACTIVE 2u
#define LR_HW (1ull << 61)
#define LR_GROUP (1ull << 60)
#define LR_EOI (1ull << 41)
#define HCR_EN 1u
#define HCR_UIE 2u
#define HCR_NPIE 8u
#define FRAME 0x20000ull

static const struct fake_irq reset_irq = { .route = 0 };

void fake_gic_reset(void)
{
    for (uint32_t i = 0; i < FAKE_INTIDS; i++)
        fake.spi[i] = reset_irq;
    for (uint32_t p = 0; p < FAKE_PCPUS; p++)
        for (uint32_t i = 0; i < 32; i++) {
            fake.cpu[p].private_irq[i] = reset_irq;
            fake.cpu[p].private_irq[i].edge = i < 16;
            fake.cpu[p].private_irq[i].route = p;
        }
}

struct fake_irq *fake_irq(uint32_t intid, uint32_t pcpu)
{
    return intid < 32 ? &fake.cpu[pcpu].private_irq[intid] : &fake.spi[intid];
}

static bool is_pending(const struct fake_irq *irq)
{
    return irq->pending || (!irq->edge && irq->line);
}

void fake_gic_pulse(uint32_t intid, uint32_t pcpu)
{
    fake_irq(intid, pcpu)->pending = true;
}

void fake_gic_line(uint32_t intid, uint32_t pcpu, bool high)
{
    fake_irq(intid, pcpu)->line = high;
}

static uint32_t best(uint32_t pcpu)
{
    if (pcpu < FAKE_PCPUS && fake_maintenance(pcpu) && fake_irq(FAKE_MAINTENANCE_INTID, pcpu)->enabled &&
        !fake_irq(FAKE_MAINTENANCE_INTID, pcpu)->active)
        return FAKE_MAINTENANCE_INTID;
    for (uint32_t intid = 0; intid < FAKE_INTIDS; intid++) {
        const struct fake_irq *irq = fake_irq(intid, pcpu);

        if (is_pending(irq) && irq->enabled && !irq->active && irq->route == pcpu)
            return intid;
    }
    return 1023;
}

bool fake_gic_pending(uint32_t pcpu)
{
    return best(pcpu) != 1023;
}

uint32_t fake_gic_ack(void)
{
    uint32_t intid = best(fake.self);

    if (intid != 1023) {
        fake_irq(intid, fake.self)->active = true;
        fake_irq(intid, fake.self)->pending = false;
    }
    return intid;
}

void fake_gic_deactivate(uint32_t intid)
{
    if (intid < FAKE_INTIDS)
        fake_irq(intid, fake.self)->active = false;
}

/* ICC_SGI1R_EL1. The pCPUs' affinities are 0.0.0.n. */
void fake_gic_sgi(uint64_t sgir)
{
    uint32_t intid = (sgir >> 24) & 15;

    for (uint32_t p = 0; p < FAKE_PCPUS; p++)
        if (sgir >> p & 1)
            fake.cpu[p].private_irq[intid].pending = true;
}

/* ---- distributor and redistributors ---- */

enum { IGROUPR = 1, ISENABLER, ICENABLER, ISPENDR, ICPENDR, ISACTIVER, ICACTIVER };

uint32_t fake_gic_word_read(uint32_t array, uint32_t word, uint32_t pcpu)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < 32 && 32 * word + i < FAKE_INTIDS; i++) {
        const struct fake_irq *irq = fake_irq(32 * word + i, pcpu);
        bool bit = array <= IGROUPR ? true : array <= ICENABLER ? irq->enabled :
                   array <= ICPENDR ? is_pending(irq) : irq->active;
        value |= (uint32_t)bit << i;
    }
    return value;
}

/* "Effects of disabling interrupts": until RWP reads 0 one that was forwarded may be acknowledged. */
static void disable(struct fake_irq *irq)
{
    if (fake.disables_late && irq->enabled)
        irq->disable_comes = true;
    else
        irq->enabled = false;
}

static bool each_late_disable(struct fake_irq *irqs, uint32_t count, bool carry_out)
{
    bool any = false;

    for (uint32_t i = 0; i < count; i++) {
        any |= irqs[i].disable_comes;
        if (carry_out && irqs[i].disable_comes)
            irqs[i].enabled = irqs[i].disable_comes = false;
    }
    return any;
}

void fake_gic_catch_up(void)
{
    each_late_disable(fake.spi, FAKE_INTIDS, true);
    for (uint32_t p = 0; p < FAKE_PCPUS; p++)
        each_late_disable(fake.cpu[p].private_irq, 32, true);
}

void fake_gic_word_write(uint32_t array, uint32_t word, uint32_t pcpu, uint32_t value)
{
    for (uint32_t i = 0; i < 32 && 32 * word + i < FAKE_INTIDS; i++) {
        struct fake_irq *irq = fake_irq(32 * word + i, pcpu);

        if (!(value >> i & 1))
            continue;
        switch (array) {
        case ISENABLER: irq->enabled = true; irq->disable_comes = false; break;
        case ICENABLER: disable(irq); break;
        case ISPENDR: irq->pending = true; break;
        case ICPENDR: irq->pending = false; break;
        case ISACTIVER: irq->active = true; break;
        case ICACTIVER: irq->active = false; break;
        default: break;
        }
    }
}

/* Bit arrays are at the same offsets in the distributor and in a redistributor's SGI frame. */
static bool is_array(uint64_t offset, uint32_t *array, uint32_t *word)
{
    *array = (uint32_t)(offset / 0x80);
    *word = (uint32_t)(offset % 0x80) / 4;
    return offset >= 0x80 && offset < 0x400;
}

bool fake_gic_reads(uint64_t address, uint32_t size, uint64_t *value)
{
    uint32_t array, word;

    *value = 0;
    if (address - FAKE_GICD < 0x10000 && size == 4) {
        uint64_t offset = address - FAKE_GICD;

        if (offset == 0)
            *value = fake.gicd_ctlr | (uint64_t)each_late_disable(fake.spi, FAKE_INTIDS, false) << 31;
        else if (offset == 4)
            *value = FAKE_INTIDS / 32 - 1;
        else if (is_array(offset, &array, &word) && word > 0)
            *value = fake_gic_word_read(array, word, 0);
        else if (offset >= 0xc00 && offset < 0xd00)
            for (uint32_t i = 0; i < 16; i++)
                *value |= (uint64_t)fake.spi[4 * (offset - 0xc00) + i].edge << (2 * i + 1);
        else
            return false;
        return true;
    }
    if (address - FAKE_GICR < FAKE_PCPUS * FRAME && size == 4) {
        uint64_t offset = (address - FAKE_GICR) % FRAME;
        uint32_t pcpu = (uint32_t)((address - FAKE_GICR) / FRAME);

        if (offset >= 0x10000 && is_array(offset - 0x10000, &array, &word) && word == 0)
            *value = fake_gic_word_read(array, 0, pcpu);
        else if (offset == 0)
            *value = (uint64_t)each_late_disable(fake.cpu[pcpu].private_irq, 32, false) << 3;
        return true; /* WAKER: nobody sleeps */
    }
    return false;
}

bool fake_gic_writes(uint64_t address, uint32_t size, uint64_t value)
{
    uint32_t array, word;

    if (address - FAKE_GICD < 0x10000) {
        uint64_t offset = address - FAKE_GICD;

        if (offset == 0)
            fake.gicd_ctlr = value & 0x7fffffff;
        else if (size == 4 && is_array(offset, &array, &word) && word > 0)
            fake_gic_word_write(array, word, 0, (uint32_t)value);
        else if (size == 4 && offset >= 0xc00 && offset < 0xd00)
            for (uint32_t i = 0; i < 16; i++)
                fake.spi[4 * (offset - 0xc00) + i].edge = value >> (2 * i + 1) & 1;
        else if (size == 8 && offset >= 0x6000 + 8 * 32 && offset < 0x6000 + 8 * FAKE_INTIDS)
            fake.spi[(offset - 0x6000) / 8].route = (uint32_t)value;
        else if (!(size == 4 && offset >= 0x400 + 32 && offset < 0x400 + FAKE_INTIDS))
            return false;
        return true;
    }
    if (address - FAKE_GICR < FAKE_PCPUS * FRAME && size == 4) {
        uint64_t offset = (address - FAKE_GICR) % FRAME;
        uint32_t pcpu = (uint32_t)((address - FAKE_GICR) / FRAME);

        if (offset >= 0x10000 && is_array(offset - 0x10000, &array, &word) && word == 0)
            fake_gic_word_write(array, 0, pcpu, (uint32_t)value);
        return true;
    }
    return false;
}

/* ---- the virtual CPU interface: IHI 0069, "ICH_LR<n>_EL2", "Maintenance interrupts" ---- */

uint64_t *fake_lr(uint32_t n)
{
    return &fake.cpu[fake.self].reg[FAKE_ICH_LR0_EL2 + n];
}

static uint32_t lr_count_of(uint32_t pcpu)
{
    return (fake.cpu[pcpu].reg[FAKE_ICH_VTR_EL2] & 31) + 1;
}

uint32_t fake_lr_count(void)
{
    return lr_count_of(fake.self);
}

/* "ICH_ELRSR_EL2": 1 where State is 0 and (HW is 1 or EOI is 0). */
uint64_t fake_lr_elrsr(void)
{
    uint64_t empty = 0;

    for (uint32_t n = 0; n < fake_lr_count(); n++) {
        uint64_t lr = *fake_lr(n);
        if (LR_STATE(lr) == 0 && ((lr & LR_HW) || !(lr & LR_EOI)))
            empty |= 1ull << n;
    }
    return empty;
}

/* "ICH_EISR_EL2": 1 where an interrupt that asked for it was ended: State and HW are 0, EOI is 1. */
uint64_t fake_lr_eisr(void)
{
    uint64_t ended = 0;

    for (uint32_t n = 0; n < fake_lr_count(); n++) {
        uint64_t lr = *fake_lr(n);
        if (LR_STATE(lr) == 0 && !(lr & LR_HW) && (lr & LR_EOI))
            ended |= 1ull << n;
    }
    return ended;
}

bool fake_maintenance(uint32_t pcpu)
{
    const uint64_t *reg = fake.cpu[pcpu].reg;
    uint64_t hcr = reg[FAKE_ICH_HCR_EL2];
    uint32_t valid = 0, pending = 0, eoi = 0;

    for (uint32_t n = 0; n < lr_count_of(pcpu); n++) {
        uint64_t lr = reg[FAKE_ICH_LR0_EL2 + n];

        valid += LR_STATE(lr) != 0;
        pending += LR_STATE(lr) == LR_PENDING;
        eoi += LR_STATE(lr) == 0 && !(lr & LR_HW) && (lr & LR_EOI);
    }
    return (hcr & HCR_EN) &&
           (eoi != 0 || ((hcr & HCR_UIE) && valid <= 1) || ((hcr & HCR_NPIE) && pending == 0));
}

uint32_t fake_guest_ack(uint32_t running, uint32_t *priority)
{
    uint32_t found = 16;

    *priority = running;
    for (uint32_t n = 0; n < fake_lr_count(); n++) {
        uint64_t lr = *fake_lr(n);
        uint32_t p = (lr >> 48) & 0xff;

        if (LR_STATE(lr) == LR_PENDING && p < *priority) {
            *priority = p;
            found = n;
        }
    }
    if (found == 16)
        return 1023;
    *fake_lr(found) = (*fake_lr(found) & ~(3ull << 62)) | (uint64_t)LR_ACTIVE << 62;
    return (uint32_t)*fake_lr(found);
}

bool fake_guest_eoi(uint32_t intid)
{
    for (uint32_t n = 0; n < fake_lr_count(); n++) {
        uint64_t lr = *fake_lr(n);

        if (!(LR_STATE(lr) & LR_ACTIVE) || (uint32_t)lr != intid)
            continue;
        *fake_lr(n) = lr & ~((uint64_t)LR_ACTIVE << 62);
        if (lr & LR_HW)
            fake_gic_deactivate((lr >> 32) & 0x1fff);
        return true;
    }
    return false;
}
