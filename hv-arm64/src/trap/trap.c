/* SPDX-License-Identifier: Apache-2.0
 *
 * Decodes a trap once, finds its handler by exception class, applies the verdict. Only this file
 * moves a guest's PC or takes a vCPU off its pCPU.
 */
#include "trap/trap.h"

#include "arch/guest.h"
#include "arch/ops.h"
#include "arch/pcpu.h"
#include "config/config.h"
#include "lib/bits.h"
#include "mem/mem.h"
#include "regs/regs.h"
#include "trace/trace.h"

/* Exception classes: DDI 0487, "ESR_EL2", field EC. */
#define EC_HVC64 0x16
#define EC_SMC64 0x17
#define EC_SYSREG 0x18
#define EC_IABT_LOW 0x20
#define EC_DABT_LOW 0x24
#define EC_UNKNOWN 0x00u
#define EC_SAME_EL 1u /* an abort's class one up: taken without a change of EL */

#define FSC_EXTERNAL 0x10u
#define SPSR_EL0T 0u

/* WFI and WFE are not trapped on a pinned pCPU. */
static enum trap_verdict trap_unexpected(struct vcpu *v, struct trap *t)
{
    (void)v;
    t->class = HV_FAULT_UNDEFINED;
    return TRAP_PARTITION_FAULT;
}

static trap_fn *const handlers[64] = { /* an empty entry means trap_unexpected() */
    [EC_HVC64] = hypercall_trap,
    [EC_SMC64] = hypercall_trap,
    [EC_SYSREG] = sysreg_handle,
    [EC_IABT_LOW] = abort_handle_instruction,
    [EC_DABT_LOW] = abort_handle_data,
};

static void inject_undefined(const struct trap *t)
{
    guest_inject_sync(field_put(ESR_EL2, EC, EC_UNKNOWN) | (t->esr & field_mask(ESR_EL2, IL)),
                      sysreg_read(far_el1));
}

static void inject_abort(const struct trap *t)
{
    uint64_t spsr = sysreg_read(spsr_el2);
    bool from_el0 = field_get(SPSR, M4, spsr) || field_get(SPSR, M, spsr) == SPSR_EL0T;
    uint64_t class = t->access == FAULT_EXEC ? EC_IABT_LOW : EC_DABT_LOW;
    uint64_t kept = field_mask(ESR_EL2, IL) | field_mask(ESR_ABORT, CM) | field_mask(ESR_ABORT, WnR);

    guest_inject_sync(field_put(ESR_EL2, EC, from_el0 ? class : class + EC_SAME_EL) | (t->esr & kept) |
                          field_put(ESR_ABORT, FSC, FSC_EXTERNAL),
                      t->far);
}

/* What the guest sees of a fault that it survives. */
static void inject(const struct trap *t)
{
    if (t->class == HV_FAULT_STAGE2)
        inject_abort(t);
    else
        inject_undefined(t);
}

static void log_and_skip(const struct trap *t)
{
    if (t->access == FAULT_EXEC)
        inject_abort(t); /* there is no instruction to skip */
    else
        guest_skip_instruction(t->esr);
}

static void partition_fault(struct vcpu *v, struct trap *t)
{
    enum hv_fault_action action = health_action(v->partition, t->class);

    trace_health(v->id, (uint64_t)t->class | (uint64_t)action << 8);
    if (health_may_report(v->partition)) {
        struct fault f = {
            .partition = v->partition, .vcpu = config_vcpu(v->id)->index, .class = t->class,
            .pc = sysreg_read(elr_el2), .esr = t->esr, .address = t->ipa, .access = t->access,
        };
        f.has_instruction = t->access != FAULT_EXEC &&
                            mem_read_instruction(v->partition, (va_t){ f.pc }, &f.instruction);
        health_report(&f, action);
    }
    switch (action) {
    case HV_FAULT_LOG:
        log_and_skip(t);
        return;
    case HV_FAULT_INJECT_ABORT:
        inject(t);
        return;
    case HV_FAULT_STOP:
        part_end(v->partition, PART_END_OFF);
        break;
    case HV_FAULT_RESTART:
    case HV_FAULT_RESTART_LIMIT: /* resolved by health_action() */
        if (part_end(v->partition, PART_END_RESTART)) /* another vCPU's fault may have been first */
            health_restarted(v->partition, t->class);
        break;
    }
    loop_run();
}

void trap_apply(struct vcpu *v, struct trap *t, enum trap_verdict verdict)
{
    switch (verdict) {
    case TRAP_RETRY:
        break;
    case TRAP_ADVANCE:
        guest_skip_instruction(t->esr);
        break;
    case TRAP_INJECT_UNDEF:
        inject_undefined(t);
        break;
    case TRAP_INJECT_ABORT:
        inject_abort(t);
        break;
    case TRAP_PARTITION_FAULT:
        partition_fault(v, t);
        break;
    }
}

void trap_sync(struct frame *frame, uint64_t esr)
{
    struct vcpu *v = pcpu_self()->vcpu;
    trap_fn *handler = handlers[field_get(ESR_EL2, EC, esr)];
    struct trap t = { .frame = frame, .esr = esr };

    trace_put(HV_TRACE_TRAP, v->id, esr);
    trap_apply(v, &t, (handler != NULL ? handler : trap_unexpected)(v, &t));
}

void trap_serror(struct frame *frame)
{
    struct vcpu *v = pcpu_self()->vcpu;
    struct trap t = { .frame = frame, .esr = sysreg_read(esr_el2), .class = HV_FAULT_STAGE2 };
    enum hv_fault_action action = (enum hv_fault_action)config_partition(v->partition)->fault_action[t.class];

    /* No instruction to blame or skip: a guest that lives on gets it as its own SError. */
    if (action == HV_FAULT_LOG || action == HV_FAULT_INJECT_ABORT) {
        struct fault f = { .partition = v->partition, .vcpu = config_vcpu(v->id)->index, .class = t.class,
                           .pc = sysreg_read(elr_el2), .esr = t.esr };
        if (health_may_report(v->partition))
            health_report(&f, action);
        guest_inject_serror();
        return;
    }
    partition_fault(v, &t);
}

void trap_fiq(struct frame *frame)
{
    struct vcpu *v = pcpu_self()->vcpu;
    struct fault f = { .partition = v->partition, .vcpu = config_vcpu(v->id)->index, .class = HV_FAULT_UNDEFINED,
                       .pc = sysreg_read(elr_el2) };

    (void)frame;
    if (health_may_report(v->partition))
        health_report(&f, HV_FAULT_LOG);
}
