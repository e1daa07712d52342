/* SPDX-License-Identifier: Apache-2.0
 *
 * What the monitor can tell and do. It reads through the public functions of the rooms below and asks for lives to
 * begin and end as anybody else does; nothing here waits for what it asked for.
 */
#include "monitor/commands.h"

#include <stddef.h>

#include "arch/crash.h"
#include "config/config.h"
#include "console/console.h"
#include "dev/htimer.h"
#include "health/health.h"
#include "lib/string.h"
#include "part/part.h"
#include "sched/shared_table.h"
#include "trace/trace.h"

#define MEM_ROWS 4u
#define MEM_WORDS 4u /* of 8 bytes, in a row */

static const char *const word_names[MEM_WORDS] = { "w0", "w1", "w2", "w3" };

static const char *const state_names[] = {
    [PART_OFF] = "off", [PART_STARTING] = "starting", [PART_RUNNING] = "running", [PART_STOPPING] = "stopping",
};

static uint32_t vcpus_on(uint32_t partition)
{
    const struct hv_partition_config *p = config_partition(partition);
    uint32_t on = 0;

    for (uint32_t id = p->vcpu_first; id < p->vcpu_first + p->vcpu_count; id++)
        on += atomic_load(&part_vcpu(id)->state) == VCPU_RUNNING;
    return on;
}

static bool answer_ps(struct row *row, uint32_t n, uint64_t argument)
{
    (void)argument;
    if (n >= HV_PARTITION_COUNT)
        return false;
    row_text(row, "name", config_partition(n)->name);
    row_text(row, "state", state_names[part_state(n)]);
    row_number(row, "vcpus", config_partition(n)->vcpu_count);
    row_number(row, "on", vcpus_on(n));
    row_number(row, "pcpu", config_vcpu(config_partition(n)->vcpu_first)->pcpu);
    row_number(row, "restarts", part_restarts(n));
    row_number(row, "up_ms", part_up_ticks(n) / htimer_ticks(1000));
    return true;
}

static bool answer_stats(struct row *row, uint32_t n, uint64_t argument)
{
    (void)argument;
    if (n == HV_PARTITION_COUNT) {
        row_number(row, "boots", crash_boot_count());
        row_number(row, "ticks", htimer_now());
        row_number(row, "hz", htimer_ticks(1000000));
        return true;
    }
    if (n > HV_PARTITION_COUNT)
        return false;
    row_text(row, "name", config_partition(n)->name);
    row_number(row, "restarts", part_restarts(n));
    for (uint32_t class = 0; class < HV_FAULT_CLASS_COUNT; class++)
        row_number(row, health_class_name((enum hv_fault_class)class), health_faults(n, (enum hv_fault_class)class));
    row_number(row, "unsaid", health_dropped(n));
    row_number(row, "console_room", console_room(config_partition(n)->vcpu_first));
    return true;
}

static bool answer_health(struct row *row, uint32_t n, uint64_t argument)
{
    uint32_t partition = n / HV_FAULT_CLASS_COUNT;
    enum hv_fault_class class = (enum hv_fault_class)(n % HV_FAULT_CLASS_COUNT);

    (void)argument;
    if (partition >= HV_PARTITION_COUNT)
        return false;
    row_text(row, "name", config_partition(partition)->name);
    row_text(row, "class", health_class_name(class));
    row_number(row, "faults", health_faults(partition, class));
    row_text(row, "action", health_action_name((enum hv_fault_action)config_partition(partition)->fault_action[class]));
    row_number(row, "limit", config_partition(partition)->restart_limit);
    row_number(row, "used", health_restarts_used(partition));
    return true;
}

/* What each vCPU of a shared pCPU had so far. Its pCPU goes on counting: what is read here was true a moment ago. */
static bool answer_turns(struct row *row, uint32_t n, uint64_t argument)
{
    const struct table_account *a;
    uint32_t id = 0;

    (void)argument;
    if (HV_SHARED_PCPUS == 0)
        return false;
    for (uint32_t left = n; id < HV_VCPU_COUNT; id++) /* the nth that is not pinned */
        if (config_pcpu(config_vcpu(id)->pcpu)->policy != HV_POLICY_PINNED && left-- == 0)
            break;
    if (id == HV_VCPU_COUNT)
        return false;
    a = table_account_of(id);
    row_text(row, "name", config_partition(config_vcpu(id)->partition)->name);
    row_number(row, "vcpu", config_vcpu(id)->index);
    row_number(row, "pcpu", config_vcpu(id)->pcpu);
    row_number(row, "ticks", a->ticks);
    row_number(row, "late_max", a->late_max);
    row_number(row, "overruns", a->overruns);
    row_number(row, "missed", a->missed);
    return true;
}

static void plan_of_all(struct row *row)
{
    row_text(row, "build", hv_config_header.build_id);
    row_hex(row, "digest", hv_config_header.digest);
    row_number(row, "partitions", HV_PARTITION_COUNT);
    row_number(row, "vcpus", HV_VCPU_COUNT);
    row_number(row, "pcpus", HV_PCPU_COUNT);
    row_number(row, "gic", config_global()->gic_version);
    row_number(row, "console_pcpu", console_pcpu());
}

static bool answer_plan(struct row *row, uint32_t n, uint64_t argument)
{
    const struct hv_partition_config *p;

    (void)argument;
    if (n == 0) {
        plan_of_all(row);
        return true;
    }
    if (n > HV_PARTITION_COUNT)
        return false;
    p = config_partition(n - 1);
    row_text(row, "name", p->name);
    row_hex(row, "ram", p->ram_pa.pa);
    row_hex(row, "size", p->ram_size);
    row_hex(row, "entry", p->entry.ipa);
    row_number(row, "vcpus", p->vcpu_count);
    row_number(row, "pcpu", config_vcpu(p->vcpu_first)->pcpu);
    row_number(row, "autostart", p->autostart);
    return true;
}

static bool is_readable(uint64_t address)
{
    uint64_t base = hv_config_header.checked_base.pa;

    return address % sizeof(uint64_t) == 0 && address >= base &&
           address - base < hv_config_header.checked_size; /* its size is a multiple of 8 */
}

/* Constants and page tables: what the plan's digest covers, and nothing else. Without an address: where they are. */
static bool answer_mem(struct row *row, uint32_t n, uint64_t argument)
{
    uint64_t address = argument + n * MEM_WORDS * sizeof(uint64_t);

    if (argument == NO_ARGUMENT) {
        row_hex(row, "image", config_global()->image_base.pa);
        row_hex(row, "image_end", config_global()->image_end.pa);
        row_hex(row, "el2_root", config_global()->el2_root.pa);
        row_hex(row, "readable", hv_config_header.checked_base.pa);
        row_hex(row, "readable_end", hv_config_header.checked_base.pa + hv_config_header.checked_size);
        return n == 0;
    }
    if (n >= MEM_ROWS || (n > 0 && !is_readable(address)))
        return false;
    if (!is_readable(address)) {
        row_text(row, "error", "not in the constants and tables");
        return true;
    }
    row_hex(row, "at", address);
    for (uint32_t i = 0; i < MEM_WORDS && is_readable(address + i * sizeof(uint64_t)); i++)
        row_hex(row, word_names[i], ((const uint64_t *)address)[i]);
    return true;
}

#if HV_TRACE_RECORDS
/* Without an argument each pCPU's ring; of pCPU `argument` the records that are there, from the oldest. Nothing is
 * recorded until the answer is complete. */
static bool answer_trace(struct row *row, uint32_t n, uint64_t argument)
{
    static uint64_t first;
    struct hv_trace_record r;
    uint64_t pcpu = argument == NO_ARGUMENT ? n : argument;

    if (pcpu >= HV_PCPU_COUNT)
        return false;
    if (argument == NO_ARGUMENT) {
        row_number(row, "pcpu", pcpu);
        row_number(row, "put", trace_count((uint32_t)pcpu));
        row_number(row, "kept", HV_TRACE_RECORDS);
        row_number(row, "hz", htimer_ticks(1000000));
        return true;
    }
    if (n == 0) {
        uint64_t count = trace_count((uint32_t)pcpu);

        trace_switch(false);
        first = count > HV_TRACE_RECORDS ? count - HV_TRACE_RECORDS : 0;
    }
    if (!trace_read((uint32_t)pcpu, first + n, &r)) {
        trace_switch(true);
        return false;
    }
    row_number(row, "count", r.count);
    row_number(row, "kind", r.kind);
    row_number(row, "vcpu", r.vcpu);
    row_number(row, "argument", r.argument);
    return true;
}
#endif

/* A life can be begun or ended only from rest: what is on its way goes first. */
static bool change(struct row *row, uint32_t partition, bool stop, bool start)
{
    enum part_state state = part_state(partition);

    row_text(row, "name", config_partition(partition)->name);
    row_text(row, "was", state_names[state]);
    if (stop && state == PART_RUNNING)
        part_end(partition, start ? PART_END_RESTART : PART_END_OFF);
    else if (start && state == PART_OFF)
        part_ask_start(partition);
    else
        row_text(row, "error", "nothing to do in this state");
    return true;
}

static bool answer_restart(struct row *row, uint32_t n, uint64_t argument)
{
    return n == 0 && change(row, (uint32_t)argument, true, true);
}

static bool answer_stop(struct row *row, uint32_t n, uint64_t argument)
{
    return n == 0 && change(row, (uint32_t)argument, true, false);
}

static bool answer_start(struct row *row, uint32_t n, uint64_t argument)
{
    return n == 0 && change(row, (uint32_t)argument, false, true);
}

static bool answer_help(struct row *row, uint32_t n, uint64_t argument);

static const struct command commands[] = {
    { "ps", "state of each partition", false, answer_ps },
    { "stats", "counters of each partition and of the machine", false, answer_stats },
    { "plan", "what is in the plan", false, answer_plan },
    { "turns", "time of vCPUs that share a pCPU", false, answer_turns },
    { "health", "fault actions and what was counted", false, answer_health },
    { "mem", "our own constants and tables: mem [ADDRESS]", false, answer_mem },
#if HV_TRACE_RECORDS
    { "trace", "each pCPU's ring; trace PCPU: what it did", false, answer_trace },
#endif
    { "restart", "restart NAME: end this life, begin another", true, answer_restart },
    { "stop", "stop NAME", true, answer_stop },
    { "start", "start NAME", true, answer_start },
    { "help", "this list; json before a command gives JSON", false, answer_help },
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static bool answer_help(struct row *row, uint32_t n, uint64_t argument)
{
    (void)argument;
    if (n >= COMMAND_COUNT)
        return false;
    row_text(row, "command", commands[n].name);
    row_text(row, "does", commands[n].about);
    return true;
}

const struct command *command_find(const char *name)
{
    for (uint32_t i = 0; i < COMMAND_COUNT; i++)
        if (string_equal(commands[i].name, name))
            return &commands[i];
    return NULL;
}
