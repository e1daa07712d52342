/* SPDX-License-Identifier: Apache-2.0
 *
 * HVC and SMC: the SMC Calling Convention (Arm DEN 0028) and PSCI (Arm DEN 0022) for guests.
 * Both instructions are the same call. Results go to x0; every other register keeps its value.
 */
#include "arch/guest.h"
#include "arch/pcpu.h"
#include "lib/bits.h"
#include "regs/regs.h"
#include "trap/short.h"
#include "trap/trap.h"

#define SMC32_SMCCC 0x80000000u /* architecture calls */
#define SMC32_PSCI  0x84000000u /* standard secure service: PSCI */
#define SMC64_BIT   BIT(30)

#define VERSION_1_1 0x10001
#define SUCCESS 0
#define NOT_SUPPORTED (-1)
#define MIGRATE_NOT_NEEDED 2
#define EC_SMC64 0x17u

/* A call that does not return leaves by loop_run(). */
typedef int64_t call_fn(struct vcpu *v, const struct frame *f);

/* Argument n, 1 to 3: 32 bits in an SMC32 call. */
static uint64_t argument(const struct frame *f, uint32_t n)
{
    return f->x[0] & SMC64_BIT ? f->x[n] : (uint32_t)f->x[n];
}

static int64_t version(struct vcpu *v, const struct frame *f)
{
    (void)v, (void)f;
    return VERSION_1_1;
}

static int64_t cpu_off(struct vcpu *v, const struct frame *f)
{
    (void)f;
    part_cpu_off(v);
    loop_run();
}

static int64_t cpu_on(struct vcpu *v, const struct frame *f)
{
    return part_cpu_on(v, argument(f, 1), argument(f, 2), argument(f, 3));
}

static int64_t affinity_info(struct vcpu *v, const struct frame *f)
{
    return part_affinity_info(v, argument(f, 1), argument(f, 2));
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

static call_fn psci_features, arch_features;

_Static_assert(CALL_CONSTANT_FIRST == SMC32_PSCI, "PSCI_VERSION");
const int32_t hypercall_constants[CALL_CONSTANT_COUNT] = {
    [0x0] = VERSION_1_1,
    [0x1] = CALL_NOT_CONSTANT,
    [0x2] = CALL_NOT_CONSTANT,
    [0x3] = CALL_NOT_CONSTANT,
    [0x4] = CALL_NOT_CONSTANT,
    [0x5] = NOT_SUPPORTED, /* MIGRATE */
    [0x6] = MIGRATE_NOT_NEEDED,
    [0x7] = NOT_SUPPORTED, /* MIGRATE_INFO_UP_CPU */
    [0x8] = CALL_NOT_CONSTANT,
    [0x9] = CALL_NOT_CONSTANT,
    [0xa] = CALL_NOT_CONSTANT,
    [0xb] = NOT_SUPPORTED, /* CPU_FREEZE */
    [0xc] = NOT_SUPPORTED, /* CPU_DEFAULT_SUSPEND */
    [0xd] = NOT_SUPPORTED, /* NODE_HW_STATE */
    [0xe] = CALL_NOT_CONSTANT,
    [0xf] = NOT_SUPPORTED,  /* PSCI_SET_SUSPEND_MODE */
    [0x10] = NOT_SUPPORTED, /* PSCI_STAT_RESIDENCY */
    [0x11] = NOT_SUPPORTED, /* PSCI_STAT_COUNT */
    [0x12] = CALL_NOT_CONSTANT,
    [0x13] = CALL_NOT_CONSTANT,
    [0x14] = CALL_NOT_CONSTANT,
};

/* By function number. */
static call_fn *const psci_calls[] = {
    [0x0] = version,           [0x2] = cpu_off,    [0x3] = cpu_on,       [0x4] = affinity_info,
    [0x6] = migrate_info_type, [0x8] = system_off, [0x9] = system_reset, [0xa] = psci_features,
};
#define PSCI_SMC64 (BIT(0x3) | BIT(0x4)) /* numbers that exist with 64-bit arguments too */

static call_fn *const arch_calls[] = {
    [0x0] = version,
    [0x1] = arch_features,
};

/* NULL: no such call. */
static inline call_fn *find(uint32_t id)
{
    uint32_t n = (id & (uint32_t)~SMC64_BIT) - SMC32_PSCI;

    if (n < ARRAY_COUNT(psci_calls))
        return (id & SMC64_BIT) && !(PSCI_SMC64 & BIT(n)) ? NULL : psci_calls[n];
    n = id - SMC32_SMCCC;
    return n < ARRAY_COUNT(arch_calls) ? arch_calls[n] : NULL;
}

static int64_t psci_features(struct vcpu *v, const struct frame *f)
{
    call_fn *asked = find((uint32_t)f->x[1]);

    (void)v;
    return asked != NULL && asked != arch_features ? SUCCESS : NOT_SUPPORTED;
}

static int64_t arch_features(struct vcpu *v, const struct frame *f)
{
    (void)v;
    return (uint32_t)f->x[1] - SMC32_SMCCC < ARRAY_COUNT(arch_calls) ? SUCCESS : NOT_SUPPORTED;
}

/* HVC or SMC immediates other than 0 are reserved by the calling convention. Not inlined: the common path then needs
 * no stack frame. */
__attribute__((noinline)) static uint64_t forbidden(struct frame *frame, uint64_t esr)
{
    struct trap t = { .frame = frame, .esr = esr, .class = HV_FAULT_CALL };

    if (field_get(ESR_EL2, EC, esr) != EC_SMC64)
        guest_back_to_call();
    trap_apply(pcpu_self()->vcpu, &t, TRAP_PARTITION_FAULT);
    return frame->x[0];
}

uint64_t hypercall_handle(struct frame *frame, uint64_t esr)
{
    call_fn *carry_out = find((uint32_t)frame->x[0]);

    if (field_get(ESR_CALL, imm16, esr) != 0)
        return forbidden(frame, esr);
    if (field_get(ESR_EL2, EC, esr) == EC_SMC64) /* a trapped SMC returns to itself; an HVC behind itself */
        guest_skip_instruction(esr);
    return (uint64_t)(carry_out != NULL ? carry_out(pcpu_self()->vcpu, frame) : NOT_SUPPORTED);
}

enum trap_verdict hypercall_trap(struct vcpu *v, struct trap *t)
{
    (void)v;
    t->frame->x[0] = hypercall_handle(t->frame, t->esr);
    return TRAP_RETRY; /* the PC is where it belongs */
}
