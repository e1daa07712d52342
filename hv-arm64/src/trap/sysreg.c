/* SPDX-License-Identifier: Apache-2.0
 *
 * Trapped MSR and MRS. What is in the table is emulated; everything else that traps is
 * undefined to guests. Arm DDI 0487, "ISS encoding for an exception from MSR, MRS".
 */
#include "lib/bits.h"
#include "regs/regs.h"
#include "trap/trap.h"
#include "vdev/vgic.h"

#define REGISTER_ZERO 31u

typedef enum trap_verdict write_fn(struct vcpu *v, uint64_t value);

static enum trap_verdict write_sgi_group1(struct vcpu *v, uint64_t value)
{
    vgic_send_sgi(v->vgic, value, 1);
    return TRAP_ADVANCE;
}

static enum trap_verdict write_sgi_group0(struct vcpu *v, uint64_t value)
{
    vgic_send_sgi(v->vgic, value, 0);
    return TRAP_ADVANCE;
}

static enum trap_verdict write_ignored(struct vcpu *v, uint64_t value)
{
    (void)v;
    (void)value;
    return TRAP_ADVANCE;
}

/* op0, op1, CRn, CRm, op2 in one number, as in the register tables. */
#define ENCODING(op0, op1, crn, crm, op2) ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

static const struct {
    uint32_t encoding;
    write_fn *write;
} emulated[] = {
    { ENCODING(3, 0, 12, 11, 5), write_sgi_group1 }, /* ICC_SGI1R_EL1 */
    { ENCODING(3, 0, 12, 11, 6), write_ignored },    /* ICC_ASGI1R_EL1: there is no other security state */
    { ENCODING(3, 0, 12, 11, 7), write_sgi_group0 }, /* ICC_SGI0R_EL1 */
    { ENCODING(3, 3, 9, 14, 0), write_ignored },     /* PMUSERENR_EL0: Linux closes the PMU to EL0 before it has vectors */
};

enum trap_verdict sysreg_handle(struct vcpu *v, struct trap *t)
{
    uint32_t encoding = ENCODING((uint32_t)field_get(ESR_SYSREG, Op0, t->esr), (uint32_t)field_get(ESR_SYSREG, Op1, t->esr),
                                 (uint32_t)field_get(ESR_SYSREG, CRn, t->esr), (uint32_t)field_get(ESR_SYSREG, CRm, t->esr),
                                 (uint32_t)field_get(ESR_SYSREG, Op2, t->esr));
    uint32_t n = (uint32_t)field_get(ESR_SYSREG, Rt, t->esr);

    t->class = HV_FAULT_UNDEFINED;
    if (field_get(ESR_SYSREG, Direction, t->esr))
        return TRAP_PARTITION_FAULT; /* all that is emulated is write-only */
    for (uint32_t i = 0; i < ARRAY_COUNT(emulated); i++)
        if (emulated[i].encoding == encoding)
            return emulated[i].write(v, n == REGISTER_ZERO ? 0 : t->frame->x[n]);
    return TRAP_PARTITION_FAULT;
}
