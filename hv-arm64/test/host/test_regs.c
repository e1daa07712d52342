/* SPDX-License-Identifier: Apache-2.0
 *
 * The register tables: offsets ascend and are aligned, fields fit and do not overlap.
 */
#include "check.h"
#include "lib/bits.h"
#include "regs/regs.h"

struct reg {
    const char *name;
    uint32_t offset, count, stride, bits;
};

struct field {
    const char *reg, *name;
    uint32_t hi, lo;
};

struct encoding {
    const char *name;
    uint32_t op0, op1, crn, crm, op2;
};

/* Each table three times: as registers, as fields, as encodings. */
#define REG(name, offset, bits, access, meaning) { #name, offset, 1, bits / 8, bits },
#define REGS(name, offset, count, stride, bits, access, meaning) { #name, offset, count, stride, bits },
#define SYSREG(name, op0, op1, crn, crm, op2, access, meaning)
#define FIELD(reg, field, hi, lo, meaning)
static const struct reg gicd[] = {
#include "regs/gicd.def"
};
static const struct reg gicr[] = {
#include "regs/gicr.def"
};
static const struct reg gicc[] = {
#include "regs/gicc.def"
};
static const struct reg gich[] = {
#include "regs/gich.def"
};
static const struct reg uart_pl011[] = {
#include "regs/uart_pl011.def"
};
static const struct reg uart_cadence[] = {
#include "regs/uart_cadence.def"
};
static const struct reg uart_imx[] = {
#include "regs/uart_imx.def"
};
static const struct reg uart_bcm_mini[] = {
#include "regs/uart_bcm_mini.def"
};
#undef REG
#undef REGS
#undef FIELD
#undef SYSREG
#define REG(name, offset, bits, access, meaning)
#define REGS(name, offset, count, stride, bits, access, meaning)
#define SYSREG(name, op0, op1, crn, crm, op2, access, meaning)
#define FIELD(reg, field, hi, lo, meaning) { #reg, #field, hi, lo },
static const struct field fields[] = {
#include "regs/el2.def"
#include "regs/gicd.def"
#include "regs/gicr.def"
#include "regs/gicc.def"
#include "regs/gich.def"
#include "regs/icc.def"
#include "regs/ich.def"
#include "regs/uart_bcm_mini.def"
#include "regs/uart_cadence.def"
#include "regs/uart_imx.def"
#include "regs/uart_pl011.def"
};
#undef SYSREG
#undef FIELD
#define SYSREG(name, op0, op1, crn, crm, op2, access, meaning) { #name, op0, op1, crn, crm, op2 },
#define FIELD(reg, field, hi, lo, meaning)
static const struct encoding encodings[] = {
#include "regs/el2.def"
#include "regs/icc.def"
#include "regs/ich.def"
};
#undef REG
#undef REGS
#undef FIELD
#undef SYSREG

static void check_block(const struct reg *regs, size_t count, uint32_t block_size)
{
    uint32_t end = 0;

    for (size_t i = 0; i < count; i++) {
        const struct reg *r = &regs[i];

        if (r->bits != 32 && r->bits != 64)
            CHECK_WHY("%s has %u bits", r->name, r->bits);
        else if (r->offset % (r->bits / 8) != 0 || r->stride % (r->bits / 8) != 0)
            CHECK_WHY("%s at 0x%x is not aligned", r->name, r->offset);
        else if (r->offset < end)
            CHECK_WHY("%s at 0x%x begins before the register above it ends", r->name, r->offset);
        end = r->offset + (r->count - 1) * r->stride + r->bits / 8;
        if (end > block_size)
            CHECK_WHY("%s ends at 0x%x, outside its block", r->name, end);
        CHECK_STILL_OK();
    }
}

static void gicd_offsets_ascend(void) { check_block(gicd, ARRAY_COUNT(gicd), 0x10000); }
static void gicr_offsets_ascend(void) { check_block(gicr, ARRAY_COUNT(gicr), 0x20000); }
static void gicc_offsets_ascend(void) { check_block(gicc, ARRAY_COUNT(gicc), 0x2000); }
static void gich_offsets_ascend(void) { check_block(gich, ARRAY_COUNT(gich), 0x200); }
static void uart_offsets_ascend(void)
{
    check_block(uart_pl011, ARRAY_COUNT(uart_pl011), 0x1000);
    check_block(uart_cadence, ARRAY_COUNT(uart_cadence), 0x1000);
    check_block(uart_imx, ARRAY_COUNT(uart_imx), 0x1000);
    check_block(uart_bcm_mini, ARRAY_COUNT(uart_bcm_mini), 0x40);
}

static uint32_t width_of(const char *name)
{
    const struct { const struct reg *regs; size_t count; } blocks[] = {
        { gicd, ARRAY_COUNT(gicd) }, { gicr, ARRAY_COUNT(gicr) }, { gicc, ARRAY_COUNT(gicc) },
        { gich, ARRAY_COUNT(gich) }, { uart_pl011, ARRAY_COUNT(uart_pl011) },
        { uart_cadence, ARRAY_COUNT(uart_cadence) }, { uart_imx, ARRAY_COUNT(uart_imx) },
        { uart_bcm_mini, ARRAY_COUNT(uart_bcm_mini) },
    };

    for (size_t b = 0; b < ARRAY_COUNT(blocks); b++)
        for (size_t i = 0; i < blocks[b].count; i++)
            if (strcmp(blocks[b].regs[i].name, name) == 0)
                return blocks[b].regs[i].bits;
    return 64; /* a system register */
}

static void fields_fit(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        if (fields[i].hi < fields[i].lo || fields[i].hi >= width_of(fields[i].reg)) {
            CHECK_WHY("%s.%s is [%u:%u]", fields[i].reg, fields[i].name, fields[i].hi, fields[i].lo);
            return;
        }
}

/* Fields that share bits because another field says which of them the bits are. */
static bool may_overlap(const struct field *a, const struct field *b)
{
    /* IHI 0069, "ICH_LR<n>_EL2": pINTID with HW; without it, bit 41 of it is EOI. */
    return strcmp(a->reg, "ICH_LR_EL2") == 0 && strcmp(a->name, "pINTID") == 0 && strcmp(b->name, "EOI") == 0;
}

static void fields_do_not_overlap(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        for (size_t k = i + 1; k < ARRAY_COUNT(fields); k++) {
            const struct field *a = &fields[i], *b = &fields[k];

            if (strcmp(a->reg, b->reg) != 0)
                continue;
            if (strcmp(a->name, b->name) == 0 || (a->lo <= b->hi && b->lo <= a->hi && !may_overlap(a, b))) {
                CHECK_WHY("%s.%s and %s", a->reg, a->name, b->name);
                return;
            }
        }
}

static void encodings_fit_and_differ(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(encodings); i++) {
        const struct encoding *e = &encodings[i];

        if (e->op0 > 3 || e->op1 > 7 || e->crn > 15 || e->crm > 15 || e->op2 > 7) {
            CHECK_WHY("%s", e->name);
            return;
        }
        for (size_t k = 0; k < i; k++)
            if (memcmp(&e->op0, &encodings[k].op0, 5 * sizeof(e->op0)) == 0) {
                CHECK_WHY("%s and %s", e->name, encodings[k].name);
                return;
            }
    }
}

static void field_macros_agree_with_the_table(void)
{
    uint64_t lr = field_put(ICH_LR_EL2, vINTID, 0xffffffffull) | field_put(ICH_LR_EL2, State, 3);

    CHECK_EQ(lr, 0xc0000000ffffffffull);
    CHECK_EQ(field_get(ICH_LR_EL2, State, lr), 3);
    CHECK_EQ(field_get(ICH_LR_EL2, Priority, lr), 0);
    CHECK_EQ(field_put(ICH_LR_EL2, State, 7), 0xc000000000000000ull); /* what does not fit is cut */
    CHECK_EQ(field_mask(GICR_TYPER, Affinity), 0xffffffff00000000ull);
    CHECK_EQ(field_mask(HCR_EL2, RW), 0x80000000ull); /* 64-bit: not a sign-extended int */
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(gicd_offsets_ascend);
    RUN(gicr_offsets_ascend);
    RUN(gicc_offsets_ascend);
    RUN(gich_offsets_ascend);
    RUN(uart_offsets_ascend);
    RUN(fields_fit);
    RUN(fields_do_not_overlap);
    RUN(encodings_fit_and_differ);
    RUN(field_macros_agree_with_the_table);
    return check_end();
}
