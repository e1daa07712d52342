/* SPDX-License-Identifier: Apache-2.0
 *
 * HVC and SMC: the SMC Calling Convention (Arm DEN 0028) for guests, and its architecture calls; psci.c has
 * the others. Both instructions are the same call. Results go to x0; every other register keeps its value.
 */
#include "trap/hypercall.h"

#include "arch/guest.h"
#include "arch/pcpu.h"
#include "arch/speculation.h"
#include "regs/regs.h"
#include "trace/trace.h"
#include "trap/trap.h"

#define SMCCC_VERSION 0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffu
#define SMCCC_ARCH_WORKAROUND_2 0x80007fffu
#define SMCCC_ARCH_WORKAROUND_1 0x80008000u

#define VERSION_1_1 0x10001
#define EC_SMC64 0x17u

static call_fn arch_features;

static int64_t version(struct vcpu *v, const struct frame *f)
{
    (void)v, (void)f;
    return VERSION_1_1;
}

/* A workaround that this CPU does not need: calling it does nothing. */
static int64_t workaround(struct vcpu *v, const struct frame *f)
{
    (void)v, (void)f;
    return CALL_SUCCESS;
}

/* What SMCCC_ARCH_FEATURES says of a function, and the function. A negative answer: it is not there. SMCCC_ARCH_SOC_ID
 * is not: which SoC it is, is no business of a partition. */
static int64_t arch_call(uint32_t id, call_fn **carry_out)
{
    int64_t answer = CALL_NOT_SUPPORTED;

    *carry_out = NULL;
    switch (id) {
    case SMCCC_VERSION:
        *carry_out = version;
        return CALL_SUCCESS;
    case SMCCC_ARCH_FEATURES:
        *carry_out = arch_features;
        return CALL_SUCCESS;
    case SMCCC_ARCH_WORKAROUND_1:
        answer = speculation_workaround_1();
        break;
    case SMCCC_ARCH_WORKAROUND_2:
        return speculation_workaround_2(); /* a function that nobody needs is not offered */
    case SMCCC_ARCH_WORKAROUND_3:
        answer = speculation_workaround_3();
        break;
    }
    if (answer >= 0)
        *carry_out = workaround;
    return answer;
}

static int64_t arch_features(struct vcpu *v, const struct frame *f)
{
    call_fn *carry_out;

    (void)v;
    return arch_call((uint32_t)f->x[1], &carry_out);
}

static int64_t mark(struct vcpu *v, const struct frame *f)
{
    trace_put(HV_TRACE_MARK, v->id, f->x[1]);
    return CALL_SUCCESS;
}

/* NULL: no such call. */
static inline call_fn *find(uint32_t id)
{
    call_fn *found = psci_find(id);

    if (found == NULL)
        (void)arch_call(id, &found);
    if (HV_TRACE_RECORDS && id == HV_TRACE_MARK_CALL)
        found = mark;
    return found;
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

    trace_put(HV_TRACE_CALL, pcpu_self()->vcpu->id, frame->x[0]);
    if (field_get(ESR_CALL, imm16, esr) != 0)
        return forbidden(frame, esr);
    if (field_get(ESR_EL2, EC, esr) == EC_SMC64) /* a trapped SMC returns to itself; an HVC behind itself */
        guest_skip_instruction(esr);
    return (uint64_t)(carry_out != NULL ? carry_out(pcpu_self()->vcpu, frame) : CALL_NOT_SUPPORTED);
}

enum trap_verdict hypercall_trap(struct vcpu *v, struct trap *t)
{
    (void)v;
    t->frame->x[0] = hypercall_handle(t->frame, t->esr);
    return TRAP_RETRY; /* the PC is where it belongs */
}
