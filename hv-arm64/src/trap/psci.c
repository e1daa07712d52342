/* SPDX-License-Identifier: Apache-2.0
 *
 * PSCI 1.1 for guests (Arm DEN 0022): arguments, answers, and what does not come back. States of vCPUs
 * and partitions are in part/. The optional functions that are not here have nothing to say about a
 * virtual machine: CPU_FREEZE, CPU_DEFAULT_SUSPEND, NODE_HW_STATE, statistics, OS-initiated mode.
 */
#include "arch/guest.h"
#include "lib/bits.h"
#include "trap/hypercall.h"
#include "trap/short.h"
#include "trap/trap.h"

#define SMC32_PSCI 0x84000000u /* standard secure service: PSCI */
#define SMCCC_VERSION 0x80000000u

#define VERSION_1_1 0x10001
#define INVALID_PARAMETERS (-2)
#define DENIED (-3)
#define MIGRATE_NOT_NEEDED 2

/* power_state in its original format: a StateID means nothing here, PowerLevel 0 is the core. */
#define POWER_STATE_RESERVED 0xfcfe0000u
#define POWER_STATE_LEVEL 0x03000000u
#define POWER_STATE_DOWN BIT(16)

#define RESET_WARM 0u /* reset_type; from 0x80000000 on they are a vendor's */

static int64_t version(struct vcpu *v, const struct frame *f)
{
    (void)v, (void)f;
    return VERSION_1_1;
}

/* Sleeps, then begins anew: the registers are as after CPU_ON, timers and interrupt controller as they were. */
static _Noreturn void power_down(struct vcpu *v, uint64_t entry, uint64_t context)
{
    loop_suspend(v);
    part_vcpu_resume(v, entry, context);
    loop_run();
}

static int64_t cpu_suspend(struct vcpu *v, const struct frame *f)
{
    uint32_t state = (uint32_t)f->x[1];

    if (state & (POWER_STATE_RESERVED | POWER_STATE_LEVEL))
        return INVALID_PARAMETERS;
    if (state & POWER_STATE_DOWN) {
        int64_t refused = part_check_entry(v, call_argument(f, 2));

        if (refused != CALL_SUCCESS)
            return refused;
        power_down(v, call_argument(f, 2), call_argument(f, 3));
    }
    loop_suspend(v);
    return CALL_SUCCESS;
}

static int64_t cpu_off(struct vcpu *v, const struct frame *f)
{
    (void)f;
    part_cpu_off(v);
    loop_run();
}

static int64_t cpu_on(struct vcpu *v, const struct frame *f)
{
    return part_cpu_on(v, call_argument(f, 1), call_argument(f, 2), call_argument(f, 3));
}

static int64_t affinity_info(struct vcpu *v, const struct frame *f)
{
    return part_affinity_info(v, call_argument(f, 1), (uint32_t)f->x[2]);
}

static int64_t migrate_info_type(struct vcpu *v, const struct frame *f)
{
    (void)v, (void)f;
    return MIGRATE_NOT_NEEDED;
}

static int64_t system_off(struct vcpu *v, const struct frame *f)
{
    (void)f;
    part_end(v->partition, PART_END_OFF);
    loop_run();
}

static int64_t system_reset(struct vcpu *v, const struct frame *f)
{
    (void)f;
    part_end(v->partition, PART_END_RESTART);
    loop_run();
}

static int64_t system_suspend(struct vcpu *v, const struct frame *f)
{
    int64_t refused = part_check_entry(v, call_argument(f, 1));

    if (refused != CALL_SUCCESS)
        return refused;
    if (!part_others_off(v))
        return DENIED;
    power_down(v, call_argument(f, 1), call_argument(f, 2));
}

static int64_t system_reset2(struct vcpu *v, const struct frame *f)
{
    if ((uint32_t)f->x[1] != RESET_WARM)
        return INVALID_PARAMETERS;
    part_end(v->partition, PART_END_WARM_RESTART);
    loop_run();
}

/* RAM is overwritten at every start but a warm one, whatever was asked for: what is kept is the answer. */
static int64_t mem_protect(struct vcpu *v, const struct frame *f)
{
    return part_memory_protect(v->partition, (uint32_t)f->x[1] != 0);
}

static int64_t mem_protect_check_range(struct vcpu *v, const struct frame *f)
{
    return part_is_ram(v->partition, call_argument(f, 1), call_argument(f, 2)) ? CALL_SUCCESS : DENIED;
}

static call_fn features;

/* By function number. */
static call_fn *const calls[] = {
    [0x0] = version,
    [0x1] = cpu_suspend,
    [0x2] = cpu_off,
    [0x3] = cpu_on,
    [0x4] = affinity_info,
    [0x6] = migrate_info_type,
    [0x8] = system_off,
    [0x9] = system_reset,
    [0xa] = features,
    [0xe] = system_suspend,
    [0x12] = system_reset2,
    [0x13] = mem_protect,
    [0x14] = mem_protect_check_range,
};
/* Numbers that exist with 64-bit arguments too. */
#define HAS_SMC64 (BIT(0x1) | BIT(0x3) | BIT(0x4) | BIT(0xe) | BIT(0x12) | BIT(0x14))

_Static_assert(CALL_CONSTANT_FIRST == SMC32_PSCI, "PSCI_VERSION");
const int32_t hypercall_constants[CALL_CONSTANT_COUNT] = {
    [0x0] = VERSION_1_1,
    [0x1] = CALL_NOT_CONSTANT,
    [0x2] = CALL_NOT_CONSTANT,
    [0x3] = CALL_NOT_CONSTANT,
    [0x4] = CALL_NOT_CONSTANT,
    [0x5] = CALL_NOT_SUPPORTED, /* MIGRATE */
    [0x6] = MIGRATE_NOT_NEEDED,
    [0x7] = CALL_NOT_SUPPORTED, /* MIGRATE_INFO_UP_CPU */
    [0x8] = CALL_NOT_CONSTANT,
    [0x9] = CALL_NOT_CONSTANT,
    [0xa] = CALL_NOT_CONSTANT,
    [0xb] = CALL_NOT_SUPPORTED, /* CPU_FREEZE */
    [0xc] = CALL_NOT_SUPPORTED, /* CPU_DEFAULT_SUSPEND */
    [0xd] = CALL_NOT_SUPPORTED, /* NODE_HW_STATE */
    [0xe] = CALL_NOT_CONSTANT,
    [0xf] = CALL_NOT_SUPPORTED,  /* PSCI_SET_SUSPEND_MODE */
    [0x10] = CALL_NOT_SUPPORTED, /* PSCI_STAT_RESIDENCY */
    [0x11] = CALL_NOT_SUPPORTED, /* PSCI_STAT_COUNT */
    [0x12] = CALL_NOT_CONSTANT,
    [0x13] = CALL_NOT_CONSTANT,
    [0x14] = CALL_NOT_CONSTANT,
};

call_fn *psci_find(uint32_t id)
{
    uint32_t n = (id & (uint32_t)~CALL_SMC64) - SMC32_PSCI;

    if (n >= ARRAY_COUNT(calls) || ((id & CALL_SMC64) && !(HAS_SMC64 & BIT(n))))
        return NULL;
    return calls[n];
}

/* No function has flags to show: CPU_SUSPEND's format is the original one, and the mode platform-coordinated. */
static int64_t features(struct vcpu *v, const struct frame *f)
{
    uint32_t asked = (uint32_t)f->x[1];

    (void)v;
    return psci_find(asked) != NULL || asked == SMCCC_VERSION ? CALL_SUCCESS : CALL_NOT_SUPPORTED;
}
