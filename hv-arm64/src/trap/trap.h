/* SPDX-License-Identifier: Apache-2.0
 *
 * From exception class to handler to verdict. entry.S saves registers and calls one of the
 * entry functions; handlers decide, trap.c alone applies what they decided.
 */
#ifndef HV_TRAP_TRAP_H
#define HV_TRAP_TRAP_H

#include <stdint.h>

#include "arch/frame.h"
#include "health/health.h"
#include "part/part.h"

enum trap_verdict {
    TRAP_RETRY,           /* back to the same instruction */
    TRAP_ADVANCE,         /* the instruction was carried out */
    TRAP_INJECT_UNDEF,    /* the guest takes an undefined-instruction exception */
    TRAP_INJECT_ABORT,    /* or the abort real hardware would give it */
    TRAP_PARTITION_FAULT, /* the plan's action for this class of fault */
};

/* A trap, decoded once. */
struct trap {
    struct frame *frame;
    uint64_t esr;
    uint64_t far;
    ipa_t ipa;                   /* of aborts */
    enum fault_access access;
    enum hv_fault_class class;   /* which action a TRAP_PARTITION_FAULT takes */
};

typedef enum trap_verdict trap_fn(struct vcpu *v, struct trap *t);

trap_fn abort_handle_data;        /* abort.c */
trap_fn abort_handle_instruction;
trap_fn sysreg_handle;            /* sysreg.c */
trap_fn hypercall_trap;           /* hypercall.c */

/* Called by entry.S. */
void trap_sync(struct frame *frame, uint64_t esr);
void trap_serror(struct frame *frame);
void trap_fiq(struct frame *frame);
uint64_t hypercall_handle(struct frame *frame, uint64_t esr); /* hypercall.c: HVC and SMC; the guest's x0 */
void irq_handle(void);                                    /* irq.c */
/* What short_gicv3.S calls is in trap/short.h. */

/* Apply a verdict to the running vCPU; returns if it goes on. */
void trap_apply(struct vcpu *v, struct trap *t, enum trap_verdict verdict);

/* loop.c: what a pCPU does when no guest runs on it. Ends in a guest. */
_Noreturn void loop_run(void);
/* The running vCPU sleeps until an interrupt is pending for it, masked or not. Does not return if its partition stops. */
void loop_suspend(struct vcpu *v);
/* entry.S: to the guest whose registers are in this frame, which becomes the stack's end. */
_Noreturn void entry_resume(struct frame *frame);

#endif
