/* SPDX-License-Identifier: Apache-2.0
 *
 * The machine of the host tests: what lib/port/port.h is on AArch64. Each context is a fiber of its own; time stands
 * still until a test moves it; interrupts come when a test says so.
 */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_PAGE      4096u
#define PORT_IRQ_STACK 8192u

struct port_context {
    uint32_t fiber; /* its number, from 1 */
};
struct port_cpu {
    uint64_t irq_stack;
};
struct os_cpu;

extern bool fake_masked, fake_in_handler;
extern uint64_t fake_now, fake_deadline;

struct os_cpu *os_cpu_this(void);
static inline uint64_t port_mask(void)
{
    uint64_t state = fake_masked;

    fake_masked = true;
    return state;
}
static inline void port_unmask(uint64_t state) { fake_masked = state; }
static inline bool port_was_masked(uint64_t state) { return state; }
static inline bool port_is_masked(void) { return fake_masked; }
static inline bool port_in_handler(void) { return fake_in_handler; }
static inline uint64_t port_now(void) { return fake_now; }
static inline uint64_t port_frequency(void) { return 62500000; }
static inline void port_timer_set(uint64_t deadline) { fake_deadline = deadline; }
static inline void port_relax(void) {}
static inline void port_spin_lock(uint32_t *lock) { *lock = 1; }
static inline void port_spin_unlock(uint32_t *lock) { *lock = 0; }

void port_idle(void); /* fake_idle() */
void port_switch(struct port_context *from, struct port_context *to);
void port_run(struct port_context *context) __attribute__((noreturn));
void port_context_make(struct port_context *context, void (*function)(void *), void *argument, void *stack_end);
void port_init(void);
bool port_init_cpu(uint32_t cpu, void *irq_stack);
uint32_t port_cpu_count(void);
void port_start_cpu(uint32_t cpu);
void port_kick(uint32_t cpu);
void port_memory(uint64_t *base, uint64_t *size);
void port_guard(void *page, bool on);
bool port_guard_static(void *stack);

/* ---- for tests ---- */

#define FAKE_GUARDS 64u

/* An interrupt: handler() in handler mode, then a switch if one is due. Only where interrupts are not masked. */
void fake_interrupt(void (*handler)(void));

/* Moves the time on by ticks (microseconds); the timer's interrupt comes once, at the end, if its time has come. */
void fake_advance(uint64_t ticks);

extern void (*fake_idle)(void); /* the test's: there time goes on */

/* How many pages are taken away. */
uint32_t fake_guards(void);

/* From a fiber: ends osKernelStart() and with it the test. */
void fake_stop(void);
void fake_start(void); /* osKernelStart(), until fake_stop() */

#endif
