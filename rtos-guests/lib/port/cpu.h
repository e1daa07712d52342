/* SPDX-License-Identifier: Apache-2.0
 *
 * The CPU as C sees it: system registers, barriers, waits, device accesses, and one block of data for
 * each vCPU. Device accesses are single loads and stores of one register, because a hypervisor
 * that emulates a device learns nothing about any other kind (ESR_EL2.ISV = 0).
 */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine.h"

#define sysreg_read(reg)                                                                             \
    ({                                                                                               \
        uint64_t value_;                                                                             \
        __asm__ volatile("mrs %0, " #reg : "=r"(value_) : : "memory");                               \
        value_;                                                                                      \
    })
#define sysreg_write(reg, value) __asm__ volatile("msr " #reg ", %x0" : : "rZ"((uint64_t)(value)) : "memory")

static inline void isb(void) { __asm__ volatile("isb" : : : "memory"); }
static inline void dsb(void) { __asm__ volatile("dsb sy" : : : "memory"); }
static inline void cpu_yield(void) { __asm__ volatile("yield" : : : "memory"); }
static inline void cpu_wfi(void) { __asm__ volatile("dsb sy\n\twfi" : : : "memory"); }
static inline void irq_mask(void) { __asm__ volatile("msr daifset, #2" : : : "memory"); }
static inline void irq_unmask(void) { __asm__ volatile("msr daifclr, #2\n\tisb" : : : "memory"); }

static inline uint8_t mmio_read8(uint64_t address)
{
    uint32_t value;
    __asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return (uint8_t)value;
}
static inline uint32_t mmio_read32(uint64_t address)
{
    uint32_t value;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}
static inline uint64_t mmio_read64(uint64_t address)
{
    uint64_t value;
    __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}
static inline void mmio_write8(uint64_t address, uint8_t value)
{
    __asm__ volatile("strb %w0, [%1]" : : "r"(value), "r"(address) : "memory");
}
static inline void mmio_write32(uint64_t address, uint32_t value)
{
    __asm__ volatile("str %w0, [%1]" : : "r"(value), "r"(address) : "memory");
}
static inline void mmio_write64(uint64_t address, uint64_t value)
{
    __asm__ volatile("str %0, [%1]" : : "r"(value), "r"(address) : "memory");
}

struct frame; /* saved registers, fault.h */

/* An exception that somebody expected, see fault_expect(). */
struct fault {
    uint64_t esr, elr, far;
    uint32_t count;
};

#define CONSOLE_LINE_SIZE 160u

/* One for each vCPU; TPIDR_EL1 points to it. */
struct cpu {
    uint32_t index;
    const void *fault_expected; /* where on its stack somebody expects one; NULL: nobody does */
    struct fault fault;
    bool (*fault_hook)(struct frame *frame, uint64_t vector); /* sees every exception but IRQ first; true: dealt with */
    void (*entry)(void);                     /* of a secondary */
    uint64_t gicr;                           /* its redistributor */
    uint32_t line_length;
    char line[CONSOLE_LINE_SIZE];
};

extern struct cpu cpus[GUEST_VCPU_MAX];

static inline struct cpu *cpu_this(void) { return (struct cpu *)sysreg_read(tpidr_el1); }

/* Spins for that many ticks of the virtual counter. */
void cpu_spin_ticks(uint64_t ticks);

/* Starts vCPU `index` (1 ..) in `entry`, with MMU, stack and interrupt controller ready and interrupts
 * masked. Returns the answer of PSCI CPU_ON. An `entry` that returns switches its vCPU off. */
int64_t cpu_start(uint32_t index, void (*entry)(void));

/* CNTVCT_EL0 at the first instruction of this guest. */
extern uint64_t boot_cntvct;

#endif
