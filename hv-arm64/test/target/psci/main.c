/* SPDX-License-Identifier: Apache-2.0
 *
 * PSCI as a partition of two vCPUs sees it: answers, vCPU 1 on and off again and again, and the registers
 * that a call must leave alone.
 */
#include "../check.h"

#define ROUNDS  20u
#define CPU_ON_32 0x84000003u

struct notes {
    uint64_t context, el, sctlr, daif, entries; /* by vCPU 1, without caches: lines of its own */
    uint64_t order __attribute__((aligned(64))); /* number of the last entry that shall end */
};

struct notes entry_notes __attribute__((aligned(64)));
extern char entry_noting[];

static volatile struct notes *look(void)
{
    __asm__ volatile("dc civac, %0\n\tdsb sy" : : "r"(&entry_notes) : "memory");
    return &entry_notes;
}

/* To the vCPU that has entered: go off. */
static void order_off(void)
{
    entry_notes.order = look()->entries;
    __asm__ volatile("dc cvac, %0\n\tdsb sy" : : "r"(&entry_notes.order) : "memory");
}

static bool wait_entries(uint64_t entries)
{
    uint64_t start = timer_now();

    while (look()->entries < entries && timer_now() - start < timer_frequency() / 2)
        cpu_yield();
    return look()->entries == entries;
}

static bool wait_off(void)
{
    uint64_t start = timer_now();

    while (psci_affinity_info(1) != PSCI_AFFINITY_OFF && timer_now() - start < timer_frequency() / 2)
        cpu_yield();
    return psci_affinity_info(1) == PSCI_AFFINITY_OFF;
}

static int64_t start(uint32_t function, uint64_t context)
{
    return psci_call(function, 1, (uint64_t)entry_noting, context);
}

static void check_answers(void)
{
    check_that("version", psci_version() >= 0x10000 && psci_version() < 0x20000, "not 1.x");
    check_equal("features-cpu-on", (uint64_t)psci_features(PSCI_CPU_ON), PSCI_SUCCESS);
    check_equal("features-cpu-off", (uint64_t)psci_features(PSCI_CPU_OFF), PSCI_SUCCESS);
    check_equal("features-affinity-info", (uint64_t)psci_features(PSCI_AFFINITY_INFO), PSCI_SUCCESS);
    check_equal("features-system-off", (uint64_t)psci_features(PSCI_SYSTEM_OFF), PSCI_SUCCESS);
    check_equal("features-system-reset", (uint64_t)psci_features(PSCI_SYSTEM_RESET), PSCI_SUCCESS);
    check_equal("features-unknown", (uint64_t)psci_features(0x8400ffff), (uint64_t)PSCI_NOT_SUPPORTED);
    check_equal("unknown-call", (uint64_t)psci_call(0x8400ffff, 0, 0, 0), (uint64_t)PSCI_NOT_SUPPORTED);
    check_equal("unknown-owner", (uint64_t)psci_call(0xbf00ff00, 0, 0, 0), (uint64_t)PSCI_NOT_SUPPORTED);
    check_equal("on-self", (uint64_t)psci_cpu_on(0, (uint64_t)entry_noting, 0), (uint64_t)PSCI_ALREADY_ON);
    check_equal("on-nobody", (uint64_t)psci_cpu_on(2, (uint64_t)entry_noting, 0), (uint64_t)PSCI_INVALID_PARAMETERS);
    check_equal("on-foreign-affinity", (uint64_t)psci_cpu_on(0x101, (uint64_t)entry_noting, 0),
                (uint64_t)PSCI_INVALID_PARAMETERS);
    check_equal("info-self", (uint64_t)psci_affinity_info(0), PSCI_AFFINITY_ON);
    check_equal("info-other-off", (uint64_t)psci_affinity_info(1), PSCI_AFFINITY_OFF);
    check_equal("info-nobody", (uint64_t)psci_affinity_info(2), (uint64_t)PSCI_INVALID_PARAMETERS);
}

static void check_smc(void)
{
    register uint64_t x0 __asm__("x0") = 0x8400ffff;
    struct fault fault;

    fault_expect();
    x0 = 0x8400ffff;
    __asm__ volatile("smc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
    if (fault_taken(&fault))
        check_equal("smc-unknown", ESR_EC(fault.esr), EC_UNKNOWN); /* a machine without EL3, by itself */
    else
        check_equal("smc-unknown", (uint32_t)x0, (uint32_t)PSCI_NOT_SUPPORTED);
}

static void check_entry(void)
{
    int64_t again;

    check_equal("on", (uint64_t)start(PSCI_CPU_ON, 0x1122334455667788), PSCI_SUCCESS);
    again = start(PSCI_CPU_ON, 0);
    check_that("on-again", again == PSCI_ALREADY_ON || again == PSCI_ON_PENDING, "accepted twice");
    check_that("entered", wait_entries(1), "not within 500 ms");
    check_equal("entry-context", look()->context, 0x1122334455667788);
    check_equal("entry-el", look()->el, 4);
    check_equal("entry-mmu-off", look()->sctlr & 0x1005, 0);
    check_equal("entry-masked", look()->daif, 0x3c0);
    check_equal("info-other-on", (uint64_t)psci_affinity_info(1), PSCI_AFFINITY_ON);
    check_equal("on-while-on", (uint64_t)start(PSCI_CPU_ON, 0), (uint64_t)PSCI_ALREADY_ON);
    order_off();
    check_that("off", wait_off(), "not within 500 ms");
}

/* Races: on again as soon as it says it is off, or even before. */
static void check_rounds(void)
{
    uint32_t i;
    int64_t answer;

    for (i = 0; i < ROUNDS; i++) {
        uint64_t entries = look()->entries;
        uint64_t begin = timer_now();

        do {
            cpu_yield();
            answer = start(i % 2 ? PSCI_CPU_ON : CPU_ON_32, i);
        } while (answer != PSCI_SUCCESS && timer_now() - begin < timer_frequency() / 2);
        if (answer != PSCI_SUCCESS || !wait_entries(entries + 1) || look()->context != i)
            break;
        order_off();
        if (i % 3 == 0)
            wait_off(); /* otherwise the next CPU_ON races with this CPU_OFF */
    }
    check_equal("on-off-rounds", i, ROUNDS);
    wait_off();
}

static void check_registers(void)
{
    uint64_t different;

    __asm__ volatile("mov x0, %1\n\tmov x4, #4\n\tmov x5, #5\n\tmov x6, #6\n\tmov x7, #7\n\tmov x8, #8\n\tmov x9, #9\n\t"
                     "mov x10, #10\n\tmov x11, #11\n\tmov x12, #12\n\tmov x13, #13\n\tmov x14, #14\n\tmov x15, #15\n\t"
                     "mov x16, #16\n\tmov x17, #17\n\tmov x18, #18\n\thvc #0\n\t"
                     "sub x4, x4, #4\n\tsub x5, x5, #5\n\tsub x6, x6, #6\n\tsub x7, x7, #7\n\tsub x8, x8, #8\n\t"
                     "sub x9, x9, #9\n\tsub x10, x10, #10\n\tsub x11, x11, #11\n\tsub x12, x12, #12\n\t"
                     "sub x13, x13, #13\n\tsub x14, x14, #14\n\tsub x15, x15, #15\n\tsub x16, x16, #16\n\t"
                     "sub x17, x17, #17\n\tsub x18, x18, #18\n\torr x4, x4, x5\n\torr x4, x4, x6\n\torr x4, x4, x7\n\t"
                     "orr x4, x4, x8\n\torr x4, x4, x9\n\torr x4, x4, x10\n\torr x4, x4, x11\n\torr x4, x4, x12\n\t"
                     "orr x4, x4, x13\n\torr x4, x4, x14\n\torr x4, x4, x15\n\torr x4, x4, x16\n\torr x4, x4, x17\n\t"
                     "orr %0, x4, x18"
                     : "=r"(different)
                     : "r"((uint64_t)PSCI_VERSION)
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
                       "x15", "x16", "x17", "x18", "memory");
    check_equal("registers-x4-x18", different, 0);
    __asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\tmov x4, #0x1234\n\tdup v7.2d, x4\n\tdup v31.2d, x4\n\t"
                     "mov x0, %1\n\thvc #0\n\tmov x1, v7.d[1]\n\tmov x2, v31.d[0]\n\tmov x4, #0x1234\n\t"
                     "eor x1, x1, x4\n\teor x2, x2, x4\n\torr %0, x1, x2"
                     : "=r"(different)
                     : "r"((uint64_t)PSCI_VERSION)
                     : "x0", "x1", "x2", "x3", "x4", "memory");
    check_equal("registers-fp", different, 0);
}

void guest_main(void)
{
    look();
    check_answers();
    check_smc();
    check_registers();
    check_entry();
    check_rounds();
    check_done();
}
