/* SPDX-License-Identifier: Apache-2.0
 *
 * What the plan says about a partition's faults, and how many of them are reported. The way there
 * from an exception is in test_trap.c.
 */
#include "health/health.h"
#include "machine.h"

static void the_plans_action_is_taken(void)
{
    machine_init();
    for (uint32_t partition = 0; partition < HV_PARTITION_COUNT; partition++)
        for (enum hv_fault_class class = 0; class < HV_FAULT_CLASS_COUNT; class++) {
            uint8_t planned = hv_partitions[partition].fault_action[class];

            if (planned != HV_FAULT_RESTART_LIMIT)
                for (uint32_t n = 0; n < 100; n++)
                    CHECK_EQ(health_action(partition, class), planned);
        }
}

static void a_restart_limit_ends_in_a_stop(void)
{
    machine_init();
    for (uint32_t n = 0; n < hv_partitions[ROGUE].restart_limit; n++) {
        CHECK_EQ(health_action(ROGUE, HV_FAULT_STAGE2), HV_FAULT_RESTART);
        health_restarted(ROGUE, HV_FAULT_STAGE2);
        health_restarted(ROGUE, HV_FAULT_UNDEFINED); /* that class has no limit */
    }
    for (uint32_t n = 0; n < 10; n++)
        CHECK_EQ(health_action(ROGUE, HV_FAULT_STAGE2), HV_FAULT_STOP);
    CHECK_EQ(health_action(ROGUE, HV_FAULT_UNDEFINED), HV_FAULT_RESTART);
}

static void one_partitions_noise_is_its_own(void)
{
    uint32_t first = 0;

    machine_init();
    for (uint32_t n = 0; n < 1000; n++)
        first += health_may_report(ROGUE);
    CHECK_EQ(first, 6);
    CHECK(health_may_report(CONTROL));
    fake.counter += FAKE_COUNTER_HZ / 100;
    CHECK(health_may_report(ROGUE));
    CHECK(!health_may_report(ROGUE));
}

static void a_report_says_all_of_it(void)
{
    struct fault f = { .partition = ROGUE, .vcpu = 0, .class = HV_FAULT_STAGE2, .pc = 0x40001234, .esr = 0x93c08006,
                       .address = { 0x48000010 }, .access = FAULT_WRITE, .has_instruction = true,
                       .instruction = 0xf9000268 };

    machine_init();
    on_pcpu(2);
    health_report(&f, HV_FAULT_RESTART);
    CHECK(console_has("hv| rogue: fault stage2 vcpu=0 pc=0x40001234 esr=0x93c08006 insn=0xf9000268 "
                      "addr=0x48000010 (RAM of 'control') write action=restart\r\n"));
    f = (struct fault){ .partition = CONTROL, .vcpu = 1, .class = HV_FAULT_CALL, .pc = 4, .esr = 0x5a000001 };
    health_report(&f, HV_FAULT_STOP);
    CHECK(console_has("hv| control: fault call vcpu=1 pc=0x4 esr=0x5a000001 action=stop\r\n"));
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(the_plans_action_is_taken);
    RUN(a_restart_limit_ends_in_a_stop);
    RUN(one_partitions_noise_is_its_own);
    RUN(a_report_says_all_of_it);
    return check_end();
}
