/* SPDX-License-Identifier: Apache-2.0
 *
 * Fault reports and actions. All state here belongs to one partition; a partition's vCPUs may
 * race for it, which costs a report at worst.
 */
#include "health/health.h"

#include "config/config.h"
#include "console/console.h"
#include "dev/htimer.h"
#include "lib/bucket.h"
#include "lib/format.h"

#define REPORTS_AT_ONCE 6u     /* what a pCPU's console ring holds */
#define REPORT_EVERY_US 10000u /* one more each 10 ms, up to that many */

static struct {
    struct bucket reports;
    uint32_t dropped;
    uint32_t restarts; /* used up of the limit */
    uint32_t dropped_ever;
    uint32_t faults[HV_FAULT_CLASS_COUNT];
} records[HV_PARTITION_COUNT];

static const char *const class_names[] = {
    [HV_FAULT_STAGE2] = "stage2", [HV_FAULT_UNDEFINED] = "undefined", [HV_FAULT_CALL] = "call",
};
static const char *const action_names[] = {
    [HV_FAULT_LOG] = "log", [HV_FAULT_INJECT_ABORT] = "inject-abort", [HV_FAULT_STOP] = "stop",
    [HV_FAULT_RESTART] = "restart", [HV_FAULT_RESTART_LIMIT] = "restart-limit",
};
static const char *const access_names[] = {
    [FAULT_NO_ADDRESS] = "", [FAULT_READ] = " read", [FAULT_WRITE] = " write", [FAULT_EXEC] = " exec",
};

bool health_may_report(uint32_t partition)
{
    if (bucket_take(&records[partition].reports, htimer_now(), htimer_ticks(REPORT_EVERY_US), REPORTS_AT_ONCE))
        return true;
    records[partition].dropped++;
    records[partition].dropped_ever++;
    return false;
}

static void say_dropped(uint32_t partition)
{
    struct text t;

    text_start(&t);
    text_string(&t, config_partition(partition)->name);
    text_string(&t, ": ");
    text_decimal(&t, records[partition].dropped);
    text_string(&t, " reports dropped");
    records[partition].dropped = 0;
    console_log(&t);
}

void health_report(const struct fault *f, enum hv_fault_action action)
{
    struct text t;

    if (records[f->partition].dropped != 0)
        say_dropped(f->partition);
    text_start(&t);
    text_string(&t, config_partition(f->partition)->name);
    text_string(&t, ": fault ");
    text_string(&t, class_names[f->class]);
    text_string(&t, " vcpu=");
    text_decimal(&t, f->vcpu);
    text_string(&t, " pc=");
    text_hex(&t, f->pc);
    text_string(&t, " esr=");
    text_hex(&t, f->esr);
    if (f->has_instruction) {
        text_string(&t, " insn=0x");
        text_hex_fixed(&t, f->instruction, 8);
    }
    if (f->access != FAULT_NO_ADDRESS) {
        text_string(&t, " addr=");
        text_hex(&t, f->address.ipa);
        text_string(&t, " (");
        text_string(&t, config_place(f->address.ipa)); /* devices and RAM are looked up as if physical */
        text_string(&t, ")");
        text_string(&t, access_names[f->access]);
    }
    text_string(&t, " action=");
    text_string(&t, action_names[action]);
    console_log(&t);
}

enum hv_fault_action health_action(uint32_t partition, enum hv_fault_class class)
{
    enum hv_fault_action action = (enum hv_fault_action)config_partition(partition)->fault_action[class];

    records[partition].faults[class]++;
    if (action != HV_FAULT_RESTART_LIMIT)
        return action;
    return records[partition].restarts < config_partition(partition)->restart_limit ? HV_FAULT_RESTART : HV_FAULT_STOP;
}

void health_restarted(uint32_t partition, enum hv_fault_class class)
{
    if (config_partition(partition)->fault_action[class] == HV_FAULT_RESTART_LIMIT)
        records[partition].restarts++;
}

uint32_t health_faults(uint32_t partition, enum hv_fault_class class)
{
    return records[partition].faults[class];
}

uint32_t health_dropped(uint32_t partition)
{
    return records[partition].dropped_ever;
}

uint32_t health_restarts_used(uint32_t partition)
{
    return records[partition].restarts;
}

const char *health_class_name(enum hv_fault_class class)
{
    return class_names[class];
}

const char *health_action_name(enum hv_fault_action action)
{
    return action_names[action];
}
