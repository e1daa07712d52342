/* SPDX-License-Identifier: Apache-2.0
 *
 * Cache maintenance as a guest uses it: what describes the caches, every operation by address, set and way over all
 * levels, DC ZVA. QEMU has no caches: what is seen here is that each of them is there, traps nowhere and loses nothing.
 */
#include "../check.h"

#define BYTES 4096u

static uint8_t memory[3 * BYTES] __attribute__((aligned(4096)));
static uint32_t operations;

#define BY_ADDRESS(name, instruction)                                                      \
    static void name(void)                                                                 \
    {                                                                                      \
        uint64_t line = 4ul << (sysreg_read(ctr_el0) >> 16 & 15);                          \
        for (uint64_t at = (uint64_t)memory; at < (uint64_t)memory + sizeof(memory); at += line) \
            __asm__ volatile(instruction ", %0" : : "r"(at) : "memory");                   \
        dsb();                                                                             \
    }
BY_ADDRESS(dc_cvac, "dc cvac")
BY_ADDRESS(dc_cvau, "dc cvau")
BY_ADDRESS(dc_civac, "dc civac")
BY_ADDRESS(ic_ivau, "ic ivau")

/* Set and way of every data cache: Arm DDI 0487, "CCSIDR_EL1", without CCIDX. */
#define BY_SET(name, instruction)                                                                                   \
    static void name(void)                                                                                          \
    {                                                                                                               \
        for (uint64_t level = 0; level < 7; level++) {                                                              \
            if ((sysreg_read(clidr_el1) >> (3 * level) & 7) < 2)                                                    \
                continue;                                                                                           \
            sysreg_write(csselr_el1, level << 1);                                                                   \
            isb();                                                                                                  \
            uint64_t size = sysreg_read(ccsidr_el1), wide = sysreg_read(id_aa64mmfr2_el1) >> 20 & 15;               \
            uint64_t line = (size & 7) + 4, ways = wide ? (size >> 3 & 0x1fffff) : (size >> 3 & 0x3ff);             \
            uint64_t sets = wide ? (size >> 32 & 0xffffff) : (size >> 13 & 0x7fff);                                 \
            uint64_t shift = ways == 0 ? 0 : (uint64_t)__builtin_clz((uint32_t)ways);                               \
            for (uint64_t way = 0; way <= ways; way++)                                                              \
                for (uint64_t set = 0; set <= sets; set++, operations++)                                            \
                    __asm__ volatile(instruction ", %0" : : "r"(way << shift | set << line | level << 1) : "memory"); \
        }                                                                                                           \
        dsb();                                                                                                      \
    }
BY_SET(dc_csw, "dc csw")
BY_SET(dc_cisw, "dc cisw")
BY_SET(dc_isw, "dc isw") /* cleans as well: HCR_EL2.SWIO */

static void fill(uint8_t seed)
{
    for (uint32_t i = 0; i < sizeof(memory); i++)
        memory[i] = (uint8_t)(seed + 7 * i);
}

static bool is_filled(uint8_t seed)
{
    for (uint32_t i = 0; i < sizeof(memory); i++)
        if (memory[i] != (uint8_t)(seed + 7 * i))
            return false;
    return true;
}

static void check_operation(const char *name, void (*operation)(void), uint8_t seed)
{
    struct fault fault;
    bool faulted;

    fill(seed);
    fault_expect();
    operation();
    faulted = fault_taken(&fault);
    check_that(name, !faulted && is_filled(seed), faulted ? "undefined or trapped" : "memory changed");
}

static void check_zva(void)
{
    uint64_t block = 4ul << (sysreg_read(dczid_el0) & 15);
    uint32_t wrong = 0;

    check_equal("zva-allowed", sysreg_read(dczid_el0) >> 4 & 1, 0);
    fill(3);
    __asm__ volatile("dc zva, %0" : : "r"(memory + BYTES + block / 2) : "memory"); /* anywhere in the block */
    for (uint32_t i = 0; i < sizeof(memory); i++)
        wrong += memory[i] != (i >= BYTES && i < BYTES + block ? 0 : (uint8_t)(3 + 7 * i));
    check_equal("zva-one-block", wrong, 0);
}

/* New code is seen: written, cleaned, invalidated. */
static void check_code(void)
{
    static uint32_t code[16] __attribute__((aligned(64)));
    uint32_t wrong = 0;

    sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) & ~1ul); /* code in data */
    isb();
    for (uint32_t i = 0; i < 50; i++) {
        uint64_t got;

        *(volatile uint32_t *)&code[0] = 0xd2800000 | i << 5; /* MOV x0, #i */
        *(volatile uint32_t *)&code[1] = 0xd65f03c0;          /* RET */
        __asm__ volatile("dc cvau, %1\n\tdsb ish\n\tic ivau, %1\n\tdsb ish\n\tisb\n\tblr %1\n\tmov %0, x0"
                         : "=r"(got) : "r"(code) : "x0", "x30", "memory");
        wrong += got != i;
    }
    __asm__ volatile("ic iallu\n\tdsb nsh\n\tic ialluis\n\tdsb ish\n\tisb" : : : "memory");
    check_equal("new-code", wrong, 0);
    sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | 1);
    isb();
}

void guest_main(void)
{
    uint64_t ctr = sysreg_read(ctr_el0);

    check_that("ctr", (ctr >> 31 & 1) == 1 && (ctr >> 16 & 15) >= 2 && (ctr & 15) >= 2, "no lines of a cache");
    check_that("clidr", (sysreg_read(clidr_el1) & 7) != 0, "there is no level 1");
    check_operation("dc-cvac", dc_cvac, 1);
    check_operation("dc-cvau", dc_cvau, 2);
    check_operation("dc-civac", dc_civac, 3);
    check_operation("ic-ivau", ic_ivau, 4);
    check_operation("dc-csw", dc_csw, 5);
    check_operation("dc-cisw", dc_cisw, 6);
    check_operation("dc-isw", dc_isw, 7);
    check_that("all-sets-and-ways", operations > 0, "no level has a data cache");
    check_zva();
    check_code();
    check_done();
}
