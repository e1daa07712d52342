/* SPDX-License-Identifier: Apache-2.0
 *
 * A machine for host tests, in place of floors 0 and 1 of the hardware: system registers of a few
 * pCPUs, a GICv3 or GICv2 with its virtual CPU interface, a PL011, the counter, and a record of barriers,
 * cache and TLB operations. One thread: a test says which pCPU runs (fake.self).
 */
#ifndef FAKE_H
#define FAKE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_PCPUS 3u
#define FAKE_INTIDS 128u
#define FAKE_EVENTS 4096u
#define FAKE_UART_FIFO 32u
#define FAKE_GICD 0x08000000ull
#define FAKE_GICR 0x080a0000ull
#define FAKE_GICC 0x08010000ull
#define FAKE_GICC_DIR 0x08020000ull /* the second page, where each is repeated through 64 KiB */
#define FAKE_GICH 0x08030000ull
#define FAKE_UART 0x09000000ull
#define FAKE_FLASH 0x05fc0000ull /* one word of it */
#define FAKE_COUNTER_HZ 1000000000ull
#define FAKE_VTIMER_INTID 27u
#define FAKE_MAINTENANCE_INTID 25u

/* Every system register that the hypervisor names. */
#define FAKE_SYSREGS(X)                                                                              \
    X(ICC_BPR1_EL1) X(ICC_CTLR_EL1) X(ICC_DIR_EL1) X(ICC_EOIR1_EL1) X(ICC_IAR1_EL1) X(ICC_IGRPEN1_EL1) \
    X(ICC_PMR_EL1) X(ICC_SGI1R_EL1) X(ICC_SRE_EL2) X(ICH_AP0R0_EL2) X(ICH_AP0R1_EL2) X(ICH_AP0R2_EL2) \
    X(ICH_AP0R3_EL2) X(ICH_AP1R0_EL2) X(ICH_AP1R1_EL2) X(ICH_AP1R2_EL2) X(ICH_AP1R3_EL2)              \
    X(ICH_EISR_EL2) X(ICH_ELRSR_EL2) X(ICH_HCR_EL2) X(ICH_VMCR_EL2) X(ICH_VTR_EL2)                                    \
    X(ICH_LR0_EL2) X(ICH_LR1_EL2) X(ICH_LR2_EL2) X(ICH_LR3_EL2) X(ICH_LR4_EL2) X(ICH_LR5_EL2)         \
    X(ICH_LR6_EL2) X(ICH_LR7_EL2) X(ICH_LR8_EL2) X(ICH_LR9_EL2) X(ICH_LR10_EL2) X(ICH_LR11_EL2)       \
    X(ICH_LR12_EL2) X(ICH_LR13_EL2) X(ICH_LR14_EL2) X(ICH_LR15_EL2)                                   \
    X(afsr0_el1) X(afsr1_el1) X(amair_el1) X(cntfrq_el0) X(cnthctl_el2) X(cnthp_ctl_el2)              \
    X(cnthp_cval_el2) X(cntkctl_el1) X(cntp_ctl_el0) X(cntp_cval_el0) X(cntpct_el0) X(cntv_ctl_el0)   \
    X(cntv_cval_el0) X(cntvoff_el2) X(contextidr_el1) X(cpacr_el1) X(cptr_el2) X(csselr_el1)          \
    X(ctr_el0) X(dczid_el0) X(elr_el1) X(elr_el2) X(esr_el1) X(esr_el2) X(far_el1) X(far_el2)         \
    X(hcr_el2) X(hpfar_el2) X(hstr_el2) X(id_aa64mmfr1_el1) X(isr_el1) X(mair_el1) X(mair_el2)        \
    X(mdcr_el2) X(mdscr_el1) X(midr_el1) X(par_el1) X(sctlr_el1) X(sctlr_el2) X(sp_el0) X(sp_el1)     \
    X(spsr_el1) X(spsr_el2) X(tcr_el1) X(tcr_el2) X(tpidr_el0) X(tpidr_el1) X(tpidrro_el0)            \
    X(ttbr0_el1) X(ttbr0_el2) X(ttbr1_el1) X(vbar_el1) X(vmpidr_el2) X(vpidr_el2) X(vtcr_el2)         \
    X(vttbr_el2) \
    X(S3_0_C0_C1_0) X(S3_0_C0_C1_1) X(S3_0_C0_C1_2) X(S3_0_C0_C1_3) X(S3_0_C0_C1_4) X(S3_0_C0_C1_5) \
    X(S3_0_C0_C1_6) X(S3_0_C0_C1_7) X(S3_0_C0_C2_0) X(S3_0_C0_C2_1) X(S3_0_C0_C2_2) X(S3_0_C0_C2_3) \
    X(S3_0_C0_C2_4) X(S3_0_C0_C2_5) X(S3_0_C0_C2_6) X(S3_0_C0_C2_7) X(S3_0_C0_C3_0) X(S3_0_C0_C3_1) \
    X(S3_0_C0_C3_2) X(S3_0_C0_C3_3) X(S3_0_C0_C3_4) X(S3_0_C0_C3_5) X(S3_0_C0_C3_6) X(S3_0_C0_C3_7) \
    X(S3_0_C0_C4_0) X(S3_0_C0_C4_1) X(S3_0_C0_C4_2) X(S3_0_C0_C4_3) X(S3_0_C0_C4_4) X(S3_0_C0_C4_5) \
    X(S3_0_C0_C4_6) X(S3_0_C0_C4_7) X(S3_0_C0_C5_0) X(S3_0_C0_C5_1) X(S3_0_C0_C5_2) X(S3_0_C0_C5_3) \
    X(S3_0_C0_C5_4) X(S3_0_C0_C5_5) X(S3_0_C0_C5_6) X(S3_0_C0_C5_7) X(S3_0_C0_C6_0) X(S3_0_C0_C6_1) \
    X(S3_0_C0_C6_2) X(S3_0_C0_C6_3) X(S3_0_C0_C6_4) X(S3_0_C0_C6_5) X(S3_0_C0_C6_6) X(S3_0_C0_C6_7) \
    X(S3_0_C0_C7_0) X(S3_0_C0_C7_1) X(S3_0_C0_C7_2) X(S3_0_C0_C7_3) X(S3_0_C0_C7_4) X(S3_0_C0_C7_5) \
    X(S3_0_C0_C7_6) X(S3_0_C0_C7_7) X(dbgbcr0_el1) X(dbgbcr1_el1) X(dbgbcr2_el1) X(dbgbcr3_el1) X(dbgbcr4_el1) \
    X(dbgbcr5_el1) X(dbgbcr6_el1) X(dbgbcr7_el1) X(dbgbcr8_el1) X(dbgbcr9_el1) X(dbgbcr10_el1) X(dbgbcr11_el1) \
    X(dbgbcr12_el1) X(dbgbcr13_el1) X(dbgbcr14_el1) X(dbgbcr15_el1) X(dbgbvr0_el1) X(dbgbvr1_el1) X(dbgbvr2_el1) \
    X(dbgbvr3_el1) X(dbgbvr4_el1) X(dbgbvr5_el1) X(dbgbvr6_el1) X(dbgbvr7_el1) X(dbgbvr8_el1) X(dbgbvr9_el1) \
    X(dbgbvr10_el1) X(dbgbvr11_el1) X(dbgbvr12_el1) X(dbgbvr13_el1) X(dbgbvr14_el1) X(dbgbvr15_el1) \
    X(dbgwcr0_el1) X(dbgwcr1_el1) X(dbgwcr2_el1) X(dbgwcr3_el1) X(dbgwcr4_el1) X(dbgwcr5_el1) X(dbgwcr6_el1) \
    X(dbgwcr7_el1) X(dbgwcr8_el1) X(dbgwcr9_el1) X(dbgwcr10_el1) X(dbgwcr11_el1) X(dbgwcr12_el1) X(dbgwcr13_el1) \
    X(dbgwcr14_el1) X(dbgwcr15_el1) X(dbgwvr0_el1) X(dbgwvr1_el1) X(dbgwvr2_el1) X(dbgwvr3_el1) X(dbgwvr4_el1) \
    X(dbgwvr5_el1) X(dbgwvr6_el1) X(dbgwvr7_el1) X(dbgwvr8_el1) X(dbgwvr9_el1) X(dbgwvr10_el1) X(dbgwvr11_el1) \
    X(dbgwvr12_el1) X(dbgwvr13_el1) X(dbgwvr14_el1) X(dbgwvr15_el1) X(S3_4_C1_C2_2) X(S3_4_C1_C1_4) \
    X(S3_4_C1_C1_5) X(S3_4_C1_C1_6) X(S3_4_C3_C1_4) X(S3_4_C3_C1_5) X(S3_4_C3_C1_6) X(S3_4_C3_C1_2) \
    X(S3_4_C3_C1_3) X(S3_4_C3_C1_0) X(S3_4_C3_C1_1) X(S3_4_C3_C1_7) X(S3_4_C5_C2_3) X(id_aa64dfr0_el1) \
    X(id_aa64mmfr0_el1) X(id_aa64pfr0_el1) X(oslar_el1) X(oslsr_el1) X(revidr_el1) X(aidr_el1) \
    X(mdccint_el1) X(oseccr_el1) X(dbgclaimclr_el1) X(dbgclaimset_el1) X(S3_4_C12_C1_1) \
    X(pmcr_el0) X(pmcntenclr_el0) X(pmintenclr_el1) X(pmovsclr_el0) X(pmuserenr_el0) X(pmselr_el0) \
    X(pmccfiltr_el0) X(pmxevtyper_el0)

enum fake_sysreg {
#define FAKE_SYSREG(name) FAKE_##name,
    FAKE_SYSREGS(FAKE_SYSREG)
#undef FAKE_SYSREG
    FAKE_SYSREG_COUNT
};

/* One thing EL2 did that a cache, a TLB or another observer would see. */
struct fake_event {
    const char *what;
    uint64_t value;
    bool has_value;
};

struct fake_irq {
    bool enabled, pending, active, edge;
    bool line;     /* of a level-triggered device */
    bool disable_comes; /* it was disabled, and the CPU interface does not know yet */
    uint32_t route; /* pCPU, of an SPI */
};

struct fake_cpu {
    uint64_t reg[FAKE_SYSREG_COUNT];
    struct fake_irq private_irq[32];
    uint32_t wfi_count;
};

struct fake_uart {
    uint32_t reg[0x50 / 4];
    uint8_t sent[65536]; /* what the line saw, the oldest forgotten when full */
    uint32_t sent_count;
    uint32_t fifo_used;  /* bytes that the line has not taken yet */
    bool instant;        /* the line takes bytes at once */
    uint8_t input[256];
    uint32_t input_count, input_taken;
};

struct fake_flash {
    uint32_t word;
    uint32_t command;  /* what it was told last, in one half */
    uint32_t busy;     /* reads of its status until it has taken a word */
    uint32_t errors;   /* status bits that come with it, in one half */
    uint32_t programs; /* words it was told to take */
    bool locked;
};

struct fake {
    uint32_t self;
    uint64_t counter;
    struct fake_cpu cpu[FAKE_PCPUS];
    struct fake_irq spi[FAKE_INTIDS]; /* [0..31] are not used */
    struct fake_uart uart;
    struct fake_flash flash;
    uint64_t gicd_ctlr;
    bool disables_late; /* a disable takes effect only with fake_gic_catch_up() */
    bool recording;
    struct fake_event event[FAKE_EVENTS];
    uint32_t event_count;
    const char *firmware_by; /* "smc" or "hvc" of the last call */
    uint64_t firmware_call[4];
    uint64_t firmware_answer;
    uint32_t firmware_count;
    jmp_buf *stop; /* where a call that does not return goes to */
    const char *stopped_by;
    void *resumed; /* the frame of entry_resume() */
    uint64_t boot_count;
    void (*on_wfi)(void);
};

extern struct fake fake;

/* Power on: everything as at reset, pCPU blocks zero. */
void fake_reset(void);
void fake_record_start(void);

/* Runs a call that is expected not to return; who stopped it ("hv_bug: text", "entry_resume",
 * "wfi", ...), or NULL if it returned. */
const char *fake_stopped(void (*call)(void *), void *argument);

/* ---- what arch/ops.h and arch/mmio.h call ---- */
uint64_t fake_sysreg_read(enum fake_sysreg reg);
void fake_sysreg_write(enum fake_sysreg reg, uint64_t value);
void fake_op(const char *what);
void fake_op_address(const char *what, uint64_t va);
void fake_wfi(void);
uint64_t fake_pcpu_base(void);
uint32_t fake_crc32c(uint32_t crc, uint64_t word);
uint64_t fake_firmware(const char *by, uint64_t id, uint64_t a, uint64_t b, uint64_t c);
uint64_t fake_mmio_read(uint64_t address, uint32_t size);
void fake_mmio_write(uint64_t address, uint32_t size, uint64_t value);
_Noreturn void fake_stop(const char *why);

/* ---- the interrupt controller (fake_gic.c) ---- */
void fake_gic_reset(void);
struct fake_irq *fake_irq(uint32_t intid, uint32_t pcpu);
bool fake_gic_reads(uint64_t address, uint32_t size, uint64_t *value);
bool fake_gic_writes(uint64_t address, uint32_t size, uint64_t value);
uint32_t fake_gic_ack(void);
void fake_gic_deactivate(uint32_t intid);
void fake_gic_sgi(uint64_t sgir);
/* Registers of 32 INTIDs; `array` is the offset of IGROUPR to ICACTIVER / 0x80. */
uint32_t fake_gic_word_read(uint32_t array, uint32_t word, uint32_t pcpu);
void fake_gic_word_write(uint32_t array, uint32_t word, uint32_t pcpu, uint32_t value);
/* The same machine with a GICv2 (fake_gicv2.c). */
bool fake_gicv2_reads(uint64_t address, uint32_t size, uint64_t *value);
bool fake_gicv2_writes(uint64_t address, uint32_t size, uint64_t value);
/* A device's pulse, or its line. */
void fake_gic_pulse(uint32_t intid, uint32_t pcpu);
void fake_gic_line(uint32_t intid, uint32_t pcpu, bool high);
/* Disables that were written take effect: RWP reads 0 again. */
void fake_gic_catch_up(void);
/* Would this pCPU take an interrupt now? */
bool fake_gic_pending(uint32_t pcpu);

/* The guest's side of the virtual CPU interface of fake.self. */
uint64_t *fake_lr(uint32_t n);
uint32_t fake_lr_count(void);
uint64_t fake_lr_elrsr(void);
uint64_t fake_lr_eisr(void);
bool fake_maintenance(uint32_t pcpu);
/* ICV_IAR: best pending list register better than `running`; 1023 if none. */
uint32_t fake_guest_ack(uint32_t running, uint32_t *priority);
/* ICV_EOIR with EOImode 0. False: in no list register. */
bool fake_guest_eoi(uint32_t intid);
/* With a GICv2: the source of an SGI that it has acknowledged. */
uint32_t fake_guest_source(uint32_t intid);

/* ---- the UART (fake_uart.c) ---- */
void fake_uart_input(const void *bytes, uint32_t count);
void fake_uart_line_takes(uint32_t count);

#endif
