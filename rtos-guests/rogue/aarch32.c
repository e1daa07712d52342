/* SPDX-License-Identifier: Apache-2.0
 *
 * Attack by AArch32 code at EL0: its traps reach a hypervisor through vectors of their own and with
 * condition codes. Each instruction below either works, or is undefined, or is answered by EL1 (this file).
 */
#include "rogue.h"

#define SPSR_USR_A32  0x1d0u /* AArch32 User, interrupts masked */
#define SPSR_USR_T32  0x1f0u
#define SPSR_EL1T     0x3c4u
#define SVC_DONE      7u
#define INSTRUCTIONS_MAX 64u

/* A32 words; the last one must be SVC_DONE. */
static const uint32_t a32_code[] = {
    0xe3a00042, /* mov r0, #0x42 */
    0xef000001, /* svc #1 */
    0x0f000001, /* svceq #1: condition may fail */
    0xee101f10, /* mrc p15, 0, r1, c0, c0, 0: MIDR */
    0xee112f11, /* mrc p15, 0, r2, c1, c1, 0: SCR */
    0xee012f11, /* mcr p15, 0, r2, c1, c1, 0 */
    0xee073f5e, /* mcr p15, 0, r3, c7, c14, 2: DCCISW */
    0xee073fba, /* mcr p15, 0, r3, c7, c10, 5: CP15DMB */
    0xee193f1c, /* mrc p15, 0, r3, c9, c12, 0: PMCR */
    0xec510f0f, /* mrrc p15, 0, r0, r1, c15 */
    0xee103e10, /* mrc p14, 0, r3, c0, c0, 0: DBGDIDR */
    0xee003e10, /* mcr p14, 0, r3, c0, c0, 0 */
    0xee3c3f11, /* mrc p15, 1, r3, c12, c1, 0 */
    0xeef03a10, /* vmrs r3, fpsid */
    0xeef13a10, /* vmrs r3, fpscr */
    0xe1400070, /* hvc #0: undefined in User mode */
    0xe1600070, /* smc #0 */
    0xe1200070, /* bkpt #0 */
    0xe320f003, /* wfi */
    0xe320f002, /* wfe */
    0xe7f000f0, /* udf #0 */
    0xe10f0000, /* mrs r0, cpsr */
    0xf10e0000, /* cps: ignored or undefined */
    0xe3a00042, /* mov r0, #0x42 */
    0xef000007, /* svc #SVC_DONE */
};

/* T32: movs r0, #0x42; it eq; svceq #1; udf #0; svc #SVC_DONE */
static const uint16_t t32_code[] = {0x2042, 0xbf08, 0xdf01, 0xde00, 0xdf07, 0xdf07};

extern uint64_t el0_run(uint64_t pc, uint64_t spsr);
extern char el0_return[];

static uint32_t page[1024] __attribute__((aligned(4096)));
static uint32_t instructions, traps;

/* Everything EL0 causes ends here: go on behind the instruction, or back to C. */
static bool el0_trap(struct frame *frame, uint64_t vector)
{
    uint64_t esr = sysreg_read(esr_el1);
    bool wide = !(frame->spsr & 0x20) || (esr & 1ul << 25); /* T32 may be 2 bytes */

    if (vector < 8)
        return false; /* not from EL0 */
    traps++;
    if ((ESR_EC(esr) == EC_SVC32 && (esr & 0xffff) == SVC_DONE) || ++instructions > INSTRUCTIONS_MAX) {
        frame->elr = (uint64_t)el0_return;
        frame->spsr = SPSR_EL1T;
        return true;
    }
    frame->spsr &= ~0x0600fc00ul; /* no IT block any more: the instruction counts as done */
    if (ESR_EC(esr) != EC_SVC32)
        frame->elr += wide ? 4 : 2;
    return true;
}

static void run(struct outcome *outcome, const void *code, uint32_t size, uint32_t spsr)
{
    uint64_t address = (uint64_t)page;

    memcpy(page, code, size);
    __asm__ volatile("dc cvau, %0\n\tdc cvau, %1\n\tdsb ish\n\tic ialluis\n\tdsb ish\n\tisb"
                     :
                     : "r"(address), "r"(address + 64)
                     : "memory");
    mmu_set_page(address, MMU_NORMAL | MMU_RO | MMU_EL0 | MMU_PXN);
    instructions = traps = 0;
    cpu_this()->fault_hook = el0_trap;
    if (el0_run(address, spsr) == 0x42)
        outcome->answers++;
    cpu_this()->fault_hook = NULL;
    mmu_set_page(address, MMU_NORMAL | MMU_XN);
    outcome->tries++;
    outcome->faults += traps;
    if (sysreg_read(CurrentEL) != 1u << 2)
        escape(outcome, "el", sysreg_read(CurrentEL));
}

void attack_aarch32(struct outcome *outcome)
{
    if ((sysreg_read(id_aa64pfr0_el1) & 0xf) != 2)
        return; /* EL0 is AArch64 only: 0 tries */
    run(outcome, a32_code, sizeof(a32_code), SPSR_USR_A32);
    run(outcome, t32_code, sizeof(t32_code), SPSR_USR_T32);
}
