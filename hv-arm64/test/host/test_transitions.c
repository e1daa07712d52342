/* SPDX-License-Identifier: Apache-2.0
 *
 * Cache and TLB maintenance: each transition's recorded operations against sequences.txt.
 */
#include "arch/ops.h"
#include "arch/transition.h"
#include "check.h"
#include "dev/gic.h"
#include "mem/mem.h"
#include "part/start.h"
#include "test_plan.h"

#define LINE 64u
#define BASE 0x10000ff8ull
#define SIZE 0x140ull

static uint64_t release;

static void mmu_on(void) { transition_mmu_on(0xff04, 0x80823519, 0x40240000, 0x30cd183d); }
static void root_switch(void) { transition_root_switch(0x40260000); }
static void payload_ready(void) { transition_payload_ready(BASE, SIZE); }
static void vmid_reuse(void) { transition_vmid_reuse(); }
static void spin_table(void) { transition_spin_table((uint64_t)(uintptr_t)&release, 0x40200040); }
static void cpu_on(void) { transition_cpu_on(BASE, SIZE); }
static void stage2_activate(void) { mem_activate_stage2(CONTROL); }
static void sgi(void) { gic_send_sgi(1, GIC_SGI_KICK); }

static void scrub_step(void)
{
    struct start s = { .phase = START_SCRUB };

    (void)start_step(CONTROL, &s);
}

static const struct {
    const char *name;
    void (*run)(void);
} transitions[] = {
    { "mmu_on", mmu_on }, { "root_switch", root_switch }, { "payload_ready", payload_ready },
    { "vmid_reuse", vmid_reuse }, { "spin_table", spin_table }, { "cpu_on", cpu_on },
    { "scrub_step", scrub_step }, { "stage2_activate", stage2_activate }, { "sgi", sgi },
};

static FILE *list;

static uint64_t address(const char *text)
{
    uint64_t base = 0;

    if (strncmp(text, "$release", 8) == 0)
        base = (uint64_t)(uintptr_t)&release;
    else if (strncmp(text, "$ram", 4) == 0)
        base = (uint64_t)(uintptr_t)test_ram[CONTROL];
    else
        return strtoull(text, NULL, 0);
    return strchr(text, '+') != NULL ? base + strtoull(strchr(text, '+') + 1, NULL, 0) : base;
}

static bool next_is(uint32_t *at, const char *what, bool has_value, uint64_t value)
{
    if (*at < fake.event_count && strcmp(fake.event[*at].what, what) == 0 &&
        fake.event[*at].has_value == has_value && fake.event[*at].value == value) {
        (*at)++;
        return true;
    }
    if (*at < fake.event_count)
        CHECK_WHY("step %u is `%s 0x%llx`, the list says `%s 0x%llx`", *at, fake.event[*at].what,
                  (unsigned long long)fake.event[*at].value, what, (unsigned long long)value);
    else
        CHECK_WHY("it ends before `%s 0x%llx`", what, (unsigned long long)value);
    return false;
}

/* One line of the list: an operation, or one or two on each line of a range. */
static bool compare_line(char *line, uint32_t *at)
{
    char *value = strstr(line, " 0x");
    char *range = strstr(line, "..");
    uint64_t first, last;

    if (value == NULL)
        value = strstr(line, " $");
    if (value == NULL)
        return next_is(at, line, false, 0);
    *value++ = 0;
    first = last = address(value);
    if (range != NULL) {
        last = address(range + 2);
        *range = 0;
        first = address(value);
    }
    char *second = strstr(line, ", ");
    if (second != NULL) {
        *second = 0;
        second += 2;
    }
    for (uint64_t a = first; a <= last; a += LINE)
        if (!next_is(at, line, true, a) || (second != NULL && !next_is(at, second, true, a)))
            return false;
    return true;
}

static uint32_t transition; /* index of the one that compare_transition() runs */

static void compare_transition(void)
{
    char line[256];
    uint32_t at = 0;
    bool here = false, found = false;

    fake_reset();
    test_plan_fill();
    if (!gic_init_distributor())
        CHECK_WHY("no distributor");
    fake_record_start();
    transitions[transition].run();
    rewind(list);
    while (fgets(line, sizeof(line), list) != NULL) {
        line[strcspn(line, "\r\n")] = 0;
        if (line[0] == '=') {
            here = strcmp(line + 2, transitions[transition].name) == 0;
            found |= here;
        } else if (here && line[0] != '#' && line[0] != 0 && !compare_line(line, &at)) {
            return;
        }
    }
    CHECK(found);
    if (at != fake.event_count)
        CHECK_WHY("the list ends before `%s 0x%llx`", fake.event[at].what,
                  (unsigned long long)fake.event[at].value);
}

/* Nothing in the list is left over. */
static void every_sequence_is_tried(void)
{
    char line[256];

    rewind(list);
    while (fgets(line, sizeof(line), list) != NULL) {
        bool known = line[0] != '=';

        line[strcspn(line, "\r\n")] = 0;
        for (uint32_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++)
            known |= strcmp(line + 2, transitions[i].name) == 0;
        if (!known) {
            CHECK_WHY("nobody tries '%s'", line);
            return;
        }
    }
}

/* The spin table's address is written before it is cleaned. */
static void spin_table_writes_the_entry(void)
{
    fake_reset();
    release = 0;
    transition_spin_table((uint64_t)(uintptr_t)&release, 0x40200040);
    CHECK_EQ(release, 0x40200040);
}

/* The line size comes from CTR_EL0.DminLine, whatever it is. */
static void line_size_is_the_cpus(void)
{
    for (uint32_t words = 2; words <= 9; words++) {
        uint64_t line = 4ull << words;

        fake_reset();
        fake.cpu[0].reg[FAKE_ctr_el0] = (uint64_t)words << 16;
        fake_record_start();
        transition_payload_ready(0x20000010, 0x1000);
        CHECK_EQ(fake.event[0].value, 0x20000010 & ~(line - 1));
        CHECK_EQ(fake.event[1].value - fake.event[0].value, line);
        CHECK_EQ(fake.event[fake.event_count - 2].value, (0x20001010 - 1) & ~(line - 1));
    }
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    list = fopen("sequences.txt", "r");
    if (list == NULL) {
        printf("FAIL transitions: sequences.txt is not in the working folder\n");
        return 1;
    }
    for (transition = 0; transition < sizeof(transitions) / sizeof(transitions[0]); transition++)
        check_run(transitions[transition].name, compare_transition);
    RUN(every_sequence_is_tried);
    RUN(spin_table_writes_the_entry);
    RUN(line_size_is_the_cpus);
    fclose(list);
    return check_end();
}
