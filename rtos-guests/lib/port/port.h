/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel asks of the machine, for AArch64 at EL1. rtos-guests/test/host/port.h offers the same for this
 * kernel's tests on a host.
 *
 * Threads run at EL1t: on SP_EL0, their own stack. SP_EL1 points to the running thread's context, so that an
 * exception saves there, however bad the thread's stack is, and goes on on the CPU's interrupt stack.
 */
#ifndef PORT_H
#define PORT_H

#include "cpu.h"
#include "fault.h"

#define PORT_PAGE      4096u
#define PORT_IRQ_STACK 8192u /* aligned to its size; the lower half is its guard */

struct port_context { /* switch.S knows the offsets */
    struct frame frame;
    uint64_t sp;
    uint64_t resume; /* the code that takes it up again */
};

struct port_cpu {
    uint64_t irq_stack; /* its top */
};

struct os_cpu;

static inline struct os_cpu *os_cpu_this(void) { return (struct os_cpu *)sysreg_read(tpidrro_el0); }

static inline uint64_t port_mask(void)
{
    uint64_t state = sysreg_read(daif);

    irq_mask();
    return state;
}
static inline void port_unmask(uint64_t state) { sysreg_write(daif, state); }
static inline bool port_was_masked(uint64_t state) { return state & 0x80; }
static inline bool port_is_masked(void) { return port_was_masked(sysreg_read(daif)); }
static inline bool port_in_handler(void) { return sysreg_read(spsel); }

static inline uint64_t port_now(void) { return sysreg_read(cntvct_el0); }
static inline uint64_t port_frequency(void) { return sysreg_read(cntfrq_el0); }
static inline void port_timer_set(uint64_t deadline) /* UINT64_MAX: never */
{
    if (deadline == UINT64_MAX) {
        sysreg_write(cntv_ctl_el0, 0);
    } else {
        sysreg_write(cntv_cval_el0, deadline);
        sysreg_write(cntv_ctl_el0, 1);
    }
}

static inline void port_idle(void) { cpu_wfi(); }
static inline void port_relax(void) { cpu_yield(); }

/* Interrupts are masked. */
static inline void port_spin_lock(uint32_t *lock)
{
    while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
        cpu_yield();
}
static inline void port_spin_unlock(uint32_t *lock) { __atomic_store_n(lock, 0, __ATOMIC_RELEASE); }

/* Saves the caller in `from`, takes up `to`. Returns when somebody takes up `from`. Lock held, then and now. */
void port_switch(struct port_context *from, struct port_context *to);

/* The first thread of this CPU. */
void port_run(struct port_context *context) __attribute__((noreturn));

/* A context that calls function(argument) on the stack below `stack_end`, then osThreadExit(). */
void port_context_make(struct port_context *context, void (*function)(void *), void *argument, void *stack_end);

void port_init(void);                             /* once; this CPU is 0 */
bool port_init_cpu(uint32_t cpu, void *irq_stack); /* false: no stack */
uint32_t port_cpu_count(void);
void port_start_cpu(uint32_t cpu); /* it will call os_run_cpu() */
void port_kick(uint32_t cpu);      /* an interrupt there, so that it looks at `resched` */

/* The interrupt controller as this CPU's kernel wants it, after somebody had it for himself. */
void port_restore(void);

/* Memory that nobody uses, for the kernel. */
void port_memory(uint64_t *base, uint64_t *size);

/* Takes the page away, or gives it back. */
void port_guard(void *page, bool on);

/* Does the stack at that address have a guard page below (OS_STACK)? Then it is one from now on. */
bool port_guard_static(void *stack);

#endif
