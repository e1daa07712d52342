/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads of the flattened devicetree what the guest wants to know, without a library: one walk over
 * the structure block. Devicetree specification v0.4, chapter 5.
 */
#include "flat.h"

enum { BEGIN = 1, END = 2, PROPERTY = 3, NOP = 4 };

static uint32_t be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const uint8_t *p)
{
    return (uint64_t)be(p) << 32 | be(p + 4);
}

static bool equal(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

static size_t length_of(const char *text)
{
    size_t n = 0;

    while (text[n] != 0)
        n++;
    return n;
}

static bool is(const char *a, const char *b)
{
    return equal(a, b, length_of(b) + 1);
}

/* One of the strings of a `compatible`. */
static bool has(const char *list, uint32_t size, const char *wanted)
{
    for (uint32_t at = 0; at < size; at += (uint32_t)length_of(list + at) + 1)
        if (is(list + at, wanted))
            return true;
    return false;
}

struct node {
    const char *name;
    const uint8_t *reg, *interrupts, *compatible, *method;
    uint32_t reg_size, interrupts_size, compatible_size;
};

static char stdout_path[64];

static uint32_t intid(const uint8_t *cells) /* <type number flags> */
{
    return be(cells + 4) + (be(cells) == 0 ? 32 : 16);
}

static void take(const struct node *n)
{
    const char *compatible = (const char *)n->compatible;
    const char *name = stdout_path[0] == '/' ? stdout_path + 1 : stdout_path;
    bool v3 = compatible && has(compatible, n->compatible_size, "arm,gic-v3");

    if (n->name[0] != 0 && is(n->name, name) && n->reg) {
        machine.uart = be64(n->reg);
        if (n->interrupts)
            machine.uart_intid = intid(n->interrupts);
    }
    if (v3 || (compatible && (has(compatible, n->compatible_size, "arm,cortex-a15-gic") ||
                              has(compatible, n->compatible_size, "arm,gic-400")))) {
        machine.gic = v3 ? 3 : 2;
        machine.gicd = be64(n->reg);
        *(v3 ? &machine.gicr : &machine.gicc) = be64(n->reg + 16);
    }
    if (compatible && has(compatible, n->compatible_size, "arm,armv8-timer")) {
        machine.ptimer = intid(n->interrupts + 12); /* secure, non-secure, virtual, hypervisor */
        machine.vtimer = intid(n->interrupts + 24);
    }
    if (equal(n->name, "cpu@", 4))
        machine.cpus++;
    if (is(n->name, "psci") && n->method)
        machine.psci_hvc = is((const char *)n->method, "hvc");
}

static void copy(char *to, size_t room, const uint8_t *from, uint32_t size)
{
    for (uint32_t i = 0; i < size && i + 1 < room; i++)
        to[i] = (char)from[i];
}

/* Twice: stdout-path may come after the UART. */
static void walk(const uint8_t *blob)
{
    const uint8_t *p = blob + be(blob + 8);
    const char *strings = (const char *)blob + be(blob + 12);
    static struct node nodes[8];
    int depth = -1;

    for (;;) {
        uint32_t token = be(p);

        p += 4;
        if (token == BEGIN) {
            nodes[++depth] = (struct node){.name = (const char *)p};
            p += (length_of((const char *)p) + 4) & ~3ul;
        } else if (token == END) {
            take(&nodes[depth--]);
        } else if (token == PROPERTY) {
            uint32_t size = be(p);
            const char *name = strings + be(p + 4);
            const uint8_t *value = p + 8;
            struct node *n = &nodes[depth];

            if (is(name, "reg"))
                n->reg = value, n->reg_size = size;
            else if (is(name, "interrupts"))
                n->interrupts = value, n->interrupts_size = size;
            else if (is(name, "compatible"))
                n->compatible = value, n->compatible_size = size;
            else if (is(name, "method"))
                n->method = value;
            else if (is(name, "stdout-path"))
                copy(stdout_path, sizeof(stdout_path), value, size);
            else if (is(name, "bootargs"))
                copy(machine.bootargs, sizeof(machine.bootargs), value, size);
            p += 8 + ((size + 3) & ~3u);
        } else if (token != NOP) {
            return;
        }
    }
}

bool fdt_read(uint64_t blob)
{
    if (blob % 8 != 0 || be((const uint8_t *)blob) != 0xd00dfeed)
        return false;
    walk((const uint8_t *)blob);
    machine.cpus = 0;
    walk((const uint8_t *)blob);
    return machine.uart != 0 && machine.gic != 0 && machine.cpus != 0;
}
