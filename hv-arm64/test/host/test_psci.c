/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of guests, one by one: what PSCI (Arm DEN 0022) and SMCCC (Arm DEN 0028) answer, what they refuse, how a
 * vCPU sleeps and what ends that.
 */
#include "lib/bits.h"
#include "machine.h"
#include "regs/regs.h"

#define SUCCESS 0
#define NOT_SUPPORTED (-1)
#define INVALID_PARAMETERS (-2)
#define NOT_REQUIRED (-2)
#define DENIED (-3)
#define ALREADY_ON (-4)
#define ON_PENDING (-5)
#define INVALID_ADDRESS (-9)
#define OFF 1

#define VERSION 0x84000000u
#define CPU_SUSPEND 0x84000001u
#define FEATURES 0x8400000au
#define SYSTEM_SUSPEND 0x8400000eu
#define MEM_PROTECT 0x84000013u
#define MEM_PROTECT_CHECK_RANGE 0x84000014u
#define SMC64 0x40000000u
#define SMCCC_VERSION 0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_ARCH_SOC_ID 0x80000002u
#define WORKAROUND_1 0x80008000u
#define WORKAROUND_2 0x80007fffu
#define WORKAROUND_3 0x80003fffu
#define STATE_DOWN 0x10000u
#define PATTERN 0x5a
#define ROGUES_INTID 50u /* of a device */

static void cpu_on_refuses_what_psci_says(void)
{
    machine_start();
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 0, RAM_IPA, 0), ALREADY_ON);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA, 0), ALREADY_ON);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 2, RAM_IPA, 0), INVALID_PARAMETERS);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1ull << 32, RAM_IPA, 0), INVALID_PARAMETERS);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 0x80000001, RAM_IPA, 0), INVALID_PARAMETERS); /* the RES1 bit of MPIDR_EL1 */
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA - 4, 0), INVALID_ADDRESS);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA + RAM_SIZE, 0), INVALID_ADDRESS);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA + RAM_SIZE - 2, 0), INVALID_ADDRESS);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA + 2, 0), INVALID_ADDRESS);
}

/* What is above the arguments' 32 bits is not looked at in a 32-bit call. */
static void a_32_bit_call_has_32_bit_arguments(void)
{
    machine_start();
    on_pcpu(1);
    guest_call(PSCI_CPU_OFF, 0, 0, 0);
    on_pcpu(0);
    uint64_t above = 0xabcdull << 32;

    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, above | 1, 0, 0), INVALID_PARAMETERS);
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64 & ~SMC64, above | 1, 0, 0), OFF);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64 & ~SMC64, above | 1, above | RAM_IPA, above | 3), SUCCESS);
    CHECK(machine_settle());
    on_pcpu(1);
    CHECK_EQ(fake.cpu[1].reg[FAKE_elr_el2], RAM_IPA);
    CHECK_EQ(pcpu_self()->frame->x[0], 3);
}

static void affinity_info_knows_every_level(void)
{
    machine_start();
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 1, 0, 0), 0);
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 2, 0, 0), INVALID_PARAMETERS);
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 0x40, 1, 0), 0); /* the lower fields say nothing */
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 0, 3, 0), 0);
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 0x100, 1, 0), INVALID_PARAMETERS);
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 0x10000, 2, 0), INVALID_PARAMETERS);
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 1ull << 32, 3, 0), INVALID_PARAMETERS);
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 0, 4, 0), INVALID_PARAMETERS);
}

/* Each vCPU turns the other on, from all states it can be in. */
static void one_cpu_on_wins(void)
{
    machine_start();
    on_pcpu(1);
    guest_call(PSCI_CPU_OFF, 0, 0, 0);
    on_pcpu(0);
    atomic_store(&part_vcpu(1)->state, VCPU_CLAIMED); /* another caller is at it */
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA + 8, 0), ON_PENDING);
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 1, 0, 0), 2);
    atomic_store(&part_vcpu(1)->state, VCPU_OFF);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA + 4, 0), SUCCESS);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA + 8, 0), ON_PENDING);
    CHECK(machine_settle());
    CHECK_EQ(fake.cpu[1].reg[FAKE_elr_el2], RAM_IPA + 4);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA + 8, 0), ALREADY_ON);
}

/* By number: is it there as a 32-bit, as a 64-bit call? Arm DEN 0022, "Function IDs". */
static const struct { bool smc32, smc64; } there[0x20] = {
    [0x0] = { true, false }, [0x1] = { true, true },   [0x2] = { true, false },  [0x3] = { true, true },
    [0x4] = { true, true },  [0x6] = { true, false },  [0x8] = { true, false },  [0x9] = { true, false },
    [0xa] = { true, false }, [0xe] = { true, true },   [0x12] = { true, true },  [0x13] = { true, false },
    [0x14] = { true, true },
};

static void features_tell_what_is_there(void)
{
    machine_start();
    for (uint32_t n = 0; n < ARRAY_COUNT(there); n++) {
        CHECK_EQ(guest_call(FEATURES, VERSION + n, 0, 0), there[n].smc32 ? SUCCESS : NOT_SUPPORTED);
        CHECK_EQ(guest_call(FEATURES, (VERSION | SMC64) + n, 0, 0), there[n].smc64 ? SUCCESS : NOT_SUPPORTED);
        if (!there[n].smc32)
            CHECK_EQ(guest_call(VERSION + n, 0, 0, 0), NOT_SUPPORTED);
        if (!there[n].smc64)
            CHECK_EQ(guest_call((VERSION | SMC64) + n, 0, 0, 0), NOT_SUPPORTED);
    }
    CHECK_EQ(guest_call(FEATURES, SMCCC_VERSION, 0, 0), SUCCESS);
    CHECK_EQ(guest_call(FEATURES, SMCCC_ARCH_FEATURES, 0, 0), NOT_SUPPORTED); /* not a function of PSCI */
    CHECK_EQ(guest_call(FEATURES | SMC64, VERSION, 0, 0), NOT_SUPPORTED);
    CHECK_EQ(guest_call(0x04000000, 0, 0, 0), NOT_SUPPORTED); /* a yielding call */
    CHECK_EQ(guest_call(0x8600ff01, 0, 0, 0), NOT_SUPPORTED);
    CHECK_EQ(guest_call(0xc6000000, 0, 0, 0), NOT_SUPPORTED);
}

/* As bits of sysreg: Cortex-A53, A72 (CSV2 0), A76 (CSV2 1), and what is not Arm's. */
static void workarounds_are_told_as_the_cpu_is(void)
{
    static const struct { uint64_t midr, csv2; int64_t first, second, third; } cpus[] = {
        { 0x410fd034, 0, 1, NOT_REQUIRED, 1 },
        { 0x410fd083, 0, NOT_SUPPORTED, NOT_SUPPORTED, NOT_SUPPORTED },
        { 0x414fd0b1, 1, 1, NOT_SUPPORTED, NOT_SUPPORTED },
        { 0x410fd034 | 0x420ull << 20, 3, 1, NOT_SUPPORTED, 1 },
    };

    machine_start();
    for (uint32_t i = 0; i < ARRAY_COUNT(cpus); i++) {
        fake.cpu[0].reg[FAKE_midr_el1] = cpus[i].midr;
        fake.cpu[0].reg[FAKE_id_aa64pfr0_el1] = cpus[i].csv2 << 56;
        CHECK_EQ(guest_call(SMCCC_ARCH_FEATURES, WORKAROUND_1, 0, 0), cpus[i].first);
        CHECK_EQ(guest_call(SMCCC_ARCH_FEATURES, WORKAROUND_2, 0, 0), cpus[i].second);
        CHECK_EQ(guest_call(SMCCC_ARCH_FEATURES, WORKAROUND_3, 0, 0), cpus[i].third);
        CHECK_EQ(guest_call(WORKAROUND_1, 0, 0, 0), cpus[i].first < 0 ? NOT_SUPPORTED : SUCCESS);
        CHECK_EQ(guest_call(WORKAROUND_2, 1, 0, 0), NOT_SUPPORTED);
        CHECK_EQ(guest_call(WORKAROUND_3, 0, 0, 0), cpus[i].third < 0 ? NOT_SUPPORTED : SUCCESS);
    }
    CHECK_EQ(guest_call(SMCCC_VERSION, 0, 0, 0), 0x10001);
    CHECK_EQ(guest_call(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0), SUCCESS);
    CHECK_EQ(guest_call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0), SUCCESS);
    CHECK_EQ(guest_call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_SOC_ID, 0, 0), NOT_SUPPORTED);
    CHECK_EQ(guest_call(SMCCC_ARCH_SOC_ID, 0, 0, 0), NOT_SUPPORTED);
    CHECK_EQ(guest_call(SMCCC_ARCH_FEATURES, VERSION, 0, 0), NOT_SUPPORTED);
}

/* ---- sleep ---- */

static uint32_t wakes_after; /* turns of WFI until the interrupt comes */

/* Rogue's vCPU is on pCPU 2. */
static void wake_rogue(void)
{
    if (wakes_after == 0)
        fake_stop("asleep with an interrupt pending");
    if (--wakes_after == 0)
        fake_gic_pulse(ROGUES_INTID, 2);
}

static void let_rogue_hear(void)
{
    machine_start();
    on_pcpu(2);
    guest_store(HV_GUEST_GICD_IPA + GICD_CTLR, 4, 3);
    guest_store(HV_GUEST_GICD_IPA + GICD_ISENABLER + 4, 4, 1u << ROGUES_INTID % 32);
    fake.on_wfi = wake_rogue;
    wakes_after = 3;
}

static void a_standby_ends_with_an_interrupt(void)
{
    uint32_t priority;

    let_rogue_hear();
    CHECK_EQ(guest_call(CPU_SUSPEND, 0x1234, RAM_IPA + 1, 0), SUCCESS); /* a StateID; the entry is not used */
    CHECK_EQ(wakes_after, 0);
    CHECK_EQ(guest_call(CPU_SUSPEND, 0, 0, 0), SUCCESS); /* it is pending still */
    CHECK_EQ(fake_guest_ack(0xff, &priority), ROGUES_INTID);
    CHECK(pcpu_self()->vcpu == part_vcpu(2));
}

static void a_power_down_ends_at_its_entry(void)
{
    let_rogue_hear();
    uint64_t *reg = fake.cpu[2].reg;
    const struct frame *frame = pcpu_self()->frame;
    uint32_t priority;

    reg[FAKE_vbar_el1] = reg[FAKE_cpacr_el1] = 0x123;
    reg[FAKE_cntv_ctl_el0] = 1;
    reg[FAKE_cntv_cval_el0] = 77;
    reg[FAKE_cntvoff_el2] = 99;
    guest_call(CPU_SUSPEND | SMC64, STATE_DOWN, RAM_IPA + 0x40, 0x1122334455667788);
    CHECK(strcmp(fake.stopped_by, "entry_resume") == 0);
    CHECK_EQ(frame->x[0], 0x1122334455667788);
    CHECK_EQ(frame->x[1], 0);
    CHECK_EQ(reg[FAKE_elr_el2], RAM_IPA + 0x40);
    CHECK_EQ(reg[FAKE_spsr_el2], 0x3c5);
    CHECK_EQ(reg[FAKE_vbar_el1], 0);
    CHECK_EQ(reg[FAKE_cpacr_el1], 0);
    CHECK_EQ(reg[FAKE_cntv_ctl_el0], 1); /* the devicetree says always-on */
    CHECK_EQ(reg[FAKE_cntv_cval_el0], 77);
    CHECK_EQ(reg[FAKE_cntvoff_el2], 99);
    CHECK_EQ(fake_guest_ack(0xff, &priority), ROGUES_INTID); /* what woke it is there */
}

static void a_suspend_refuses_what_psci_says(void)
{
    machine_start();
    CHECK_EQ(guest_call(CPU_SUSPEND, 1u << 24, RAM_IPA, 0), INVALID_PARAMETERS); /* a level above the core */
    CHECK_EQ(guest_call(CPU_SUSPEND, 1u << 17, RAM_IPA, 0), INVALID_PARAMETERS);
    CHECK_EQ(guest_call(CPU_SUSPEND, 1u << 31, RAM_IPA, 0), INVALID_PARAMETERS);
    CHECK_EQ(guest_call(CPU_SUSPEND, STATE_DOWN, RAM_IPA + 2, 0), INVALID_ADDRESS);
    CHECK_EQ(guest_call(CPU_SUSPEND, STATE_DOWN, RAM_IPA + RAM_SIZE, 0), INVALID_ADDRESS);
    CHECK_EQ(guest_call(SYSTEM_SUSPEND | SMC64, RAM_IPA - 4, 0, 0), INVALID_ADDRESS);
    CHECK_EQ(guest_call(SYSTEM_SUSPEND, RAM_IPA, 0, 0), DENIED); /* vCPU 1 is on */
    CHECK_EQ(part_state(CONTROL), PART_RUNNING);
}

static void a_system_suspend_ends_at_its_entry(void)
{
    let_rogue_hear();
    guest_call(SYSTEM_SUSPEND | SMC64, RAM_IPA + 0x80, 5, 0);
    CHECK(strcmp(fake.stopped_by, "entry_resume") == 0);
    CHECK_EQ(fake.cpu[2].reg[FAKE_elr_el2], RAM_IPA + 0x80);
    CHECK_EQ(pcpu_self()->frame->x[0], 5);
}

/* A virtual SError wakes it, and a physical one, which it takes when it runs. */
static void an_serror_ends_a_standby(void)
{
    machine_start();
    on_pcpu(2);
    guest_inject_serror();
    CHECK_EQ(guest_call(CPU_SUSPEND, 0, 0, 0), SUCCESS);
}

static void stop_rogue(void)
{
    if (wakes_after == 0)
        fake_stop("wfi");
    if (--wakes_after == 0) {
        on_pcpu(0);
        part_end(ROGUE, PART_END_OFF);
        on_pcpu(2);
    }
}

static void a_stop_ends_a_sleep(void)
{
    let_rogue_hear();
    fake.on_wfi = stop_rogue;
    guest_call(CPU_SUSPEND, STATE_DOWN, RAM_IPA, 0);
    CHECK_EQ(part_state(ROGUE), PART_OFF);
    CHECK(pcpu_self()->vcpu == NULL);
}

/* ---- warm restart, protection of RAM ---- */

static void a_warm_restart_keeps_ram_and_loads_the_payload(void)
{
    const struct hv_segment_config *g;

    machine_start();
    on_pcpu(2);
    CHECK_EQ(guest_call(PSCI_SYSTEM_RESET2, 1, 0, 0), INVALID_PARAMETERS);
    CHECK_EQ(guest_call(PSCI_SYSTEM_RESET2, 0x80000000, 0, 0), INVALID_PARAMETERS); /* a vendor's */
    g = config_segment(config_partition(ROGUE)->segment_first);
    memset(test_ram[ROGUE], PATTERN, RAM_SIZE);
    guest_call(PSCI_SYSTEM_RESET2, 0, 0, 0);
    CHECK(machine_settle());
    CHECK_EQ(part_state(ROGUE), PART_RUNNING);
    CHECK_EQ(part_restarts(ROGUE), 1);
    CHECK_EQ(test_ram[ROGUE][0], PATTERN);
    CHECK(memcmp(test_ram[ROGUE] + (g->ipa.ipa - RAM_IPA), (const void *)(uintptr_t)g->store.pa, g->size) == 0);
    guest_call(PSCI_SYSTEM_RESET, 0, 0, 0);
    CHECK(machine_settle());
    CHECK_EQ(test_ram[ROGUE][0], 0);
}

static void ram_protection_is_remembered_and_checked(void)
{
    machine_start();
    CHECK_EQ(guest_call(MEM_PROTECT, 1, 0, 0), 0);
    CHECK_EQ(guest_call(MEM_PROTECT, 0, 0, 0), 1);
    CHECK_EQ(guest_call(MEM_PROTECT, 1, 0, 0), 0);
    on_pcpu(2);
    CHECK_EQ(guest_call(MEM_PROTECT, 0, 0, 0), 0); /* each partition its own */
    on_pcpu(0);
    guest_call(PSCI_SYSTEM_RESET, 0, 0, 0);
    CHECK(machine_settle());
    on_pcpu(0);
    CHECK_EQ(guest_call(MEM_PROTECT, 0, 0, 0), 0);
    CHECK_EQ(guest_call(MEM_PROTECT_CHECK_RANGE, RAM_IPA, RAM_SIZE, 0), SUCCESS);
    CHECK_EQ(guest_call(MEM_PROTECT_CHECK_RANGE, RAM_IPA, RAM_SIZE + 1, 0), DENIED);
    CHECK_EQ(guest_call(MEM_PROTECT_CHECK_RANGE, RAM_IPA - 1, 2, 0), DENIED);
    CHECK_EQ(guest_call(MEM_PROTECT_CHECK_RANGE | SMC64, RAM_IPA + 1, ~0ull, 0), DENIED);
    CHECK_EQ(guest_call(MEM_PROTECT_CHECK_RANGE, RAM_IPA, 0, 0), DENIED);
}

/* ---- SMC ---- */

/* The same call by SMC: the answer is the same, and the PC goes on. */
static void smc_is_the_same_call(void)
{
    machine_start();
    for (uint32_t n = 0; n < ARRAY_COUNT(there); n++) {
        struct guest_call call = { .frame.x = { FEATURES, VERSION + n }, .esr = 0x17ull << 26 | 1u << 25 };
        struct frame before = call.frame;
        uint64_t pc = RAM_IPA + 0x2000;

        fake.cpu[0].reg[FAKE_elr_el2] = pc;
        fake_stopped(guest_call_carry_out, &call);
        CHECK_EQ((int64_t)call.frame.x[0], guest_call(FEATURES, VERSION + n, 0, 0));
        CHECK_EQ(fake.cpu[0].reg[FAKE_elr_el2], pc + 4);
        CHECK(memcmp(&call.frame.x[1], &before.x[1], sizeof(before.x) - 8) == 0);
    }
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(cpu_on_refuses_what_psci_says);
    RUN(a_32_bit_call_has_32_bit_arguments);
    RUN(affinity_info_knows_every_level);
    RUN(one_cpu_on_wins);
    RUN(features_tell_what_is_there);
    RUN(workarounds_are_told_as_the_cpu_is);
    RUN(a_standby_ends_with_an_interrupt);
    RUN(a_power_down_ends_at_its_entry);
    RUN(a_suspend_refuses_what_psci_says);
    RUN(a_system_suspend_ends_at_its_entry);
    RUN(an_serror_ends_a_standby);
    RUN(a_stop_ends_a_sleep);
    RUN(a_warm_restart_keeps_ram_and_loads_the_payload);
    RUN(ram_protection_is_remembered_and_checked);
    RUN(smc_is_the_same_call);
    return check_end();
}
