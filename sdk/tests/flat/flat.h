/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the flat guest share: a machine found through the devicetree alone, and checks
 * that print `PASS name` or `FAIL name: why`.
 */
#ifndef FLAT_H
#define FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPUS_MAX 8u
#define SPURIOUS 1023u

struct machine {
    uint64_t uart, gicd, gicr, gicc; /* gicr or gicc */
    uint32_t gic, cpus;              /* version; CPUs with enable-method psci */
    uint32_t vtimer, ptimer;         /* INTIDs */
    uint32_t uart_intid;
    bool psci_hvc;
    char bootargs[64];
};
extern struct machine machine;

/* fdt.c: false if something is missing. */
bool fdt_read(uint64_t blob);

/* main.c */
void print(const char *text);
void check(const char *name, bool ok, const char *what, uint64_t got);
void check_equal(const char *name, uint64_t got, uint64_t wanted);
int64_t psci(uint64_t id, uint64_t a, uint64_t b, uint64_t c);
void settle(void); /* long enough for an interrupt */
extern volatile uint32_t aborts, last_dfsc;
extern volatile uint64_t last_far;
extern volatile uint32_t got[CPUS_MAX][64], last_source[CPUS_MAX]; /* interrupts taken */
extern volatile uint32_t mask_in_handler; /* INTID that is disabled by its handler, being a level */

/* gic.c: the CPU interface, as its version has it; `frame` is where an INTID's banks are. */
void gic_cpu_begin(uint32_t cpu);
uint32_t gic_acknowledge(void);
void gic_end(uint32_t token);
void gic_send(uint32_t intid, uint32_t list, bool others);
uint64_t gic_frame(uint32_t intid);
bool gic_bit(uint32_t bank, uint32_t intid);
void gic_set_bit(uint32_t bank, uint32_t intid);
void gic_pend(uint32_t intid, bool on);

/* The checks. */
void check_registers(void);  /* registers.c: as they are at reset */
void check_sizes(void);      /* sizes.c */
void check_delivery(void);   /* delivery.c */
void check_timers(void);     /* timers.c */

#define GICD_CTLR 0x0000u
#define GICD_TYPER 0x0004u
#define GICD_IIDR 0x0008u
#define IGROUPR 0x0080u
#define ISENABLER 0x0100u
#define ICENABLER 0x0180u
#define ISPENDR 0x0200u
#define ICPENDR 0x0280u
#define ISACTIVER 0x0300u
#define ICACTIVER 0x0380u
#define IPRIORITYR 0x0400u
#define ITARGETSR 0x0800u
#define ICFGR 0x0c00u
#define GICD_SGIR 0x0f00u
#define GICD_CPENDSGIR 0x0f10u
#define GICD_SPENDSGIR 0x0f20u
#define GICD_IROUTER 0x6000u
#define GICV2_PIDR2 0x0fe8u
#define GICV3_PIDR2 0xffe8u
#define GICR_SGI 0x10000u
#define GICR_STRIDE 0x20000u

/* One plain load or store each: an emulated register wants no write-back and no pair. */
#define MMIO(bits, suffix, r)                                                                        \
    static inline uint##bits##_t read##bits(uint64_t address)                                        \
    {                                                                                                \
        uint64_t v;                                                                                  \
        __asm__ volatile("ldr" suffix " %" r "0, [%1]" : "=r"(v) : "r"(address) : "memory");         \
        return (uint##bits##_t)v;                                                                    \
    }                                                                                                \
    static inline void write##bits(uint64_t address, uint64_t v)                                     \
    {                                                                                                \
        __asm__ volatile("str" suffix " %" r "0, [%1]" : : "r"(v), "r"(address) : "memory");         \
    }
MMIO(8, "b", "w")
MMIO(16, "h", "w")
MMIO(32, "", "w")
MMIO(64, "", "x")

#define sysreg_read(name) ({ uint64_t v_; __asm__ volatile("mrs %0, " #name : "=r"(v_)); v_; })
#define sysreg_write(name, value) __asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")
static inline void isb(void) { __asm__ volatile("isb" : : : "memory"); }
static inline void dsb(void) { __asm__ volatile("dsb sy" : : : "memory"); }
static inline void irq_on(void) { __asm__ volatile("msr daifclr, #2" : : : "memory"); }
static inline void irq_off(void) { __asm__ volatile("msr daifset, #2" : : : "memory"); }

#endif
