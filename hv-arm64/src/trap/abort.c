/* SPDX-License-Identifier: Apache-2.0
 *
 * Stage-2 aborts: emulated registers go to their device, everything else is a fault of the
 * partition. An access without syndrome (pair, write-back, exclusive, cache operation) is never
 * decoded by guess. Arm DDI 0487, "ISS encoding for an exception from a Data Abort".
 */
#include "arch/guest.h"
#include "arch/ops.h"
#include "arch/pcpu.h"
#include "config/config.h"
#include "lib/bits.h"
#include "mem/mem.h"
#include "regs/regs.h"
#include "trap/trap.h"
#include "vdev/vgic.h"
#include "vdev/vuart.h"

#define FSC_KIND 0x3cu
#define FSC_TRANSLATION 0x04u
#define FSC_PERMISSION 0x0cu
#define FSC_LAST_TRANSLATION 0x0fu /* translation, access flag and permission faults are 0x04 to 0x0f */
#define REGISTER_ZERO 31u

static void decode_address(struct trap *t)
{
    uint32_t fsc = (uint32_t)field_get(ESR_ABORT, FSC, t->esr);

    t->class = HV_FAULT_STAGE2;
    t->far = sysreg_read(far_el2);
    t->ipa.ipa = field_get(HPFAR_EL2, FIPA, sysreg_read(hpfar_el2)) << 12 | (t->far & 0xfff);
    /* HPFAR_EL2 is not written by a permission fault outside a stage-1 walk. */
    if ((fsc & FSC_KIND) == FSC_PERMISSION && !field_get(ESR_ABORT, S1PTW, t->esr) &&
        !mem_guest_ipa((va_t){ t->far }, &t->ipa))
        t->ipa.ipa = 0;
    if (fsc > FSC_LAST_TRANSLATION)
        t->ipa.ipa = 0; /* an external abort: there is no IPA */
}

static uint64_t register_read(const struct frame *f, uint32_t n)
{
    return n == REGISTER_ZERO ? 0 : f->x[n];
}

static void register_write(struct frame *f, uint32_t n, uint64_t esr, uint64_t value)
{
    uint32_t unused = 64 - (8u << field_get(ESR_ABORT, SAS, esr));

    if (n == REGISTER_ZERO)
        return;
    value <<= unused;
    if (field_get(ESR_ABORT, SSE, esr))
        value = (uint64_t)((int64_t)value >> unused);
    else
        value >>= unused;
    f->x[n] = field_get(ESR_ABORT, SF, esr) ? value : (uint32_t)value;
}

/* A plain load or store of one register where stage 2 maps nothing: its syndrome is valid, it is no walk, and
 * HPFAR_EL2 is. */
static bool is_plain(uint64_t esr)
{
    uint64_t mask = field_mask(ESR_ABORT, ISV) | field_mask(ESR_ABORT, S1PTW) | FSC_KIND;

    return (esr & mask) == (field_mask(ESR_ABORT, ISV) | FSC_TRANSLATION);
}

/* Carries out the access if an emulated device is there. The order is that of how often they are used. */
static bool emulate(const struct vcpu *v, struct frame *f, uint64_t esr, uint64_t ipa)
{
    bool write = field_get(ESR_ABORT, WnR, esr) != 0;
    uint32_t size = 1u << field_get(ESR_ABORT, SAS, esr);
    uint32_t n = (uint32_t)field_get(ESR_ABORT, SRT, esr);
    uint64_t value = write ? register_read(f, n) & (~0ull >> (64 - 8 * size)) : 0;
    uint64_t offset;

    if ((ipa & (size - 1)) != 0)
        return false;
    if (HV_GIC_VERSION > 2 && (offset = ipa - HV_GUEST_GICR_IPA) < v->gicr_size) {
        uint32_t target = v->first + (uint32_t)(offset / HV_GUEST_GICR_STRIDE);

        offset %= HV_GUEST_GICR_STRIDE;
        if (write)
            vgic_redistributor_write(v->id, target, (uint32_t)offset, size, value);
        else
            value = vgic_redistributor_read(v->id, target, (uint32_t)offset, size);
    } else if ((offset = ipa - HV_GUEST_GICD_IPA) < HV_GUEST_GICD_SIZE) {
        if (write)
            vgic_distributor_write(v->id, (uint32_t)offset, size, value);
        else
            value = vgic_distributor_read(v->id, (uint32_t)offset, size);
    } else if ((offset = ipa - HV_GUEST_UART_IPA) < v->uart_size) {
        if (write)
            vuart_write(v->id, (uint32_t)offset, value);
        else
            value = vuart_read(v->id, (uint32_t)offset);
    } else {
        return false;
    }
    if (!write)
        register_write(f, n, esr, value);
    return true;
}

enum trap_verdict abort_handle_data(struct vcpu *v, struct trap *t)
{
    if (is_plain(t->esr)) {
        uint64_t page = field_get(HPFAR_EL2, FIPA, sysreg_read(hpfar_el2)) << 12;

        if (emulate(v, t->frame, t->esr, page | (sysreg_read(far_el2) & 0xfff)))
            return TRAP_ADVANCE;
    }
    decode_address(t);
    t->access = field_get(ESR_ABORT, WnR, t->esr) ? FAULT_WRITE : FAULT_READ;
    return TRAP_PARTITION_FAULT;
}

enum trap_verdict abort_handle_instruction(struct vcpu *v, struct trap *t)
{
    (void)v;
    decode_address(t);
    t->access = FAULT_EXEC;
    return TRAP_PARTITION_FAULT;
}
