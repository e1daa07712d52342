/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's side of the machine: start-up of CPUs, interrupts to their handlers, memory and guard pages.
 */
#include "port.h"

#include "dtb.h"
#include "gic.h"
#include "mmu.h"
#include "os.h"

#define KICK_SGI       15u
#define BLOCK_SIZE     0x200000ul
#define TIMER_PRIORITY (GIC_PRIORITY - 0x10u) /* the kernel's timer comes first of all that nobody changed */

extern char guest_text_start[], guest_end[], guest_os_stacks_start[], guest_os_stacks_end[];
extern char port_resume_new[];

struct port_context *port_irq(void);
void port_nested_irq(void);

void port_context_make(struct port_context *context, void (*function)(void *), void *argument, void *stack_end)
{
    context->frame.x[19] = (uint64_t)function;
    context->frame.x[20] = (uint64_t)argument;
    context->sp = (uint64_t)stack_end & ~15ul;
    context->resume = (uint64_t)port_resume_new;
}

static void timer_interrupt(uint32_t intid)
{
    uint64_t state = os_enter();

    (void)intid;
    os_timeout_expired();
    os_leave(state);
}

static void kicked(uint32_t intid) { (void)intid; }

static void enable_interrupts(void)
{
    uint32_t timer = dtb_interrupt("arm,armv8-timer", 2, MACHINE_INTID_VTIMER); /* secure, physical, virtual */

    irq_set_handler(timer, timer_interrupt);
    irq_set_handler(KICK_SGI, kicked);
    gic_set_priority(timer, TIMER_PRIORITY);
    gic_enable(timer);
    gic_enable(KICK_SGI);
}

void port_init(void)
{
    sysreg_write(tpidrro_el0, &os.cpu[0]);
    sysreg_write(cntv_ctl_el0, 0);
    enable_interrupts();
}

bool port_init_cpu(uint32_t cpu, void *irq_stack)
{
    if (!irq_stack)
        return false;
    port_guard(irq_stack, true);
    os.cpu[cpu].port.irq_stack = (uint64_t)irq_stack + PORT_IRQ_STACK;
    return true;
}

void port_restore(void)
{
    gic_init();
    gic_init_cpu();
    enable_interrupts();
}

uint32_t port_cpu_count(void) { return gic_vcpu_count(); }

static void secondary(void)
{
    uint32_t index = cpu_this()->index;

    sysreg_write(tpidrro_el0, &os.cpu[index]);
    sysreg_write(cntv_ctl_el0, 0);
    enable_interrupts();
    os_run_cpu(index);
}

void port_start_cpu(uint32_t cpu) { cpu_start(cpu, secondary); }

void port_kick(uint32_t cpu) { gic_send_sgi(KICK_SGI, 1u << cpu); }

static inline void call(uint32_t intid)
{
    irq_unmask(); /* for what is more urgent */
    irq_call(intid);
    irq_mask();
}

static void __attribute__((noinline)) dispatch_v2(void)
{
    uint32_t token = gicv2_ack(), intid = token & 0x3ff;

    if (intid < GIC_INTID_SPECIAL) {
        call(intid);
        gicv2_eoi(token);
    }
}

/* Twice the same, so that the question which controller there is stands once. A special INTID is spurious: there is
 * nothing to complete. */
static inline void dispatch(void)
{
    uint32_t intid;

    if (gic.version != 3) {
        dispatch_v2();
        return;
    }
    intid = gicv3_ack();
    if (intid < GIC_INTID_SPECIAL) {
        call(intid);
        gicv3_eoi(intid);
    }
}

/* From switch.S, in a thread: whom to take up, NULL: the same. */
struct port_context *port_irq(void)
{
    struct os_cpu *cpu = os_cpu_this();
    struct os_thread *next;

    dispatch();
    if (!cpu->resched)
        return NULL;
    if (os.cpus > 1)
        port_spin_lock(&os.lock);
    next = os_next(cpu);
    if (next)
        return &next->context; /* the lock stays until the other context is complete */
    if (os.cpus > 1)
        port_spin_unlock(&os.lock);
    return NULL;
}

void port_nested_irq(void) { dispatch(); }

/* What the image leaves of its 2 MiB: there page by page can be taken away. */
void port_memory(uint64_t *base, uint64_t *size)
{
    uint64_t block_end = ((uint64_t)guest_text_start & ~(BLOCK_SIZE - 1)) + BLOCK_SIZE;
    uint64_t ram_end = mmu_ram_end();
    uint64_t end = ram_end < block_end ? ram_end : block_end;

    *base = ((uint64_t)guest_end + PORT_PAGE - 1) & ~(uint64_t)(PORT_PAGE - 1);
    *size = end > *base ? end - *base : 0;
}

void port_guard(void *page, bool on) { mmu_set_page((uint64_t)page, on ? 0 : MMU_NORMAL | MMU_XN); }

bool port_guard_static(void *stack)
{
    if ((char *)stack < guest_os_stacks_start + PORT_PAGE || (char *)stack >= guest_os_stacks_end ||
        (uint64_t)stack % PORT_PAGE)
        return false;
    port_guard((char *)stack - PORT_PAGE, true);
    return true;
}
