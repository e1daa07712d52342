/* SPDX-License-Identifier: Apache-2.0
 *
 * See port.h.
 */
#define _XOPEN_SOURCE 700
#include "port.h"

#include <stdlib.h>
#include <ucontext.h>

#include "os.h"

#define FIBERS     64u
#define FIBER_SIZE 131072u
#define ARENA_SIZE 1048576u

struct fiber {
    ucontext_t context;
    const struct port_context *owner; /* whose it was made for; made anew for the same */
    void (*function)(void *);
    void *argument, *stack;
};

bool fake_masked, fake_in_handler;
uint64_t fake_now = 12345678901, fake_deadline = UINT64_MAX;

static struct fiber fibers[FIBERS];
static ucontext_t outside;
static uint8_t arena[ARENA_SIZE] __attribute__((aligned(8192)));
static void *guards[FAKE_GUARDS];

struct os_cpu *os_cpu_this(void) { return &os.cpu[0]; }

static void fiber_main(unsigned number)
{
    struct fiber *fiber = &fibers[number];

    fake_masked = false;
    fiber->function(fiber->argument);
    osThreadExit();
}

/* The address of a context that ended may come again: its fiber is then nobody's. */
static __attribute__((noinline)) uint32_t fiber_for(const struct port_context *context)
{
    uint32_t i = 0;

    while (fibers[i].owner && fibers[i].owner != context)
        if (++i == FIBERS)
            abort();
    fibers[i].owner = context;
    if (!fibers[i].stack)
        fibers[i].stack = malloc(FIBER_SIZE);
    return i;
}

void port_context_make(struct port_context *context, void (*function)(void *), void *argument, void *stack_end)
{
    uint32_t number = fiber_for(context);
    struct fiber *fiber = &fibers[number];

    (void)stack_end;
    context->fiber = number + 1;
    fiber->function = function;
    fiber->argument = argument;
    fiber->context = outside; /* any context will do */
    fiber->context.uc_stack.ss_sp = fiber->stack;
    fiber->context.uc_stack.ss_size = FIBER_SIZE;
    fiber->context.uc_link = NULL;
    makecontext(&fiber->context, (void (*)(void))fiber_main, 1, number);
}

void port_switch(struct port_context *from, struct port_context *to)
{
    swapcontext(&fibers[from->fiber - 1].context, &fibers[to->fiber - 1].context);
}

void port_run(struct port_context *context)
{
    setcontext(&fibers[context->fiber - 1].context);
    abort();
}

void fake_start(void)
{
    static volatile bool started;

    getcontext(&outside);
    if (started)
        return;
    started = true;
    osKernelStart();
}

void fake_stop(void) { setcontext(&outside); }

void (*fake_idle)(void);
void port_idle(void) { fake_idle(); }

void port_init(void) { getcontext(&outside); }
bool port_init_cpu(uint32_t cpu, void *irq_stack)
{
    (void)cpu;
    return irq_stack;
}
uint32_t port_cpu_count(void) { return 1; }
void port_start_cpu(uint32_t cpu) { (void)cpu; }
void port_kick(uint32_t cpu) { (void)cpu; }

void port_memory(uint64_t *base, uint64_t *size)
{
    *base = (uint64_t)arena;
    *size = ARENA_SIZE;
}

void port_guard(void *page, bool on)
{
    uint32_t i;

    if ((uint64_t)page % PORT_PAGE)
        abort();
    for (i = 0; i < FAKE_GUARDS; i++) {
        if (guards[i] == (on ? NULL : page)) {
            guards[i] = on ? page : NULL;
            return;
        }
    }
    abort();
}

bool port_guard_static(void *stack)
{
    (void)stack;
    return false;
}

uint32_t fake_guards(void)
{
    uint32_t count = 0, i;

    for (i = 0; i < FAKE_GUARDS; i++)
        count += guards[i] != NULL;
    return count;
}

void fake_interrupt(void (*handler)(void))
{
    struct os_cpu *cpu = os_cpu_this();
    struct os_thread *from = cpu->current, *next;

    if (fake_masked || fake_in_handler)
        abort();
    fake_masked = fake_in_handler = true;
    fake_masked = false; /* nested ones may come; none does here */
    handler();
    fake_masked = true;
    fake_in_handler = false;
    next = cpu->resched ? os_next(cpu) : NULL;
    if (next && next != from)
        port_switch(&from->context, &next->context);
    fake_masked = false;
}

void fake_advance(uint64_t ticks)
{
    fake_now = os_tick_to_timer(os_tick_now() + ticks);
    if (fake_now >= fake_deadline)
        fake_interrupt(os_timeout_expired);
}
