/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads and stores of emulated registers as a compiler may write them: each width and extension, through each of x0 to x30
 * and the zero register, by another register, by itself and by SP. Everything else keeps its value. What the hypervisor
 * cannot see through (write-back, pairs, exclusives) is an abort, with every register as before.
 */
#include "../check.h"

#define ZERO 31u
#define SP 31u
#define SPI MACHINE_INTID_PL011
#define UARTIBRD 0x24u
#define BYTE_AT (MACHINE_GICD + GICD_IPRIORITYR + SPI)
#define WORD_AT (MACHINE_GICD + GICD_IPRIORITYR + (SPI & ~3u))
#define HALF_AT (MACHINE_PL011 + UARTIBRD)
#define LONG_AT (MACHINE_GICD + GICD_IROUTER + 8 * SPI)
#define GARBAGE 0xa5a5a5a5a5a5a5a5ul
#define EC_DABT_HERE 0x25u

extern void run_access(uint64_t *registers);
extern uint32_t run_slot[];

static uint64_t before[32] __attribute__((aligned(64))), after[32] __attribute__((aligned(64)));
static uint32_t said;

/* What is loaded from where `value` stands; of a store, `value` is what must stand there then. */
static const struct access {
    const char *name;
    uint32_t opcode;
    uint32_t bytes;
    bool store;
    uint64_t address, value, loaded;
} accesses[] = {
    {"ldrb", 0x39400000, 1, false, BYTE_AT, 0x88, 0x88},
    {"ldrsb-w", 0x39c00000, 1, false, BYTE_AT, 0x88, 0xffffff88},
    {"ldrsb-x", 0x39800000, 1, false, BYTE_AT, 0x88, 0xffffffffffffff88},
    {"ldrh", 0x79400000, 2, false, HALF_AT, 0x8765, 0x8765},
    {"ldrsh-w", 0x79c00000, 2, false, HALF_AT, 0x8765, 0xffff8765},
    {"ldrsh-x", 0x79800000, 2, false, HALF_AT, 0x8765, 0xffffffffffff8765},
    {"ldr-w", 0xb9400000, 4, false, WORD_AT, 0x90a088b0, 0x90a088b0},
    {"ldrsw", 0xb9800000, 4, false, WORD_AT, 0x90a088b0, 0xffffffff90a088b0},
    {"ldr-x", 0xf9400000, 8, false, LONG_AT, 0, 0},
    {"strb", 0x39000000, 1, true, BYTE_AT, 0x98, 0},
    {"strh", 0x79000000, 2, true, HALF_AT, 0x1234, 0},
    {"str-w", 0xb9000000, 4, true, WORD_AT, 0x80c8a0f0, 0},
    {"str-x", 0xf9000000, 8, true, LONG_AT, 0, 0},
};

static uint64_t read_plain(const struct access *a)
{
    switch (a->bytes) {
    case 1: return mmio_read8(a->address);
    case 2: return mmio_read32(a->address) & 0xffff;
    case 4: return mmio_read32(a->address);
    default: return mmio_read64(a->address);
    }
}

static void write_plain(const struct access *a, uint64_t value)
{
    switch (a->bytes) {
    case 1: mmio_write8(a->address, (uint8_t)value); break;
    case 2:
    case 4: mmio_write32(a->address, (uint32_t)value); break;
    default: mmio_write64(a->address, value); break;
    }
}

/* The registers, each with a value of its own, and the base's. */
static void prepare(uint32_t opcode, uint32_t rt, uint32_t rn, uint64_t address, uint64_t stored)
{
    *(volatile uint32_t *)run_slot = opcode | rn << 5 | rt;
    __asm__ volatile("dc cvau, %0\n\tdsb sy\n\tic ivau, %0\n\tdsb sy\n\tisb" : : "r"(run_slot) : "memory");
    for (uint32_t i = 0; i < 31; i++)
        before[i] = GARBAGE + ((uint64_t)(i + 1) << 48);
    before[31] = GARBAGE & ~15ul;
    if (rt != ZERO)
        before[rt] = stored;
    before[rn] = address; /* [31] is SP */
    for (uint32_t i = 0; i < 32; i++)
        after[i] = before[i];
}

/* All but `changed` as before. */
static bool kept(uint32_t changed)
{
    for (uint32_t i = 0; i < 32; i++)
        if (i != changed && after[i] != before[i])
            return false;
    return true;
}

static uint32_t try_load(const struct access *a, uint32_t rt, uint32_t rn, uint64_t expected)
{
    prepare(a->opcode, rt, rn, a->address, GARBAGE);
    run_access(after);
    if (rt == ZERO ? kept(32) : after[rt] == expected && kept(rt))
        return 0;
    if (said++ < 8)
        print("%s x%u by x%u: 0x%lx\n", a->name, rt, rn, rt == ZERO ? 0 : after[rt]);
    return 1;
}

static uint32_t try_store(const struct access *a, uint32_t rt, uint32_t rn, uint64_t value, uint64_t expected)
{
    uint64_t got;

    prepare(a->opcode, rt, rn, a->address, a->bytes == 8 ? value : GARBAGE << (8 * a->bytes) | value);
    run_access(after);
    got = read_plain(a);
    if (got == (rt == ZERO ? 0 : expected) && kept(32))
        return 0;
    if (said++ < 8)
        print("%s x%u by x%u: 0x%lx stands there\n", a->name, rt, rn, got);
    return 1;
}

static void check_access(const struct access *a)
{
    uint64_t value = a->bytes == 8 ? sysreg_read(mpidr_el1) & 0xff00fffffful : a->value;
    uint64_t other = a->bytes == 8 ? 0x300040506 : 0; /* no CPU there is */
    uint32_t wrong = 0;

    for (uint32_t rt = 0; rt <= ZERO; rt++) {
        uint32_t by[] = {(rt + 7) % 31, SP, rt};

        for (uint32_t i = 0; i < (a->store || rt == ZERO ? 2 : 3); i++) {
            write_plain(a, a->store ? other : a->bytes == 8 ? other : value);
            if (a->store)
                wrong += try_store(a, rt, by[i], value, value);
            else
                wrong += try_load(a, rt, by[i], a->bytes == 8 ? other : a->loaded);
        }
    }
    check_equal(a->name, wrong, 0);
}

static struct fault fault;

/* Passes over the one instruction. */
static bool hook(struct frame *frame, uint64_t vector)
{
    (void)vector;
    if (frame->elr != (uint64_t)run_slot)
        return false;
    fault.esr = sysreg_read(esr_el1);
    fault.far = sysreg_read(far_el1);
    fault.count++;
    frame->elr += 4;
    return true;
}

/* Without a syndrome: aborts, and nothing has happened. The stored registers are 2 and 3, the base 1 or SP. */
static void check_refused(const char *name, uint32_t opcode)
{
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < 2; i++) {
        mmio_write32(WORD_AT, 0x90a088b0);
        prepare(opcode, 2, i ? SP : 1, WORD_AT & ~15ul, GARBAGE);
        fault = (struct fault){0};
        run_access(after);
        wrong += ESR_EC(fault.esr) != EC_DABT_HERE || fault.count != 1 || !kept(32) ||
                 fault.far != (WORD_AT & ~15ul) || mmio_read32(WORD_AT) != 0x90a088b0;
    }
    check_equal(name, wrong, 0);
}

void guest_main(void)
{
    sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) & ~1ul); /* code in data */
    isb();
    for (uint32_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++)
        if (accesses[i].bytes < 8 || gic.version == 3)
            check_access(&accesses[i]);
    cpu_this()->fault_hook = hook;
    check_refused("ldr-post-index", 0xb8410400);  /* ldr w2, [x1], #16 */
    check_refused("ldr-pre-index", 0xb8400c00);   /* ldr w2, [x1, #0]! */
    check_refused("str-post-index", 0xb8010400);
    check_refused("ldp", 0x29400c00);             /* ldp w2, w3, [x1] */
    check_refused("stp", 0x29000c00);
    check_refused("ldr-simd", 0x3dc00000);        /* ldr q2, [x1] */
    check_done();
}
