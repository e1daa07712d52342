/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks through calls: floods of random function numbers, and PSCI for CPUs that are not ours.
 */
#include "rogue.h"

#define FLOOD 100000u

static uint64_t random_state = 0x9e3779b97f4a7c15ul; /* xorshift64 */

static uint64_t random64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Calls that do what they say (off, reset, suspend, on) are not for a flood. */
static bool is_obeyed(uint32_t function)
{
    return (function & 0xbf000000) == 0x84000000 && (function & 0xffff) < 0x20;
}

/* Calls of the architecture (owner 0) and of a hypervisor (owner 6) may have an answer of their own. */
static bool is_service(uint64_t function)
{
    uint32_t owner = function >> 24 & 0x3f;

    return (function & 1ul << 31) && (owner == 0 || owner == 6);
}

/* Half of them anywhere, half near the numbers that exist. */
static uint64_t random_function(void)
{
    for (;;) {
        uint64_t value = random64();

        if (value & 1ul << 40)
            value = (value & 0xffffffff470000fful) | 0x80000000u;
        if (!is_obeyed((uint32_t)value))
            return value;
    }
}

/* x4 to x17 are set to a pattern before and compared after: 0 in `broken` if all are preserved. */
#define CALL_AND_COMPARE(instruction)                                                                              \
    __asm__ volatile("mov x4, %[p]\n\tmov x5, %[p]\n\tmov x6, %[p]\n\tmov x7, %[p]\n\tmov x8, %[p]\n\t"            \
                     "mov x9, %[p]\n\tmov x10, %[p]\n\tmov x11, %[p]\n\tmov x12, %[p]\n\tmov x13, %[p]\n\t"        \
                     "mov x14, %[p]\n\tmov x15, %[p]\n\tmov x16, %[p]\n\tmov x17, %[p]\n\t" instruction "\n\t"     \
                     "eor x4, x4, %[p]\n\teor x5, x5, %[p]\n\teor x6, x6, %[p]\n\teor x7, x7, %[p]\n\t"            \
                     "eor x8, x8, %[p]\n\teor x9, x9, %[p]\n\teor x10, x10, %[p]\n\teor x11, x11, %[p]\n\t"        \
                     "eor x12, x12, %[p]\n\teor x13, x13, %[p]\n\teor x14, x14, %[p]\n\teor x15, x15, %[p]\n\t"    \
                     "eor x16, x16, %[p]\n\teor x17, x17, %[p]\n\torr x4, x4, x5\n\torr x6, x6, x7\n\t"            \
                     "orr x8, x8, x9\n\torr x10, x10, x11\n\torr x12, x12, x13\n\torr x14, x14, x15\n\t"           \
                     "orr x16, x16, x17\n\torr x4, x4, x6\n\torr x8, x8, x10\n\torr x12, x12, x14\n\t"             \
                     "orr x4, x4, x8\n\torr x4, x4, x12\n\torr %[b], x4, x16"                                      \
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), [b] "=r"(broken)                                    \
                     : [p] "r"(pattern)                                                                            \
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", \
                       "memory")

static void flood(struct outcome *outcome, bool by_smc)
{
    uint32_t i;

    for (i = 0; i < FLOOD; i++) {
        uint64_t function = random_function(), pattern = random64(), broken;
        register uint64_t x0 __asm__("x0") = function;
        register uint64_t x1 __asm__("x1") = pattern;
        register uint64_t x2 __asm__("x2") = pattern;
        register uint64_t x3 __asm__("x3") = pattern;
        uint64_t answer;

        fault_expect();
        x0 = function;
        x1 = x2 = x3 = pattern;
        if (by_smc)
            CALL_AND_COMPARE("smc #0");
        else
            CALL_AND_COMPARE("hvc #0");
        answer = x0;
        if (try_end(outcome))
            continue;
        if ((int32_t)answer == PSCI_NOT_SUPPORTED)
            outcome->answers++;
        else if (is_service(function))
            outcome->answers++;
        else
            escape(outcome, "answer", function);
        if (broken)
            escape(outcome, "register", function);
    }
}

void attack_smc_flood(struct outcome *outcome) { flood(outcome, true); }
void attack_hvc_flood(struct outcome *outcome) { flood(outcome, false); }

static void expect_refusal(struct outcome *outcome, int64_t answer, uint64_t what)
{
    outcome->tries++;
    if (answer == PSCI_SUCCESS || answer == PSCI_ALREADY_ON || answer == PSCI_ON_PENDING)
        escape(outcome, "psci", what);
    else
        outcome->answers++;
}

void attack_psci_abuse(struct outcome *outcome)
{
    static const uint64_t entries[] = {0, 0x40200000, 0x7ffffffc, 0x40010001, 0xffffffffffffffff};
    static const uint32_t functions[] = {
        PSCI_SYSTEM_RESET2, PSCI_MIGRATE, 0x84000005 /* MIGRATE, 32 bits */, 0x84000007 /* MIGRATE_INFO_UP_CPU */,
        0x8400000b /* CPU_FREEZE */, 0xc400000d /* NODE_HW_STATE */, 0xc400000e /* SYSTEM_SUSPEND */,
        0xc4000010 /* STAT_RESIDENCY */, 0xc4000014 /* MEM_PROTECT_CHECK_RANGE */,
    };
    uint32_t first = gic_vcpu_count(), cpu, i;

    for (cpu = first; cpu < 16; cpu++) {
        for (i = 0; i < 5; i++)
            expect_refusal(outcome, psci_cpu_on(cpu, entries[i], cpu), cpu);
        expect_refusal(outcome, psci_affinity_info(cpu), cpu);
    }
    for (i = 0; i < 32; i++) { /* affinities and bits that no vCPU has */
        expect_refusal(outcome, psci_cpu_on(1ul << (i + 8), 0x40010000, 0), 1ul << (i + 8));
        expect_refusal(outcome, psci_call(PSCI_AFFINITY_INFO, 1ul << (i + 8), 0, 0), 1ul << (i + 8));
    }
    for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) /* vendor-defined reset type: never a reset */
        expect_refusal(outcome, psci_call(functions[i], 0x80000000, ~0ul, ~0ul), functions[i]);
    timer_set(timer_now() + timer_frequency() / 1000); /* should it suspend, this wakes it */
    psci_call(PSCI_CPU_SUSPEND, 0, 0x40200000, 0);
    timer_stop();
    outcome->tries++;
}
