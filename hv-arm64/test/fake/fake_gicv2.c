/* SPDX-License-Identifier: Apache-2.0
 *
 * What a GICv2 has instead of redistributors and system registers: a distributor that shows each
 * CPU its own SGIs and PPIs, targets, SGIs with a source, CPU interface and list registers in
 * memory. The state machine and the list registers' behaviour are fake_gic.c's. Written from
 * Arm IHI 0048, not from the driver; whoever ends an SGI with another source than it came with
 * is stopped.
 */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>

#define SGIS 16u
#define SPURIOUS 1023u

static struct {
    uint8_t sources[SGIS]; /* CPUs that it is pending from */
    uint32_t ended[SGIS];  /* what the CPU interface must get back: GICC_IAR */
} sgis[FAKE_PCPUS];

static void stop(const char *what, uint32_t value)
{
    fprintf(stderr, "GICv2: %s 0x%x\n", what, value);
    abort();
}

/* ---- CPU interface ---- */

static uint32_t acknowledge(void)
{
    uint32_t intid = fake_gic_ack(), source = 0;

    if (intid >= SGIS)
        return intid;
    if (sgis[fake.self].sources[intid] == 0)
        stop("an SGI without source", intid);
    source = (uint32_t)__builtin_ctz(sgis[fake.self].sources[intid]);
    sgis[fake.self].sources[intid] &= (uint8_t)(sgis[fake.self].sources[intid] - 1);
    fake_irq(intid, fake.self)->pending = sgis[fake.self].sources[intid] != 0;
    return sgis[fake.self].ended[intid] = source << 10 | intid;
}

/* The value that GICC_EOIR or GICC_DIR got. */
static uint32_t ended(uint32_t value)
{
    uint32_t intid = value & 0x3ff;

    if (intid < SGIS && value != sgis[fake.self].ended[intid])
        stop("an SGI is ended with another source", value);
    return intid;
}

static void send_sgi(uint32_t value)
{
    uint32_t filter = value >> 24 & 3, intid = value & 15, self = 1u << fake.self;
    uint32_t targets = filter == 0 ? value >> 16 & 0xff : filter == 1 ? ~self : filter == 2 ? self : 0;

    for (uint32_t p = 0; p < FAKE_PCPUS; p++)
        if (targets >> p & 1) {
            sgis[p].sources[intid] |= (uint8_t)self;
            fake_irq(intid, p)->pending = true;
        }
}

static void clear_sgi(uint32_t intid, uint8_t sources)
{
    sgis[fake.self].sources[intid] &= (uint8_t)~sources;
    fake_irq(intid, fake.self)->pending = sgis[fake.self].sources[intid] != 0;
}

/* ---- list registers: of 32 bits here, as ICH_LR<n>_EL2 in fake_gic.c ---- */

static uint32_t lr_to_memory(uint64_t lr)
{
    return (uint32_t)((lr & 0x3ff) | (lr >> 32 & 0x3ff) << 10 | (lr >> 51 & 0x1f) << 23 | (lr >> 62 & 3) << 28 |
                      (lr >> 60 & 1) << 30 | (lr >> 61 & 1) << 31);
}

static uint64_t lr_from_memory(uint32_t m)
{
    return (m & 0x3ffu) | (uint64_t)(m >> 10 & 0x3ff) << 32 | (uint64_t)(m >> 23 & 0x1f) << 51 |
           (uint64_t)(m >> 28 & 3) << 62 | (uint64_t)(m >> 30 & 1) << 60 | (uint64_t)(m >> 31) << 61;
}

uint32_t fake_guest_source(uint32_t intid)
{
    for (uint32_t n = 0; n < fake_lr_count(); n++)
        if (*fake_lr(n) >> 62 >= 2 && (uint32_t)*fake_lr(n) == intid)
            return *fake_lr(n) >> 32 & 7;
    return 0;
}

/* ---- the memory map ---- */

static uint32_t targets_read(uint32_t intid)
{
    return 1u << (intid < 32 ? fake.self : fake.spi[intid].route);
}

static bool distributor_reads(uint64_t offset, uint32_t size, uint64_t *value)
{
    uint32_t intid = (uint32_t)offset - 0x800;

    if (offset >= 0x800 && offset < 0xc00 && intid + size <= FAKE_INTIDS) {
        for (uint32_t i = 0; i < size; i++)
            *value |= (uint64_t)targets_read(intid + i) << 8 * i;
        return true;
    }
    if (offset == 8 && size == 4) {
        *value = 0x0200143b; /* a GIC-400 */
        return true;
    }
    if (size == 4 && offset >= 0x80 && offset < 0x400 && offset % 0x80 == 0) {
        *value = fake_gic_word_read((uint32_t)offset / 0x80, 0, fake.self);
        return true;
    }
    return fake_gic_reads(FAKE_GICD + offset, size, value);
}

static bool distributor_writes(uint64_t offset, uint32_t size, uint64_t value)
{
    uint32_t intid = (uint32_t)offset - 0x800;

    if (size == 1 && offset >= 0x820 && intid < FAKE_INTIDS) {
        if (value == 0 || (value & (value - 1)) != 0)
            stop("an SPI without one target", (uint32_t)value);
        fake.spi[intid].route = (uint32_t)__builtin_ctz((uint32_t)value);
        return true;
    }
    if (size == 4 && offset >= 0x80 && offset < 0x400 && offset % 0x80 == 0) {
        bool pending = offset == 0x200 || offset == 0x280; /* an SGI's is made by its source alone */
        fake_gic_word_write((uint32_t)offset / 0x80, 0, fake.self, (uint32_t)value & (pending ? ~0xffffu : ~0u));
        return true;
    }
    if (size == 4 && offset >= 0xf10 && offset < 0xf20) {
        for (uint32_t i = 0; i < 4; i++)
            clear_sgi((uint32_t)offset - 0xf10 + i, (uint8_t)(value >> 8 * i));
        return true;
    }
    if (size == 4 && offset == 0xf00) {
        send_sgi((uint32_t)value);
        return true;
    }
    return (size == 4 && offset >= 0x400 && offset < 0x420) || fake_gic_writes(FAKE_GICD + offset, size, value);
}

static bool gich_reads(uint64_t offset, uint64_t *value)
{
    switch (offset) {
    case 0x00: *value = fake.cpu[fake.self].reg[FAKE_ICH_HCR_EL2]; return true;
    case 0x04: *value = 4u << 29 | 4u << 26 | (fake_lr_count() - 1); return true;
    case 0x20: *value = fake_lr_eisr(); return true;
    case 0x30: *value = fake_lr_elrsr(); return true;
    default:
        *value = lr_to_memory(*fake_lr((uint32_t)(offset - 0x100) / 4));
        return offset >= 0x100 && offset < 0x100 + 4 * fake_lr_count();
    }
}

static bool gich_writes(uint64_t offset, uint32_t value)
{
    switch (offset) {
    case 0x00: fake.cpu[fake.self].reg[FAKE_ICH_HCR_EL2] = value; return true;
    case 0x08: /* VMCR */
    case 0xf0: /* APR */
        return true;
    default:
        if (offset < 0x100 || offset >= 0x100 + 4 * fake_lr_count())
            return false;
        *fake_lr((uint32_t)(offset - 0x100) / 4) = lr_from_memory(value);
        return true;
    }
}

bool fake_gicv2_reads(uint64_t address, uint32_t size, uint64_t *value)
{
    *value = 0;
    if (address - FAKE_GICD < 0x1000)
        return distributor_reads(address - FAKE_GICD, size, value);
    if (address == FAKE_GICC + 0xc && size == 4) {
        *value = acknowledge();
        return true;
    }
    return address - FAKE_GICH < 0x200 && size == 4 && gich_reads(address - FAKE_GICH, value);
}

bool fake_gicv2_writes(uint64_t address, uint32_t size, uint64_t value)
{
    if (address - FAKE_GICD < 0x1000)
        return distributor_writes(address - FAKE_GICD, size, value);
    if (address == FAKE_GICC + 0x10 && size == 4)
        return ended((uint32_t)value) < SPURIOUS;
    if (address == FAKE_GICC_DIR && size == 4) {
        fake_gic_deactivate(ended((uint32_t)value));
        return true;
    }
    if (address - FAKE_GICC < 0xc && size == 4)
        return true; /* control, mask, binary point */
    return address - FAKE_GICH < 0x200 && size == 4 && gich_writes(address - FAKE_GICH, (uint32_t)value);
}
