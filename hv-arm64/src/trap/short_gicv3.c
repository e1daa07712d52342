/* SPDX-License-Identifier: Apache-2.0
 *
 * What short_gicv3.S calls for a plain word of the vGIC and for an SGI: they find the function that does it, and jump
 * there. What they refuse is done by abort.c and sysreg.c.
 */
#include "arch/ops.h"
#include "arch/pcpu.h"
#include "lib/bits.h"
#include "regs/regs.h"
#include "trap/short.h"
#include "vdev/vgicv3_short.h"

#define FSC_KIND 0x3cu
#define FSC_TRANSLATION 0x04u

static struct vgic_answer refuse(struct vgic_cpu *cpu, uint32_t word, uint32_t value)
{
    (void)cpu, (void)word, (void)value;
    return (struct vgic_answer){ 0, 0 };
}

struct vgic_answer abort_word(uint64_t stored, uint64_t esr)
{
    struct vgic_cpu *cpu = pcpu_self()->vgic;
    uint64_t page = sysreg_read(hpfar_el2);
    uint64_t far = sysreg_read(far_el2);
    const struct vgic_block *block = NULL;
    vgic_word_fn *carry_out = NULL;

    if (page == HV_GUEST_GICD_IPA >> 12 << HPFAR_EL2_FIPA_LO)
        block = vgic_distributor_page;
    else if (page == cpu->own_page)
        block = vgic_private_page;
    if (block != NULL && (esr & (field_mask(ESR_ABORT, S1PTW) | FSC_KIND)) == FSC_TRANSLATION && (far & 3) == 0) {
        block += (far >> 7) & 31;
        carry_out = field_get(ESR_ABORT, WnR, esr) ? block->write : block->read;
    }
    if (carry_out == NULL)
        carry_out = refuse;
    return carry_out(cpu, (uint32_t)(far >> 2) & 31, (uint32_t)stored); /* one call at the end: a jump */
}

bool sysreg_send_sgi(uint64_t value, uint64_t esr)
{
    uint64_t fixed = field_mask(ESR_SYSREG, Op0) | field_mask(ESR_SYSREG, Op1) | field_mask(ESR_SYSREG, Op2) |
                     field_mask(ESR_SYSREG, CRn) | field_mask(ESR_SYSREG, CRm) | field_mask(ESR_SYSREG, Direction);
    uint64_t sgi1r = field_put(ESR_SYSREG, Op0, 3) | field_put(ESR_SYSREG, CRn, 12) | field_put(ESR_SYSREG, CRm, 11) |
                     field_put(ESR_SYSREG, Op2, 5);

    return (esr & fixed) == sgi1r && vgic_send_sgi_short(pcpu_self()->vgic, value);
}
