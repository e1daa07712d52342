/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens to a partition that misbehaves: report it (rate-limited, so that a guest's noise
 * costs the neighbours nothing) and say which action the plan has for it.
 */
#ifndef HV_HEALTH_HEALTH_H
#define HV_HEALTH_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include <hv/config.h>

enum fault_access { FAULT_NO_ADDRESS, FAULT_READ, FAULT_WRITE, FAULT_EXEC };

struct fault {
    uint32_t partition, vcpu; /* vcpu: index in the partition */
    enum hv_fault_class class;
    uint64_t pc, esr;
    ipa_t address;
    enum fault_access access;
    bool has_instruction;
    uint32_t instruction;
};

/* Room for one more report of this partition now? If not it is counted. */
bool health_may_report(uint32_t partition);
void health_report(const struct fault *f, enum hv_fault_action action);
/* The action for one more fault of this class; HV_FAULT_RESTART_LIMIT is resolved to restart or stop. */
enum hv_fault_action health_action(uint32_t partition, enum hv_fault_class class);
/* A fault of this class has begun a restart: one of its limit is used up. */
void health_restarted(uint32_t partition, enum hv_fault_class class);

/* For who looks on, since the boot: faults of a class, reports that were not said, restarts used up of the limit. */
uint32_t health_faults(uint32_t partition, enum hv_fault_class class);
uint32_t health_dropped(uint32_t partition);
uint32_t health_restarts_used(uint32_t partition);
const char *health_class_name(enum hv_fault_class class);
const char *health_action_name(enum hv_fault_action action);

#endif
