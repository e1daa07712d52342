/* SPDX-License-Identifier: Apache-2.0
 *
 * Reader of flattened devicetrees (Devicetree Specification v0.4, chapter 5): one walk over the
 * structure block, with a callback for every property. Assumes two address and two size cells.
 */
#include "dtb.h"

#include "machine.h"
#include "mmu.h"
#include "text.h"

#define FDT_MAGIC      0xd00dfeedu
#define FDT_BEGIN_NODE 1u
#define FDT_END_NODE   2u
#define FDT_PROP       3u
#define FDT_NOP        4u

struct property {
    const char *node, *name;
    const uint8_t *value;
    uint32_t size;
};

typedef void visit_fn(const struct property *property, void *context);

static const uint8_t *tree; /* NULL: none */

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const uint8_t *p) { return (uint64_t)be32(p) << 32 | be32(p + 4); }

static const uint8_t *find_tree(uint64_t address)
{
    if (address % 4 == 0 && address >= MACHINE_RAM_BASE && address < 2 * MACHINE_RAM_BASE &&
        be32((const uint8_t *)address) == FDT_MAGIC)
        return (const uint8_t *)address;
    if (be32((const uint8_t *)MACHINE_RAM_BASE) == FDT_MAGIC)
        return (const uint8_t *)MACHINE_RAM_BASE;
    return 0;
}

static void walk(const uint8_t *dtb, visit_fn *visit, void *context)
{
    struct property property = {0};
    uint32_t total = dtb ? be32(dtb + 4) : 0, at, strings;

    if (!dtb)
        return;
    at = be32(dtb + 8);
    strings = be32(dtb + 12);
    while (at + 4 <= total) {
        uint32_t token = be32(dtb + at);

        at += 4;
        if (token == FDT_BEGIN_NODE) {
            property.node = (const char *)dtb + at;
            while (at < total && dtb[at])
                at++;
            at = (at + 4) & ~3u;
        } else if (token == FDT_PROP && at + 8 <= total) {
            property.size = be32(dtb + at);
            property.name = (const char *)dtb + strings + be32(dtb + at + 4);
            property.value = dtb + at + 8;
            if (property.size > total - at - 8)
                return;
            visit(&property, context);
            at = (at + 8 + property.size + 3) & ~3u;
        } else if (token != FDT_END_NODE && token != FDT_NOP) {
            return;
        }
    }
}

static void visit_memory(const struct property *property, void *context)
{
    uint64_t *size = context;

    if (text_starts(property->node, "memory") && text_equal(property->name, "reg") && property->size >= 16)
        *size = be64(property->value + 8);
}

uint64_t dtb_ram_size(uint64_t address)
{
    uint64_t size = 0;

    walk(find_tree(address), visit_memory, &size);
    return size;
}

static void visit_bootargs(const struct property *property, void *context)
{
    const char **bootargs = context;

    if (text_equal(property->node, "chosen") && text_equal(property->name, "bootargs") && property->size &&
        property->value[property->size - 1] == 0)
        *bootargs = (const char *)property->value;
}

void dtb_init(uint64_t address) { tree = find_tree(address); }

const char *dtb_bootargs(void)
{
    const char *bootargs = "";

    walk(tree, visit_bootargs, &bootargs);
    return bootargs;
}

bool dtb_bootargs_have(const char *word)
{
    const char *at = dtb_bootargs();
    uint64_t length = text_length(word);

    while (*at) {
        while (*at == ' ')
            at++;
        if (text_starts(at, word) && (at[length] == ' ' || at[length] == 0))
            return true;
        while (*at && *at != ' ')
            at++;
    }
    return false;
}

/* The value of hexadecimal (0x) or decimal digits. */
static uint64_t number(const char *text)
{
    uint64_t base = text_starts(text, "0x") ? 16 : 10, value = 0;

    for (text += base == 16 ? 2 : 0;; text++) {
        char c = *text;
        uint64_t digit = c >= '0' && c <= '9' ? (uint64_t)(c - '0') : c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a' + 10) : base;

        if (digit >= base)
            return value;
        value = value * base + digit;
    }
}

bool dtb_bootargs_number(const char *start, uint32_t instance, uint64_t *value)
{
    const char *all = dtb_bootargs(), *at;

    for (at = all; *at; at++) {
        if ((at == all || at[-1] == ' ') && text_starts(at, start) && instance-- == 0) {
            *value = number(at + text_length(start));
            return true;
        }
    }
    return false;
}

/* What is known of one device; its properties may stand in any order, so two walks: the first finds the node. */
struct search {
    const char *compatible;
    uint32_t instance; /* how many such nodes to pass over */
    const char *node;
    const uint8_t *reg, *interrupts;
    uint32_t reg_size, interrupts_size;
};

static void visit_compatible(const struct property *property, void *context)
{
    struct search *search = context;
    uint32_t at = 0;

    if (search->node || !text_equal(property->name, "compatible"))
        return;
    while (at < property->size) { /* a list of strings */
        if (text_equal((const char *)property->value + at, search->compatible)) {
            if (search->instance-- == 0)
                search->node = property->node;
            return;
        }
        at += (uint32_t)text_length((const char *)property->value + at) + 1;
    }
}

static void visit_details(const struct property *property, void *context)
{
    struct search *search = context;

    if (property->node != search->node)
        return;
    if (text_equal(property->name, "reg")) {
        search->reg = property->value;
        search->reg_size = property->size;
    } else if (text_equal(property->name, "interrupts")) {
        search->interrupts = property->value;
        search->interrupts_size = property->size;
    }
}

static struct search find(const char *compatible, uint32_t instance)
{
    struct search search = {.compatible = compatible, .instance = instance};

    walk(tree, visit_compatible, &search);
    if (search.node)
        walk(tree, visit_details, &search);
    return search;
}

bool dtb_regions(const char *compatible, uint64_t *bases, uint32_t count)
{
    struct search search = find(compatible, 0);
    uint32_t i;

    if (search.reg_size < 16 * count)
        return false;
    for (i = 0; i < count; i++)
        bases[i] = be64(search.reg + 16 * i);
    return true;
}

/* GIC binding: type (0 SPI, 1 PPI), number, flags. */
static uint32_t intid_at(const struct search *search, uint32_t index)
{
    const uint8_t *cells = search->interrupts + 12 * index;

    return search->interrupts_size < 12 * (index + 1) ? 0 : be32(cells + 4) + (be32(cells) == 1 ? 16 : 32);
}

uint32_t dtb_interrupt(const char *compatible, uint32_t index, uint32_t otherwise)
{
    struct search search = find(compatible, 0);
    uint32_t intid = intid_at(&search, index);

    return intid ? intid : otherwise;
}

bool device_find(const char *compatible, uint32_t instance, struct device *device)
{
    struct search search = find(compatible, instance);

    if (search.reg_size < 16)
        return false;
    device->base = be64(search.reg);
    device->size = be64(search.reg + 8);
    device->intid = intid_at(&search, 0);
    device->edge = device->intid && (be32(search.interrupts + 8) & 3) != 0; /* 1: rising, 2: falling */
    mmu_map_device(device->base);
    return true;
}

uint64_t dtb_find(const char *compatible)
{
    uint64_t base = 0;

    dtb_regions(compatible, &base, 1);
    return base;
}
