/* SPDX-License-Identifier: Apache-2.0
 *
 * The monitor: what is typed, its answers in both forms, and lives that it ends and begins.
 */
#include "machine.h"
#include "monitor/monitor.h"

static const char *ask(const char *line)
{
    on_pcpu(console_pcpu());
    (void)console_said();
    fake.uart.sent_count = 0;
    for (; *line != 0; line++)
        monitor_receive((uint8_t)*line);
    monitor_receive('\r');
    for (uint32_t n = 0; n < 40; n++) { /* as console_serve() in trap/irq.c */
        fake.counter += FAKE_COUNTER_HZ / 1000 + 1;
        console_drain();
        monitor_step();
    }
    return console_said();
}

static uint32_t count(const char *text, const char *part)
{
    uint32_t found = 0;

    for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
        found++;
    return found;
}

static void states_are_told_in_both_forms(void)
{
    const char *said;

    machine_start();
    said = ask("ps");
    CHECK(strstr(said, "hv| ps: name=control state=running vcpus=2 on=2 pcpu=0 restarts=0 up_ms=") != NULL);
    CHECK(strstr(said, "hv| ps: name=rogue state=running vcpus=1 on=1 pcpu=2 ") != NULL);
    CHECK(strstr(said, "hv| ps: end=ok\r\n") != NULL);
    said = ask("json ps");
    CHECK(strstr(said, "hv| {\"monitor\":\"ps\",\"name\":\"control\",\"state\":\"running\",\"vcpus\":2,") != NULL);
    CHECK(strstr(said, "hv| {\"monitor\":\"ps\",\"end\":\"ok\"}\r\n") != NULL);
}

static void every_json_row_is_complete(void)
{
    static const char *const lines[] = { "json ps", "json stats", "json health", "json plan", "json help", "json mem" };

    machine_start();
    for (uint32_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const char *said = ask(lines[i]);

        CHECK(count(said, "hv| {\"monitor\":") >= 2);
        CHECK_EQ(count(said, "hv| {\"monitor\":"), count(said, "}\r\n"));
        CHECK_EQ(count(said, "\"end\":\"ok\"}"), 1);
    }
}

static void what_is_not_a_command_is_refused(void)
{
    machine_start();
    CHECK(strstr(ask("reboot"), "hv| monitor: error=unknown command, try help end=refused\r\n") != NULL);
    CHECK(strstr(ask("ps a b c d"), "unknown command") != NULL);
    CHECK(strstr(ask("stop nobody"), "hv| stop: error=no such partition end=refused") != NULL);
    CHECK(strstr(ask("stop"), "no such partition") != NULL);
    CHECK(strstr(ask("mem 0x12z"), "not a number") != NULL);
    CHECK(strstr(ask("json mem 0x40000000"), "\"error\":\"not in the constants and tables\"") != NULL);
    CHECK(strstr(ask("mem 0xffffffffffffffff8"), "error=not in the constants") != NULL);
    CHECK_EQ(count(ask("   "), "hv|"), 0);
    for (uint32_t n = 0; n < 500; n++)
        monitor_receive('x');
    CHECK(strstr(ask(""), "unknown command") != NULL);
    CHECK(strstr(ask("pq\bs"), "hv| ps: end=ok") != NULL);
}

static void only_constants_and_tables_can_be_read(void)
{
    char line[40];

    machine_start();
    snprintf(line, sizeof(line), "mem 0x%llx", (unsigned long long)(uintptr_t)test_checked);
    CHECK(strstr(ask(line), "hv| mem: at=0x") != NULL);
    CHECK_EQ(count(console_said(), "mem: at="), CHECKED_BYTES / 32);
    snprintf(line, sizeof(line), "mem 0x%llx", (unsigned long long)(uintptr_t)(test_checked + CHECKED_BYTES));
    CHECK(strstr(ask(line), "error=not in the constants and tables") != NULL);
}

static void a_partition_is_stopped_started_and_restarted(void)
{
    machine_start();
    CHECK(strstr(ask("stop control"), "hv| stop: name=control was=running\r\n") != NULL);
    CHECK(machine_settle());
    CHECK_EQ(part_state(CONTROL), PART_OFF);
    CHECK_EQ(part_state(ROGUE), PART_RUNNING);
    CHECK(strstr(ask("stop control"), "was=off error=nothing to do in this state") != NULL);
    CHECK(strstr(ask("start control"), "was=off\r\n") != NULL);
    CHECK(machine_settle());
    CHECK_EQ(part_state(CONTROL), PART_RUNNING);
    CHECK_EQ(part_restarts(CONTROL), 0);
    CHECK(strstr(ask("start control"), "was=running error=nothing to do") != NULL);
    ask("restart control");
    CHECK(machine_settle());
    CHECK_EQ(part_state(CONTROL), PART_RUNNING);
    CHECK_EQ(part_restarts(CONTROL), 1);
}

static void an_answer_is_a_line_a_period(void)
{
    machine_start();
    on_pcpu(console_pcpu());
    (void)console_said();
    fake.uart.sent_count = 0;
    for (const char *c = "help\r"; *c != 0; c++)
        monitor_receive((uint8_t)*c);
    CHECK_EQ(count(console_said(), "hv| help:"), 1);
    CHECK_EQ(fake.cpu[console_pcpu()].reg[FAKE_cnthp_ctl_el2], 0); /* console_said() drained without stepping */
    monitor_step();
    CHECK_EQ(fake.cpu[console_pcpu()].reg[FAKE_cnthp_ctl_el2], 1); /* it comes back by itself */
    CHECK_EQ(count(console_said(), "hv| help:"), 2);
    monitor_receive('p');
    monitor_receive('\r');
    CHECK(strstr(console_said(), "error=busy, line lost end=refused") != NULL);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(states_are_told_in_both_forms);
    RUN(every_json_row_is_complete);
    RUN(what_is_not_a_command_is_refused);
    RUN(only_constants_and_tables_can_be_read);
    RUN(a_partition_is_stopped_started_and_restarted);
    RUN(an_answer_is_a_line_a_period);
    return check_end();
}
