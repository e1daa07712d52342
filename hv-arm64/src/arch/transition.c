/* SPDX-License-Identifier: Apache-2.0
 *
 * Cache and TLB maintenance, one function per transition. No other file orders these
 * instructions, but for start/head.S while the image moves itself: no C can run then. The line
 * size is the smallest the architecture's CTR_EL0.DminLine reports.
 */
#include "arch/transition.h"

#include "arch/ops.h"
#include "lib/string.h"

#define LINE 64u /* every board's, of DC ZVA too; both are compared before they are used */

static uint64_t line_size(void)
{
    return 4ull << ((sysreg_read(ctr_el0) >> 16) & 15); /* CTR_EL0.DminLine: log2 of words */
}

static void clean_and_invalidate(uint64_t base, uint64_t size)
{
    uint64_t line = line_size();
    uint64_t end = base + size;
    uint64_t va = base & ~(line - 1);

    for (; va + 3 * line < end; va += 4 * line) { /* unrolled: a start does this for all of the RAM */
        op_dc_civac(va);
        op_dc_civac(va + line);
        op_dc_civac(va + 2 * line);
        op_dc_civac(va + 3 * line);
    }
    for (; va < end; va += line)
        op_dc_civac(va);
}

void transition_mmu_on(uint64_t mair, uint64_t tcr, uint64_t ttbr0, uint64_t sctlr)
{
    sysreg_write(mair_el2, mair);
    sysreg_write(tcr_el2, tcr);
    sysreg_write(ttbr0_el2, ttbr0);
    op_dsb_sy();      /* stores made with the MMU off, before any cacheable access */
    op_isb();
    op_tlbi_alle2();  /* reset does not promise empty TLBs: D8, "TLB behavior at reset" */
    op_tlbi_alle1is();
    op_ic_iallu();    /* nor empty instruction caches */
    op_dsb_sy();
    op_isb();
    sysreg_write(sctlr_el2, sctlr);
    op_isb();
}

void transition_root_switch(uint64_t ttbr0)
{
    op_dsb_nsh();     /* accesses through the old root are done */
    sysreg_write(ttbr0_el2, ttbr0);
    op_isb();         /* walks use the new root from here */
    op_tlbi_alle2();  /* EL2 has no ASID: entries of the old root would stay */
    op_dsb_nsh();
    op_isb();
}

void transition_payload_ready(uint64_t base, uint64_t size)
{
    clean_and_invalidate(base, size); /* to the point of coherency, where a guest without MMU reads */
    op_dsb_sy(); /* that guest's accesses are outside the inner shareable domain */
}

static bool lines_are_zeroed(void)
{
    return line_size() == LINE && (sysreg_read(dczid_el0) & 0x1f) == 4; /* not prohibited, 4 << 4 bytes */
}

/* Cache operations by address are in order with the stores to that address before them. */
static void zero_line(uint64_t va)
{
    op_dc_zva(va);
    op_dc_civac(va);
}

void transition_scrub(uint64_t base, uint64_t size)
{
    if (!lines_are_zeroed()) {
        memset((void *)base, 0, size);
        transition_payload_ready(base, size);
        return;
    }
    for (uint64_t va = base; va < base + size; va += 4 * LINE) {
        zero_line(va);
        zero_line(va + LINE);
        zero_line(va + 2 * LINE);
        zero_line(va + 3 * LINE);
    }
    op_dsb_sy(); /* as above */
}

void transition_vmid_reuse(void)
{
    op_dsb_ish();
    op_tlbi_vmalls12e1is();
    op_ic_ialluis();  /* the new payload is code */
    op_dsb_ish();
    op_isb();
}

void transition_spin_table(uint64_t release, uint64_t entry)
{
    *(volatile uint64_t *)release = entry;
    op_dc_cvac(release);
    op_dsb_sy();
    op_sev();
}

void transition_cpu_on(uint64_t base, uint64_t size)
{
    uint64_t line = line_size();

    for (uint64_t va = base & ~(line - 1); va < base + size; va += line)
        op_dc_cvac(va);
    op_dsb_sy();
}
