/* SPDX-License-Identifier: Apache-2.0
 *
 * Trapped MSR and MRS. What is in the tables is emulated; everything else that traps is
 * undefined to guests (docs/cpu.md). Arm DDI 0487, "ISS encoding for an exception from MSR, MRS".
 */
#include "arch/guest.h"
#include "arch/id.h"
#include "arch/ops.h"
#include "config/config.h"
#include "lib/bits.h"
#include "regs/regs.h"
#include "trap/trap.h"
#include "vdev/vgic.h"

#define REGISTER_ZERO 31u

/* ---- writes ---- */

typedef void write_fn(struct vcpu *v, uint64_t value);

static void write_sgi_group1(struct vcpu *v, uint64_t value)
{
    vgic_send_sgi(v->vgic, value, 1);
}

static void write_sgi_group0(struct vcpu *v, uint64_t value)
{
    vgic_send_sgi(v->vgic, value, 0);
}

static void write_ignored(struct vcpu *v, uint64_t value)
{
    (void)v;
    (void)value;
}

/* The lock is the pCPU's, which is the vCPU's alone; breakpoints work only while it is open. */
static void write_os_lock(struct vcpu *v, uint64_t value)
{
    (void)v;
    sysreg_write(oslar_el1, value & 1);
}

/* ---- reads ---- */

typedef uint64_t read_fn(void);

static uint64_t read_zero(void)
{
    return 0;
}

static uint64_t read_os_lock(void)
{
    return sysreg_read(oslsr_el1);
}

static uint64_t read_revidr(void)
{
    return sysreg_read(revidr_el1);
}

static uint64_t read_aidr(void)
{
    return sysreg_read(aidr_el1);
}

/* op0, op1, CRn, CRm, op2 in one number, as in the register tables. */
#define ENCODING(op0, op1, crn, crm, op2) ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

static const struct {
    uint32_t encoding;
    read_fn *read; /* NULL: undefined in this direction */
    write_fn *write;
} emulated[] = {
    { ENCODING(3, 0, 12, 11, 5), NULL, write_sgi_group1 },     /* ICC_SGI1R_EL1 */
    { ENCODING(3, 0, 12, 11, 6), NULL, write_sgi_group0 },     /* ICC_ASGI1R_EL1: with one security state its group 1 is group 0 */
    { ENCODING(3, 0, 12, 11, 7), NULL, write_sgi_group0 },     /* ICC_SGI0R_EL1 */
    { ENCODING(3, 0, 0, 0, 6), read_revidr, NULL },            /* REVIDR_EL1: errata are known by it */
    { ENCODING(3, 1, 0, 0, 7), read_aidr, NULL },              /* AIDR_EL1 */
    { ENCODING(2, 0, 1, 0, 4), NULL, write_os_lock },          /* OSLAR_EL1 */
    { ENCODING(2, 0, 1, 1, 4), read_os_lock, NULL },           /* OSLSR_EL1 */
    { ENCODING(2, 0, 1, 3, 4), read_zero, write_ignored },     /* OSDLR_EL1: the double lock is not there */
    { ENCODING(2, 0, 1, 4, 4), read_zero, write_ignored },     /* DBGPRCR_EL1: power is not the guest's */
};

/* The feature registers, all of them: reads that HCR_EL2.TID3 traps. */
static bool is_feature(uint64_t esr)
{
    uint64_t crm = field_get(ESR_SYSREG, CRm, esr);

    return field_get(ESR_SYSREG, Op0, esr) == 3 && field_get(ESR_SYSREG, Op1, esr) == 0 &&
           field_get(ESR_SYSREG, CRn, esr) == 0 && crm >= ID_CRM_FIRST && crm <= ID_CRM_LAST;
}

static bool emulate_read(const struct vcpu *v, uint64_t esr, uint32_t encoding, uint64_t *value)
{
    if (is_feature(esr)) {
        *value = id_register((uint32_t)field_get(ESR_SYSREG, CRm, esr), (uint32_t)field_get(ESR_SYSREG, Op2, esr),
                             config_has_pmu(v->partition) ? guest_pmu_version() : 0);
        return true;
    }
    for (uint32_t i = 0; i < ARRAY_COUNT(emulated); i++)
        if (emulated[i].encoding == encoding && emulated[i].read != NULL) {
            *value = emulated[i].read();
            return true;
        }
    return false;
}

static bool emulate_write(struct vcpu *v, uint32_t encoding, uint64_t value)
{
    for (uint32_t i = 0; i < ARRAY_COUNT(emulated); i++)
        if (emulated[i].encoding == encoding && emulated[i].write != NULL) {
            emulated[i].write(v, value);
            return true;
        }
    return false;
}

enum trap_verdict sysreg_handle(struct vcpu *v, struct trap *t)
{
    uint32_t encoding = ENCODING((uint32_t)field_get(ESR_SYSREG, Op0, t->esr), (uint32_t)field_get(ESR_SYSREG, Op1, t->esr),
                                 (uint32_t)field_get(ESR_SYSREG, CRn, t->esr), (uint32_t)field_get(ESR_SYSREG, CRm, t->esr),
                                 (uint32_t)field_get(ESR_SYSREG, Op2, t->esr));
    uint32_t n = (uint32_t)field_get(ESR_SYSREG, Rt, t->esr);
    uint64_t value = 0;
    bool done;

    t->class = HV_FAULT_UNDEFINED;
    if (field_get(ESR_SYSREG, Direction, t->esr)) {
        done = emulate_read(v, t->esr, encoding, &value);
        if (done && n != REGISTER_ZERO)
            t->frame->x[n] = value;
    } else {
        done = emulate_write(v, encoding, n == REGISTER_ZERO ? 0 : t->frame->x[n]);
    }
    return done ? TRAP_ADVANCE : TRAP_PARTITION_FAULT;
}
