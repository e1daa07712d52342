/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens after vectors.S: interrupts to their handlers, expected faults passed over, the rest
 * reported, see fault.h.
 */
#include "fault.h"

#include "console.h"
#include "gic.h"
#include "irq.h"
#include "psci.h"

extern char guest_text_start[], guest_text_end[];

_Static_assert(sizeof(struct frame) <= 272, "vectors.S reserves this much");
void exception_entry(struct frame *frame, uint64_t vector);

static void irq_entry(void)
{
    uint32_t token = gic_ack(), intid = gic_intid(token);

    if (intid >= GIC_INTID_SPECIAL) /* spurious: nothing to complete */
        return;
    irq_call(intid);
    gic_eoi(token);
}

void fault_expect(void)
{
    struct cpu *cpu = cpu_this();

    cpu->fault = (struct fault){0};
    cpu->fault_expected = __builtin_frame_address(0);
    __asm__ volatile("" : : : "memory");
}

bool fault_taken(struct fault *fault)
{
    struct cpu *cpu = cpu_this();

    dsb(); /* a store's abort arrives before this is over */
    isb();
    cpu->fault_expected = NULL;
    if (fault)
        *fault = cpu->fault;
    return cpu->fault.count != 0;
}

static bool is_code(uint64_t pc) { return pc >= (uint64_t)guest_text_start && pc < (uint64_t)guest_text_end; }

static void pass_over(struct cpu *cpu, struct frame *frame, uint64_t vector, uint64_t esr)
{
    if (cpu->fault.count++ == 0) {
        cpu->fault.esr = esr;
        cpu->fault.elr = frame->elr;
        cpu->fault.far = sysreg_read(far_el1);
    }
    if ((vector & 3) != 0)
        return; /* SError: not the instruction's */
    if (ESR_EC(esr) == EC_ILLEGAL)
        frame->spsr &= ~SPSR_IL; /* an ERET that went to its address, but to no other EL */
    else if (ESR_EC(esr) == EC_IABT || ESR_EC(esr) == EC_PC_ALIGN || !is_code(frame->elr))
        frame->elr = frame->x[30];
    else if (ESR_EC(esr) != EC_SVC64) /* there ELR_EL1 is behind the instruction already */
        frame->elr += 4;
}

bool fault_is_handled(struct frame *frame, uint64_t vector)
{
    struct cpu *cpu = cpu_this();
    uint64_t esr = sysreg_read(esr_el1);

    if (cpu->fault_hook && cpu->fault_hook(frame, vector))
        return true;
    if (cpu->fault_expected) {
        pass_over(cpu, frame, vector, esr);
        return true;
    }
    cpu->fault_hook = NULL;
    return false;
}

void exception_entry(struct frame *frame, uint64_t vector)
{
    struct cpu *cpu = cpu_this();

    if ((vector & 3) == 1) {
        irq_entry();
        return;
    }
    if (fault_is_handled(frame, vector))
        return;
    if (cpu->line_length)
        print("\n");
    print("guest: unexpected exception vcpu=%u vector=%lu esr=0x%lx pc=0x%lx far=0x%lx\n", cpu->index, vector,
          sysreg_read(esr_el1), frame->elr, sysreg_read(far_el1));
    psci_system_off();
}
