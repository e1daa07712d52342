/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults under the kernel: who, where, why, registers and a backtrace; then the thread ends or the partition
 * does. Everything is printed by polling, behind what was printed before.
 */
#include "console.h"
#include "fault.h"
#include "os.h"
#include "psci.h"

#define FRAMES 16u

uint64_t os_last_context[256] __attribute__((aligned(16))); /* and a stack in its upper half, see switch.S */

static os_fault_action_t action = OS_FAULT_PARTITION_OFF;

extern char guest_text_start[], guest_text_end[];
struct port_context *port_thread_fault(struct port_context *context, uint64_t vector);
void port_fatal(uint64_t vector) __attribute__((noreturn));

void os_fault_action(os_fault_action_t wanted) { action = wanted; }

static const char *reason(uint64_t esr)
{
    switch (ESR_EC(esr)) {
    case EC_UNKNOWN: return "undefined instruction";
    case EC_ILLEGAL: return "illegal execution state";
    case EC_SVC64: return "supervisor call";
    case EC_IABT: return "instruction abort";
    case EC_PC_ALIGN: return "misaligned program counter";
    case EC_DABT: return esr & 1u << 6 ? "data abort, write" : "data abort, read";
    case EC_SP_ALIGN: return "misaligned stack pointer";
    case EC_BRK64: return "breakpoint";
    default: return "exception";
    }
}

static bool is_in(const struct os_thread *thread, uint64_t address)
{
    return address >= (uint64_t)thread->stack && address < (uint64_t)thread->stack + thread->stack_size;
}

static bool is_overflow(const struct os_thread *thread, uint64_t far)
{
    return thread->guarded && far >= (uint64_t)thread->stack - PORT_PAGE && far < (uint64_t)thread->stack;
}

/* Frame records: x29 points to the caller's x29, beside it the return address (AAPCS64, 6.4.6). */
static void backtrace(const struct os_thread *thread, const struct port_context *context)
{
    uint64_t frame = context->frame.x[29], pc = context->frame.elr;
    uint32_t i;

    print("fault: backtrace 0x%lx", pc);
    if (context->frame.x[30] != pc)
        print(" (0x%lx)", context->frame.x[30]);
    for (i = 0; i < FRAMES && frame % 8 == 0 && is_in(thread, frame) && is_in(thread, frame + 15); i++) {
        pc = ((const uint64_t *)frame)[1];
        if (pc < (uint64_t)guest_text_start || pc >= (uint64_t)guest_text_end)
            break;
        print(" 0x%lx", pc);
        if (((const uint64_t *)frame)[0] <= frame)
            break;
        frame = ((const uint64_t *)frame)[0];
    }
    print("\n");
}

static void registers(const struct port_context *context)
{
    uint32_t i;

    for (i = 0; i < 31; i++)
        print("%sx%u=0x%lx%s", i % 4 ? " " : "fault: ", i, context->frame.x[i], i % 4 == 3 ? "\n" : "");
    print("\n");
}

/* Of this CPU: the half that is left out below its interrupt stack. */
static bool is_irq_overflow(uint64_t far)
{
    uint64_t top = os_cpu_this()->port.irq_stack;

    return far < top - PORT_IRQ_STACK / 2 && far >= top - PORT_IRQ_STACK;
}

static void report(const char *who, const struct port_context *context, uint64_t esr, uint64_t far)
{
    const struct os_thread *thread = os_cpu_this()->current;
    const char *name = thread->object.name ? thread->object.name : "";

    console_take_over();
    print("fault: %s '%s' %s vcpu=%u esr=0x%lx pc=0x%lx far=0x%lx sp=0x%lx spsr=0x%lx\n", who, name,
          is_overflow(thread, far) ? "stack overflow" : is_irq_overflow(far) ? "interrupt stack overflow" : reason(esr), cpu_this()->index, esr, context->frame.elr, far,
          context->sp, context->frame.spsr);
    registers(context);
    backtrace(thread, context);
}

static __NO_RETURN void end_partition(void)
{
    console_flush();
    if (action == OS_FAULT_PARTITION_RESET)
        psci_system_reset();
    psci_system_off();
}

/* Did another thread of this vCPU expect a fault, but not this one? Then it is none of that one's business. */
static bool is_elsewhere(const struct os_thread *thread)
{
    const void *expected = cpu_this()->fault_expected;

    return expected && !is_in(thread, (uint64_t)expected);
}

/* From switch.S, on the interrupt stack. Returns whom to take up, with the kernel's lock held; NULL: the same, without. */
struct port_context *port_thread_fault(struct port_context *context, uint64_t vector)
{
    struct os_cpu *cpu = os_cpu_this();
    bool in_kernel = context->frame.spsr & 0x80; /* with interrupts masked: in the middle of a change */

    if (!is_elsewhere(cpu->current) && fault_is_handled(&context->frame, vector))
        return NULL;
    report(in_kernel ? "kernel, called by thread" : "thread", context, sysreg_read(esr_el1), sysreg_read(far_el1));
    if (action != OS_FAULT_END_THREAD || in_kernel || cpu->current->priority == 0)
        end_partition();
    if (os.cpus > 1)
        port_spin_lock(&os.lock);
    os_thread_end(cpu->current);
    cpu->hold = 0;
    return &os_next(cpu)->context;
}

/* From switch.S: vector number; the registers are in os_last_context, most of them. */
void port_fatal(uint64_t vector)
{
    struct port_context *context = (struct port_context *)os_last_context;

    context->frame.elr = sysreg_read(elr_el1);
    context->frame.spsr = sysreg_read(spsr_el1);
    print("fault: vector %lu\n", vector);
    report("handler, on thread", context, sysreg_read(esr_el1), sysreg_read(far_el1));
    end_partition();
}
