/* SPDX-License-Identifier: Apache-2.0
 *
 * From an exception of a guest to what it finds after: decoding, verdicts, injected exceptions,
 * reports and fault actions. Syndromes are spelled as Arm DDI 0487 has them.
 */
#include "lib/bits.h"
#include "machine.h"
#include "regs/regs.h"

#define EC_UNKNOWN 0x00ull
#define EC_SVE 0x19ull
#define EC_SYSREG 0x18ull
#define EC_HVC 0x16ull
#define EC_SMC 0x17ull
#define EC_IABT 0x20ull
#define EC_DABT 0x24ull
#define ISV BIT(24)
#define WRITE BIT(6)
#define S1PTW BIT(7)
#define TRANSLATION_3 7u
#define PERMISSION_3 15u
#define EXTERNAL 16u
#define PC (RAM_IPA + 0x1000u)
#define VBAR 0x40004000u
#define AN_UNOWNED_IPA 0x09010000u

static struct frame frame;
static uint64_t esr;

static uint64_t *reg(enum fake_sysreg r)
{
    return &fake.cpu[fake.self].reg[r];
}

static void take(void *entry)
{
    ((void (*)(struct frame *, uint64_t))entry)(&frame, esr);
}

/* NULL: back in the guest. Else who kept the CPU ("wfi": the pCPU idles, "entry_resume": a guest again). */
static const char *exception(uint64_t class, uint64_t iss, uint64_t address)
{
    void (*entry)(struct frame *, uint64_t) =
        class == EC_DABT ? abort_entry : class == EC_HVC || class == EC_SMC ? hypercall_entry : trap_sync;

    esr = class << 26 | BIT(25) | iss;
    *reg(FAKE_esr_el2) = esr;
    *reg(FAKE_far_el2) = address;
    *reg(FAKE_hpfar_el2) = address >> 12 << 4;
    return fake_stopped(take, (void *)entry);
}

static void start(uint32_t pcpu)
{
    machine_start();
    on_pcpu(pcpu);
    memset(&frame, 0, sizeof(frame));
    *reg(FAKE_elr_el2) = PC;
    *reg(FAKE_spsr_el2) = 5;
    *reg(FAKE_vbar_el1) = VBAR;
}

static uint64_t plain(uint32_t sas, uint32_t srt, bool sse, bool sf)
{
    return ISV | (uint64_t)sas << 22 | (uint64_t)sse << 21 | srt << 16 | (uint64_t)sf << 15 | TRANSLATION_3;
}

static void a_load_fills_its_register_as_the_instruction_says(void)
{
    uint64_t ipa = HV_GUEST_GICD_IPA + GICD_IPRIORITYR + 40, half = HV_GUEST_UART_IPA + UARTIBRD;

    start(0);
    guest_store(ipa, 4, 0x20c84088);
    guest_store(half, 2, 0xc088); /* the GIC has no halfwords */
    static const struct { uint32_t sas; bool sse, sf; uint64_t want; } cases[] = {
        { 0, false, false, 0x88 }, { 0, true, false, 0xffffff88 }, { 0, true, true, 0xffffffffffffff88 },
        { 1, false, true, 0xc088 }, { 1, true, false, 0xffffc088 }, { 2, false, false, 0x20c84088 },
        { 2, true, true, 0x20c84088 },
    };
    for (uint32_t i = 0; i < ARRAY_COUNT(cases); i++) {
        frame.x[9] = ~0ull;
        *reg(FAKE_elr_el2) = PC;
        CHECK(exception(EC_DABT, plain(cases[i].sas, 9, cases[i].sse, cases[i].sf), cases[i].sas == 1 ? half : ipa) == NULL);
        CHECK_EQ(frame.x[9], cases[i].want);
        CHECK_EQ(*reg(FAKE_elr_el2), PC + 4);
    }
    /* The upper halves of words are negative too. */
    guest_store(ipa, 4, 0xf8000000);
    CHECK(exception(EC_DABT, plain(2, 9, true, true), ipa) == NULL);
    CHECK_EQ(frame.x[9], 0xfffffffff8000000ull);
}

static void register_31_is_zero(void)
{
    uint64_t ipa = HV_GUEST_GICD_IPA + GICD_IPRIORITYR + 40;

    start(0);
    guest_store(ipa, 1, 0x88);
    frame.x[31] = 0x1234;
    CHECK(exception(EC_DABT, plain(0, 31, false, false), ipa) == NULL);
    CHECK_EQ(frame.x[31], 0x1234); /* a load there is lost */
    CHECK(exception(EC_DABT, plain(0, 31, false, false) | WRITE, ipa) == NULL);
    CHECK_EQ(guest_load(ipa, 1), 0);
}

static void a_store_is_cut_to_its_size(void)
{
    uint64_t ipa = HV_GUEST_GICD_IPA + GICD_IPRIORITYR + 40;

    start(0);
    frame.x[3] = 0xffffffffffff2018;
    CHECK(exception(EC_DABT, plain(0, 3, false, false) | WRITE, ipa) == NULL);
    CHECK_EQ(guest_load(ipa, 4), 0x18);
}

/* A pair, write-back, an exclusive, a cache operation: never guessed. Control's action injects. */
static void an_access_without_syndrome_is_a_fault(void)
{
    start(0);
    CHECK(exception(EC_DABT, TRANSLATION_3, HV_GUEST_GICD_IPA) == NULL);
    CHECK_EQ(*reg(FAKE_elr_el2), VBAR + 0x200);
    CHECK_EQ(*reg(FAKE_esr_el1), 0x25ull << 26 | BIT(25) | EXTERNAL);
    CHECK_EQ(*reg(FAKE_far_el1), HV_GUEST_GICD_IPA);
    CHECK_EQ(*reg(FAKE_elr_el1), PC);
    CHECK_EQ(*reg(FAKE_spsr_el1), 5);
    CHECK(machine_settle());
    CHECK(console_has("hv| control: fault stage2 vcpu=0 pc=0x40001000 esr=0x92000007"));
    CHECK(console_has("addr=0x8000000 (gic@8000000) read action=inject-abort\r\n"));
}

/* HPFAR_EL2 is UNKNOWN then ("HPFAR_EL2"): an old value must not pick a device. */
static void a_permission_fault_does_not_believe_hpfar(void)
{
    start(0);
    *reg(FAKE_par_el1) = AN_UNOWNED_IPA; /* what AT says: no fault, this IPA */
    frame.x[1] = 3;
    esr = EC_DABT << 26 | BIT(25) | (plain(2, 1, false, false) & ~63ull) | WRITE | PERMISSION_3;
    *reg(FAKE_esr_el2) = esr;
    *reg(FAKE_far_el2) = 0xffff000009010000ull;
    *reg(FAKE_hpfar_el2) = HV_GUEST_GICD_IPA >> 12 << 4;
    CHECK(fake_stopped(take, (void *)abort_entry) == NULL);
    CHECK_EQ(gic_lr_count(), 4);
    CHECK_EQ(guest_load(HV_GUEST_GICD_IPA, 4) & 3, 0); /* GICD_CTLR was not written */
    CHECK(machine_settle());
    CHECK(console_has("addr=0x9010000 (rtc@9010000) write"));
}

static void walks_and_external_aborts_are_not_emulated(void)
{
    start(0);
    CHECK(exception(EC_DABT, plain(2, 1, false, false) | S1PTW | WRITE, HV_GUEST_GICD_IPA) == NULL);
    CHECK_EQ(*reg(FAKE_elr_el2), VBAR + 0x200);
    *reg(FAKE_elr_el2) = PC;
    CHECK(exception(EC_DABT, (plain(2, 1, false, false) & ~63ull) | WRITE | EXTERNAL, HV_GUEST_GICD_IPA) == NULL);
    CHECK_EQ(*reg(FAKE_elr_el2), VBAR + 0x200);
    CHECK_EQ(guest_load(HV_GUEST_GICD_IPA, 4) & 3, 0);
}

static void an_unaligned_device_access_is_a_fault(void)
{
    start(0);
    CHECK(exception(EC_DABT, plain(2, 1, false, false), HV_GUEST_GICD_IPA + 2) == NULL);
    CHECK_EQ(*reg(FAKE_elr_el2), VBAR + 0x200);
}

static void there_are_as_many_redistributors_as_vcpus(void)
{
    start(0);
    CHECK(exception(EC_DABT, plain(2, 1, false, false), HV_GUEST_GICR_IPA + 2 * HV_GUEST_GICR_STRIDE - 4) == NULL);
    CHECK_EQ(*reg(FAKE_elr_el2), PC + 4);
    CHECK(exception(EC_DABT, plain(2, 1, false, false), HV_GUEST_GICR_IPA + 2 * HV_GUEST_GICR_STRIDE) == NULL);
    CHECK_EQ(*reg(FAKE_elr_el2), VBAR + 0x200);
}

static void the_vector_is_that_of_the_interrupted_level(void)
{
    static const struct { uint64_t spsr, offset, ec; } cases[] = {
        { 0x0, 0x400, 0x24 },  /* EL0t */
        { 0x4, 0x000, 0x25 },  /* EL1t */
        { 0x5, 0x200, 0x25 },  /* EL1h */
        { 0x10, 0x600, 0x24 }, /* AArch32 EL0 */
        { 0xf0000005, 0x200, 0x25 },
    };

    start(0);
    for (uint32_t i = 0; i < ARRAY_COUNT(cases); i++) {
        *reg(FAKE_elr_el2) = PC;
        *reg(FAKE_spsr_el2) = cases[i].spsr;
        CHECK(exception(EC_DABT, TRANSLATION_3, AN_UNOWNED_IPA) == NULL);
        CHECK_EQ(*reg(FAKE_elr_el2), VBAR + cases[i].offset);
        CHECK_EQ(*reg(FAKE_esr_el1) >> 26, cases[i].ec);
        CHECK_EQ(*reg(FAKE_spsr_el2) & 0x3df, 0x3c5); /* EL1h, everything masked */
        CHECK_EQ(*reg(FAKE_spsr_el2) & 0xf0000000, cases[i].spsr & 0xf0000000);
        CHECK_EQ(*reg(FAKE_spsr_el1), cases[i].spsr);
    }
}

/* control: an undefined trap is logged and skipped. */
static void a_logged_fault_is_skipped(void)
{
    start(0);
    CHECK(exception(EC_SVE, 0, 0) == NULL);
    CHECK_EQ(*reg(FAKE_elr_el2), PC + 4);
    CHECK(machine_settle());
    CHECK(console_has("hv| control: fault undefined vcpu=0 pc=0x40001000 esr=0x66000000"));
    CHECK(console_has("action=log\r\n"));
}

static void a_forbidden_call_stops_its_partition_alone(void)
{
    start(2);
    CHECK_TEXT(exception(EC_HVC, 1, 0), "wfi"); /* an immediate of the calling convention's reserve */
    CHECK(machine_settle());
    CHECK_EQ(part_state(ROGUE), PART_OFF);
    CHECK_EQ(part_state(CONTROL), PART_RUNNING);
    CHECK(console_has("hv| rogue: fault call vcpu=0 pc=0x40000ffc")); /* the HVC itself, not what follows it */
    CHECK(console_has("action=stop\r\n"));
    CHECK(console_has("hv| rogue: stopped\r\n"));
}

/* rogue: restart with a limit of two on stage-2 faults, then stop. */
static void restarts_have_their_limit(void)
{
    start(2);
    for (uint32_t n = 0; n < 2; n++) {
        exception(EC_DABT, TRANSLATION_3, AN_UNOWNED_IPA);
        CHECK(machine_settle());
        CHECK_EQ(part_state(ROGUE), PART_RUNNING);
        on_pcpu(2);
    }
    exception(EC_DABT, TRANSLATION_3, AN_UNOWNED_IPA);
    CHECK(machine_settle());
    CHECK_EQ(part_state(ROGUE), PART_OFF);
    CHECK(console_has("hv| rogue: restart n=2\r\n"));
    CHECK(!console_has("restart n=3"));
}

/* Faults of several vCPUs at once are one restart. */
static void a_fault_in_a_life_that_ends_does_not_count(void)
{
    start(2);
    for (uint32_t n = 0; n < 4; n++) {
        part_end(ROGUE, PART_END_RESTART);
        exception(EC_DABT, TRANSLATION_3, AN_UNOWNED_IPA);
        CHECK(machine_settle());
        CHECK_EQ(part_state(ROGUE), PART_RUNNING);
        on_pcpu(2);
    }
}

/* Its undefined traps restart without limit. */
static void restarts_without_limit_go_on(void)
{
    start(2);
    for (uint32_t n = 0; n < 10; n++) {
        fake.counter += FAKE_COUNTER_HZ;
        exception(EC_UNKNOWN, 0, 0);
        CHECK(machine_settle());
        CHECK_EQ(part_state(ROGUE), PART_RUNNING);
    }
    CHECK(console_has("hv| rogue: restart n=10\r\n"));
}

static void reports_are_limited_and_counted(void)
{
    uint32_t lines = 0;

    start(0);
    fake.counter = FAKE_COUNTER_HZ;
    for (uint32_t n = 0; n < 1000; n++)
        exception(EC_SVE, 0, 0);
    fake.counter += FAKE_COUNTER_HZ / 100; /* one more is earned */
    exception(EC_SVE, 0, 0);
    fake.counter += FAKE_COUNTER_HZ;
    CHECK(machine_settle());
    for (const char *at = console_said(); (at = strstr(at, ": fault ")) != NULL; at++)
        lines++;
    CHECK_EQ(lines, 7);
    CHECK(console_has("hv| control: 994 reports dropped\r\n"));
}

static void a_software_interrupt_is_sent_by_a_trapped_register(void)
{
    start(0);
    guest_store(HV_GUEST_GICD_IPA, 4, 3);
    guest_store(HV_GUEST_GICR_IPA + GICR_IGROUPR0, 4, ~0u);
    guest_store(HV_GUEST_GICR_IPA + GICR_ISENABLER0, 4, 1u << 6);
    *reg(FAKE_elr_el2) = PC;
    frame.x[4] = field_put(ICC_SGI1R_EL1, INTID, 6) | 1;
    /* MSR ICC_SGI1R_EL1, x4: op0 3, op2 5, op1 0, CRn 12, Rt 4, CRm 11. */
    CHECK(exception(EC_SYSREG, 3ull << 20 | 5 << 17 | 0 << 14 | 12 << 10 | 4 << 5 | 11 << 1, 0) == NULL);
    CHECK_EQ((uint32_t)*fake_lr(GIC_LR_SGI), 6);
    CHECK_EQ(*reg(FAKE_elr_el2), PC + 4);
    /* Reading it is undefined: a fault of the partition. */
    CHECK(exception(EC_SYSREG, 3ull << 20 | 5 << 17 | 0 << 14 | 12 << 10 | 4 << 5 | 11 << 1 | 1, 0) == NULL);
    CHECK(machine_settle());
    CHECK(console_has("hv| control: fault undefined"));
}

static void every_exception_class_ends_in_a_verdict(void)
{
    for (uint64_t class = 0; class < 64; class++) {
        pid_t child = fork();
        int status;

        if (child == 0) {
            start(2);
            const char *why = exception(class, class == EC_HVC || class == EC_SMC ? 7 : TRANSLATION_3, AN_UNOWNED_IPA);
            bool ok = why == NULL || strcmp(why, "wfi") == 0 || strcmp(why, "entry_resume") == 0;

            ok &= machine_settle() && part_state(CONTROL) == PART_RUNNING;
            _exit(!ok);
        }
        CHECK(waitpid(child, &status, 0) == child);
        if (status != 0) {
            CHECK_WHY("exception class 0x%llx", (unsigned long long)class);
            return;
        }
    }
}

/* Any syndrome at all: no end of EL2, no other partition touched. */
static void random_syndromes_hurt_nobody_else(void)
{
    uint32_t rounds = check_long ? 2000000 : 60000;

    printf("# seed %llu\n", (unsigned long long)check_seed);
    start(2);
    for (uint32_t n = 0; n < rounds; n++) {
        static const uint64_t places[] = { HV_GUEST_GICD_IPA, HV_GUEST_GICR_IPA, HV_GUEST_UART_IPA, RAM_IPA, 0 };
        uint64_t ipa = places[check_below(5)] + (check_random() & (check_below(2) ? 0xfff : 0x3ffff));
        uint64_t class = check_below(3) ? EC_DABT : check_below(64);

        on_pcpu(2);
        if (pcpu_self()->vcpu == NULL) {
            if (part_state(ROGUE) == PART_OFF)
                part_start(ROGUE);
            CHECK(machine_settle());
            continue;
        }
        for (uint32_t i = 0; i < 31; i++)
            frame.x[i] = check_below(2) ? check_random() : check_below(256);
        if (class == EC_HVC || class == EC_SMC) /* a call, mostly one that exists */
            frame.x[0] = 0x84000000u + check_below(12) + (check_below(2) ? 0x40000000u : 0);
        *reg(FAKE_spsr_el2) = check_below(2) ? 5 : check_random() & 0xf0ff03ff;
        uint64_t iss = check_random() & 0x1ffffff;
        if (class == EC_DABT && check_below(4))
            iss = (iss & ~63ull & ~S1PTW) | ISV | TRANSLATION_3;
        if ((class == EC_HVC || class == EC_SMC) && check_below(4))
            iss = 0;
        fake.counter += 100000;
        const char *why = exception(class, iss, ipa);
        if (why != NULL && strcmp(why, "wfi") != 0 && strcmp(why, "entry_resume") != 0) {
            CHECK_WHY("%s (class 0x%llx, iss 0x%llx, ipa 0x%llx, --seed %llu)", why, (unsigned long long)class,
                      (unsigned long long)iss, (unsigned long long)ipa, (unsigned long long)check_seed);
            return;
        }
        CHECK(machine_settle());
        CHECK_EQ(part_state(CONTROL), PART_RUNNING);
    }
    for (uint32_t intid = 32; intid < FAKE_INTIDS; intid++) /* nothing of control's was enabled by it */
        if (config_irq_owner(intid) == CONTROL)
            CHECK(!fake_irq(intid, 0)->enabled && !fake_irq(intid, 0)->pending);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(a_load_fills_its_register_as_the_instruction_says);
    RUN(register_31_is_zero);
    RUN(a_store_is_cut_to_its_size);
    RUN(an_access_without_syndrome_is_a_fault);
    RUN(a_permission_fault_does_not_believe_hpfar);
    RUN(walks_and_external_aborts_are_not_emulated);
    RUN(an_unaligned_device_access_is_a_fault);
    RUN(there_are_as_many_redistributors_as_vcpus);
    RUN(the_vector_is_that_of_the_interrupted_level);
    RUN(a_logged_fault_is_skipped);
    RUN(a_forbidden_call_stops_its_partition_alone);
    RUN(restarts_have_their_limit);
    RUN(a_fault_in_a_life_that_ends_does_not_count);
    RUN(restarts_without_limit_go_on);
    RUN(reports_are_limited_and_counted);
    RUN(a_software_interrupt_is_sent_by_a_trapped_register);
    RUN(every_exception_class_ends_in_a_verdict);
    RUN(random_syndromes_hurt_nobody_else);
    return check_end();
}
