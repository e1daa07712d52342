/* SPDX-License-Identifier: Apache-2.0
 *
 * Root switches and address conversion. No table entry is changed anywhere.
 */
#include "mem/mem.h"

#include "arch/ops.h"
#include "arch/transition.h"
#include "config/config.h"

#define PAR_EL1_F   BIT(0)
#define PAR_EL1_PA  0x000ffffffffff000ull

void mem_loader_begin(uint32_t partition)
{
    transition_root_switch(config_partition(partition)->loader_root.pa);
}

void mem_loader_end(void)
{
    transition_root_switch(config_global()->el2_root.pa);
}

void mem_activate_stage2(uint32_t partition)
{
    sysreg_write(vtcr_el2, config_global()->vtcr_el2);
    sysreg_write(vttbr_el2, config_partition(partition)->vttbr);
    op_isb();
}

bool mem_ram_address(uint32_t partition, ipa_t ipa, uint64_t size, pa_t *pa)
{
    const struct hv_partition_config *p = config_partition(partition);
    uint64_t offset = ipa.ipa - p->ram_ipa.ipa;

    if (ipa.ipa < p->ram_ipa.ipa || offset > p->ram_size || size > p->ram_size - offset)
        return false;
    pa->pa = p->ram_pa.pa + offset;
    return true;
}

/* PAR_EL1 belongs to the guest: it is put back after each use. */
static uint64_t translate(void (*operation)(uint64_t va), va_t va)
{
    uint64_t saved = sysreg_read(par_el1);

    operation(va.va);
    op_isb();
    uint64_t par = sysreg_read(par_el1);
    sysreg_write(par_el1, saved);
    return par;
}

bool mem_guest_ipa(va_t va, ipa_t *ipa)
{
    uint64_t par = translate(op_at_s1e1r, va);

    ipa->ipa = (par & PAR_EL1_PA) | (va.va & 0xfff);
    return !(par & PAR_EL1_F);
}

bool mem_read_instruction(uint32_t partition, va_t pc, uint32_t *instruction)
{
    const struct hv_partition_config *p = config_partition(partition);
    uint64_t par = translate(op_at_s12e1r, pc);
    uint64_t pa = (par & PAR_EL1_PA) | (pc.va & 0xffc);

    if ((par & PAR_EL1_F) || pa < p->ram_pa.pa || pa - p->ram_pa.pa > p->ram_size - 4)
        return false;
    mem_loader_begin(partition);
    *instruction = *(const volatile uint32_t *)pa;
    mem_loader_end();
    return true;
}
