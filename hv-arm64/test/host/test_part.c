/* SPDX-License-Identifier: Apache-2.0
 *
 * Lives of partitions: start, stop, restart, vCPUs on and off, pCPUs that do not come; case by
 * case and at random.
 */
#include "arch/id.h"
#include "lib/bits.h"
#include "machine.h"
#include "regs/regs.h"
#include "part/start.h"

#define SUCCESS 0
#define ON_PENDING (-5)
#define CPU_OFF_INFO 1

static uint8_t wanted[RAM_SIZE];

/* RAM as a start leaves it: zero but for the segments. */
static void want_ram(uint32_t partition)
{
    const struct hv_partition_config *p = config_partition(partition);

    memset(wanted, 0, sizeof(wanted));
    for (uint32_t s = p->segment_first; s < p->segment_first + p->segment_count; s++)
        memcpy(wanted + (hv_segments[s].ipa.ipa - RAM_IPA), test_store[s], hv_segments[s].size);
}

static void a_start_leaves_nothing_but_the_payload(void)
{
    machine_init();
    memset(test_ram, 0xee, sizeof(test_ram));
    on_pcpu(0);
    part_start(CONTROL);
    CHECK(machine_settle());
    want_ram(CONTROL);
    CHECK(memcmp(test_ram[CONTROL], wanted, RAM_SIZE) == 0);
    for (uint32_t i = 0; i < RAM_SIZE; i++) /* the other's was not touched */
        CHECK_EQ(test_ram[ROGUE][i], 0xee);
    CHECK_EQ(fake.cpu[0].reg[FAKE_ttbr0_el2], hv_global.el2_root.pa); /* its RAM is mapped no more */
}

static void a_start_without_block_zeroing_is_the_same(void)
{
    machine_init();
    memset(test_ram, 0xee, sizeof(test_ram));
    for (uint32_t p = 0; p < HV_PCPU_COUNT; p++)
        fake.cpu[p].reg[FAKE_dczid_el0] = 0x14; /* DC ZVA prohibited */
    on_pcpu(2);
    part_start(ROGUE);
    CHECK(machine_settle());
    want_ram(ROGUE);
    CHECK(memcmp(test_ram[ROGUE], wanted, RAM_SIZE) == 0);
}

static uint64_t cleaned_bytes(void)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < fake.event_count; i++)
        bytes += strcmp(fake.event[i].what, "dc civac") == 0 ? 64 : 0;
    return bytes;
}

static void a_step_is_bounded(void)
{
    uint32_t steps = 0, most;

    machine_init();
    on_pcpu(0);
    part_start(CONTROL);
    for (bool more = true; more; steps++) {
        fake_record_start();
        more = part_step(CONTROL);
        if (more)
            CHECK(cleaned_bytes() <= START_STEP + 64);
        CHECK(steps < 1000);
    }
    most = 3 + RAM_SIZE / START_STEP + 3; /* check, scrub, copy: two steps and one for the two segments */
    CHECK(steps <= most + 1);
}

static void a_guest_starts_as_after_reset(void)
{
    machine_start();
    const struct frame *frame = pcpu_self()->frame;
    const uint64_t *reg = fake.cpu[0].reg;

    CHECK_EQ(frame->x[0], RAM_IPA); /* the devicetree */
    for (uint32_t i = 1; i < 31; i++)
        CHECK_EQ(frame->x[i], 0);
    CHECK_EQ(reg[FAKE_elr_el2], RAM_IPA + 0x1000);
    CHECK_EQ(reg[FAKE_spsr_el2], 0x3c5);
    CHECK_EQ(reg[FAKE_vttbr_el2], hv_partitions[CONTROL].vttbr);
    CHECK_EQ(reg[FAKE_vmpidr_el2], 0x80000000);
    CHECK_EQ(fake.cpu[1].reg[FAKE_vmpidr_el2], 0x80000001);
    CHECK_EQ(reg[FAKE_sctlr_el1] & 0x1005, 0); /* MMU and caches off */
    CHECK_EQ(reg[FAKE_hcr_el2] & 0x38, 0x38);  /* IMO, FMO, AMO */
    CHECK_EQ(fake.cpu[2].reg[FAKE_vttbr_el2], hv_partitions[ROGUE].vttbr);
}

static void nothing_of_the_old_life_survives_a_restart(void)
{
    machine_start();
    for (enum fake_sysreg r = FAKE_afsr0_el1; r < FAKE_SYSREG_COUNT; r++) {
        static const enum fake_sysreg guests[] = {
            FAKE_afsr0_el1, FAKE_afsr1_el1, FAKE_amair_el1, FAKE_contextidr_el1, FAKE_cpacr_el1, FAKE_csselr_el1,
            FAKE_elr_el1, FAKE_esr_el1, FAKE_far_el1, FAKE_mair_el1, FAKE_mdscr_el1, FAKE_par_el1, FAKE_sp_el0,
            FAKE_sp_el1, FAKE_spsr_el1, FAKE_tcr_el1, FAKE_tpidr_el0, FAKE_tpidr_el1, FAKE_tpidrro_el0,
            FAKE_ttbr0_el1, FAKE_ttbr1_el1, FAKE_vbar_el1, FAKE_cntv_ctl_el0, FAKE_cntp_ctl_el0, FAKE_cntkctl_el1,
        };
        for (uint32_t i = 0; i < ARRAY_COUNT(guests); i++)
            if (guests[i] == r)
                fake.cpu[0].reg[r] = 0x5ec4e7;
    }
    memset(test_ram[CONTROL], 0xee, RAM_SIZE);
    fake.counter = 123456;
    fake_record_start();
    guest_call(PSCI_SYSTEM_RESET, 0, 0, 0);
    fake.recording = false;
    CHECK(machine_settle());
    CHECK_EQ(part_state(CONTROL), PART_RUNNING);
    for (enum fake_sysreg r = 0; r < FAKE_SYSREG_COUNT; r++)
        CHECK(fake.cpu[0].reg[r] != 0x5ec4e7);
    CHECK_EQ(fake.cpu[0].reg[FAKE_cntvoff_el2], 123456);
    want_ram(CONTROL);
    CHECK(memcmp(test_ram[CONTROL], wanted, RAM_SIZE) == 0);
    CHECK(console_has("hv| control: restart n=1\r\n"));
    CHECK_EQ(part_state(ROGUE), PART_RUNNING);
}

/* Index of the recorded operation, from `from` on; FAKE_EVENTS if there is none. */
static uint32_t recorded(const char *what, uint32_t from)
{
    for (uint32_t i = from; i < fake.event_count; i++)
        if (strcmp(fake.event[i].what, what) == 0)
            return i;
    return FAKE_EVENTS;
}

/* Stage 2 is switched, then its VMID's old translations go, then the guest's registers are set. */
static void a_new_life_drops_the_old_ones_translations(void)
{
    machine_start();
    on_pcpu(1);
    guest_call(PSCI_CPU_OFF, 0, 0, 0);
    on_pcpu(0);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA, 0), SUCCESS);
    fake_record_start();
    CHECK(machine_settle());
    uint32_t vttbr = recorded("msr vttbr_el2", 0);
    uint32_t tlbi = recorded("tlbi vmalls12e1is", vttbr);
    uint32_t ic = recorded("ic ialluis", tlbi);
    CHECK(recorded("isb", vttbr) < tlbi);
    CHECK(recorded("dsb ish", ic) < recorded("msr elr_el2", ic));
    CHECK(recorded("msr elr_el2", ic) < FAKE_EVENTS);
}

/* `control` has the monitors of its pCPUs, 6 event counters each; `rogue` has not. */
static void performance_monitors_are_given_as_at_reset(void)
{
    machine_init();
    for (uint32_t p = 0; p < HV_PCPU_COUNT; p++) {
        uint64_t *reg = fake.cpu[p].reg;

        reg[FAKE_id_aa64dfr0_el1] = 9ull << 8; /* newer than what guests are shown */
        reg[FAKE_id_aa64mmfr0_el1] = 1ull << 56;
        reg[FAKE_S3_0_C0_C5_0] = 9ull << 8;
        reg[FAKE_pmcr_el0] = 6u << 11;
        reg[FAKE_pmuserenr_el0] = 0x5ec4e7;
        on_pcpu(p);
        guest_traps_init();
    }
    on_pcpu(0);
    part_start(CONTROL);
    on_pcpu(2);
    part_start(ROGUE);
    CHECK(machine_settle());
    const uint64_t *own = fake.cpu[0].reg, *other = fake.cpu[2].reg;

    CHECK_EQ(own[FAKE_mdcr_el2] & 0x7f, 6);             /* HPMN, TPM and TPMCR are off */
    CHECK_EQ(own[FAKE_mdcr_el2] & 0x820000, 0x820000);  /* HPMD, HCCD */
    CHECK_EQ(own[FAKE_S3_4_C3_C1_4] & 0x7ff000, 0);     /* HDFGRTR_EL2 */
    CHECK_EQ(own[FAKE_S3_4_C3_C1_4] & 0x1f8000000, 0x1f8000000); /* statistical profiling is trapped */
    CHECK_EQ(own[FAKE_pmuserenr_el0], 0);
    CHECK_EQ(own[FAKE_pmcr_el0] & 1, 0);
    CHECK_EQ(other[FAKE_mdcr_el2] & 0x60, 0x60);
    CHECK_EQ(other[FAKE_S3_4_C3_C1_4] & 0x7ff000, 0x7ff000);
    CHECK_EQ(other[FAKE_pmuserenr_el0], 0x5ec4e7);      /* untouched, as nobody reaches it */
    on_pcpu(0);
    CHECK_EQ(id_register(5, 0, guest_pmu_version()) >> 8 & 15, 8);
    CHECK_EQ(id_register(5, 0, 0) >> 8 & 15, 0);
    fake.cpu[0].reg[FAKE_pmcr_el0] = 1;
    guest_call(PSCI_SYSTEM_OFF, 0, 0, 0);
    CHECK(machine_settle());
    CHECK_EQ(fake.cpu[0].reg[FAKE_pmcr_el0] & 1, 0);
    CHECK_EQ(fake.cpu[0].reg[FAKE_pmintenclr_el1], 0xffffffff);
}

static void a_damaged_payload_fails_its_partition_alone(void)
{
    machine_init();
    test_store[1][17] ^= 4;
    on_pcpu(0);
    part_start(CONTROL);
    on_pcpu(2);
    part_start(ROGUE);
    memset(test_ram[CONTROL], 0xee, RAM_SIZE);
    CHECK(machine_settle());
    CHECK_EQ(part_state(CONTROL), PART_OFF);
    CHECK_EQ(part_state(ROGUE), PART_RUNNING);
    CHECK(console_has("hv| control: payload damaged, not started\r\n"));
    CHECK_EQ(test_ram[CONTROL][0], 0xee); /* found before anything was written */
}

static void the_last_byte_of_a_payload_counts(void)
{
    machine_init();
    test_store[0][PAYLOAD_0 - 1] ^= 1;
    on_pcpu(0);
    part_start(CONTROL);
    CHECK(machine_settle());
    CHECK_EQ(part_state(CONTROL), PART_OFF);
}

static void a_vcpu_goes_off_and_comes_back(void)
{
    machine_start();
    on_pcpu(1);
    guest_call(PSCI_CPU_OFF, 0, 0, 0);
    CHECK(pcpu_self()->vcpu == NULL);
    on_pcpu(0);
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 1, 0, 0), CPU_OFF_INFO);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA + 0x40, 77), SUCCESS);
    CHECK_EQ(guest_call(PSCI_AFFINITY_INFO_64, 1, 0, 0), 2);
    CHECK_EQ(guest_call(PSCI_CPU_ON_64, 1, RAM_IPA + 0x80, 78), ON_PENDING);
    CHECK(machine_settle());
    on_pcpu(1);
    CHECK(pcpu_self()->vcpu == part_vcpu(1));
    CHECK_EQ(fake.cpu[1].reg[FAKE_elr_el2], RAM_IPA + 0x40);
    CHECK_EQ(pcpu_self()->frame->x[0], 77);
}

static void a_stop_asked_for_elsewhere_reaches_every_vcpu(void)
{
    machine_start();
    on_pcpu(2);
    part_end(CONTROL, PART_END_OFF);
    CHECK_EQ(part_state(CONTROL), PART_STOPPING);
    CHECK(machine_settle());
    CHECK_EQ(part_state(CONTROL), PART_OFF);
    for (uint32_t p = 0; p < 2; p++) {
        on_pcpu(p);
        CHECK(pcpu_self()->vcpu == NULL);
    }
    CHECK(console_has("hv| control: stopped\r\n"));
    CHECK(!console_has("all partitions are off"));
    CHECK_EQ(fake.firmware_count, 0);
}

static void settle_until_off(void *unused)
{
    (void)unused;
    machine_settle();
}

static void the_board_goes_off_with_the_last_partition(void)
{
    machine_start();
    on_pcpu(2);
    guest_call(PSCI_SYSTEM_OFF, 0, 0, 0);
    CHECK_EQ(fake.firmware_count, 0);
    on_pcpu(0);
    guest_call(PSCI_SYSTEM_OFF, 0, 0, 0);
    fake_stopped(settle_until_off, NULL);
    CHECK(fake.firmware_count > 0);
    CHECK_EQ(fake.firmware_call[0], PSCI_SYSTEM_OFF);
    CHECK(console_has("hv| all partitions are off\r\n"));
}

/* Before the pCPUs came to starting their partitions nothing is "all off". */
static void the_board_does_not_go_off_before_its_partitions_started(void)
{
    machine_init();
    on_pcpu(0);
    console_banner();
    CHECK(fake_stopped(settle_until_off, NULL) == NULL);
    CHECK_EQ(fake.firmware_count, 0);
    on_pcpu(2);
    part_start(ROGUE);
    CHECK(machine_settle());
    fake_stopped(settle_until_off, NULL);
    on_pcpu(2);
    guest_call(PSCI_SYSTEM_OFF, 0, 0, 0);
    CHECK(fake_stopped(settle_until_off, NULL) == NULL);
    CHECK_EQ(fake.firmware_count, 0); /* control's pCPU is late */
    on_pcpu(0);
    part_start(CONTROL);
    CHECK(machine_settle());
    CHECK_EQ(part_state(CONTROL), PART_RUNNING);
}

static bool absent[HV_PCPU_COUNT];

static bool settle_present(void)
{
    for (uint32_t n = 0; n < SETTLE_LIMIT; n++) {
        bool more = false;

        for (uint32_t p = 0; p < HV_PCPU_COUNT; p++)
            if (!absent[p])
                more |= machine_turn(p);
        if (!more)
            return true;
    }
    return false;
}

/* pCPU 1 does not come: found while its partition starts, or after it runs. */
static void a_missing_pcpu_fails_its_partition(void)
{
    for (uint32_t turns = 0; turns < 20; turns++) {
        pid_t child = fork(); /* each in a world of its own */
        int status;

        if (child == 0) {
            machine_init();
            absent[1] = true;
            on_pcpu(0);
            part_start(CONTROL);
            on_pcpu(2);
            part_start(ROGUE);
            for (uint32_t n = 0; n < turns; n++)
                machine_turn(0);
            on_pcpu(0);
            part_forget_pcpu(1);
            bool ok = settle_present() && part_state(CONTROL) == PART_OFF && part_state(ROGUE) == PART_RUNNING &&
                      console_has("hv| control: failed, one of its pCPUs is missing\r\n");
            on_pcpu(0);
            part_start(CONTROL); /* and does not come back */
            ok &= part_state(CONTROL) == PART_OFF;
            _exit(!ok);
        }
        CHECK(waitpid(child, &status, 0) == child);
        if (status != 0) {
            CHECK_WHY("told after %u turns", turns);
            return;
        }
    }
}

/* Calls and stops from everywhere at any time. What must hold: who runs belongs to a running
 * partition; the machine comes to rest; a partition that is not stopped for good runs in the end. */
static bool off_for_good[2];

static void random_event(void)
{
    uint32_t p = check_below(HV_PCPU_COUNT);

    on_pcpu(p);
    if (pcpu_self()->vcpu == NULL) {
        machine_turn(p);
        return;
    }
    uint32_t partition = part_vcpu(p)->partition;
    switch (check_below(12)) {
    case 0:
        part_end(check_below(2), PART_END_RESTART);
        break;
    case 1:
        if (check_below(2))
            guest_call(PSCI_SYSTEM_RESET, 0, 0, 0);
        else
            guest_call(PSCI_SYSTEM_RESET2, 0, 0, 0);
        break;
    case 2:
        if (check_below(20) == 0 && partition == ROGUE) {
            guest_call(PSCI_SYSTEM_OFF, 0, 0, 0);
            off_for_good[partition] = part_state(partition) == PART_OFF;
        }
        break;
    case 3:
        if (p == 1 || (p == 0 && part_vcpu(1)->state == VCPU_RUNNING))
            guest_call(PSCI_CPU_OFF, 0, 0, 0);
        break;
    case 4:
    case 5:
    case 6:
        guest_call(PSCI_CPU_ON_64, check_below(3), RAM_IPA + 4 * check_below(16), 5);
        break;
    case 7:
        guest_store(HV_GUEST_GICD_IPA + GICD_CTLR, 4, 3);
        guest_store(HV_GUEST_GICD_IPA + GICD_ISENABLER + 4, 4, ~0u);
        fake_gic_pulse(41, 0);
        break;
    default:
        machine_turn(check_below(HV_PCPU_COUNT));
        break;
    }
}

static void check_who_runs(void)
{
    for (uint32_t p = 0; p < HV_PCPU_COUNT; p++) {
        on_pcpu(p);
        const struct vcpu *v = pcpu_self()->vcpu;

        if (v == NULL)
            continue;
        CHECK_EQ(v->id, p);
        CHECK(part_state(v->partition) == PART_RUNNING || part_state(v->partition) == PART_STOPPING);
        CHECK_EQ(atomic_load(&part_vcpu(p)->state), VCPU_RUNNING);
        CHECK_EQ(fake.cpu[p].reg[FAKE_vttbr_el2], hv_partitions[v->partition].vttbr);
    }
}

static void lives_at_random(void)
{
    uint32_t steps = check_long ? 400000 : 20000;

    printf("# seed %llu\n", (unsigned long long)check_seed);
    machine_start();
    for (uint32_t step = 0; step < steps; step++) {
        fake.counter += 1000;
        random_event();
        check_who_runs();
        if (step % 200 == 199) {
            CHECK(machine_settle());
            for (uint32_t id = 0; id < 2; id++)
                if (!off_for_good[id] && part_state(id) != PART_RUNNING && part_state(id) != PART_OFF) {
                    CHECK_WHY("partition %u rests in state %u (step %u, --seed %llu)", id, part_state(id), step,
                              (unsigned long long)check_seed);
                    return;
                }
            on_pcpu(2);
            if (part_state(ROGUE) == PART_OFF)
                part_start(ROGUE);
            on_pcpu(0);
            CHECK(machine_settle());
            CHECK_EQ(part_state(CONTROL), PART_RUNNING);
            want_ram(CONTROL);
            CHECK(memcmp(test_ram[CONTROL], wanted, RAM_SIZE) == 0);
            CHECK(atomic_load(&part_vcpu(0)->state) != VCPU_ON_PENDING);
            CHECK(atomic_load(&part_vcpu(1)->state) != VCPU_ON_PENDING);
        }
        CHECK_STILL_OK();
    }
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(a_start_leaves_nothing_but_the_payload);
    RUN(a_start_without_block_zeroing_is_the_same);
    RUN(a_step_is_bounded);
    RUN(a_guest_starts_as_after_reset);
    RUN(nothing_of_the_old_life_survives_a_restart);
    RUN(a_new_life_drops_the_old_ones_translations);
    RUN(performance_monitors_are_given_as_at_reset);
    RUN(a_damaged_payload_fails_its_partition_alone);
    RUN(the_last_byte_of_a_payload_counts);
    RUN(a_vcpu_goes_off_and_comes_back);
    RUN(a_stop_asked_for_elsewhere_reaches_every_vcpu);
    RUN(the_board_goes_off_with_the_last_partition);
    RUN(the_board_does_not_go_off_before_its_partitions_started);
    RUN(a_missing_pcpu_fails_its_partition);
    RUN(lives_at_random);
    return check_end();
}
