/* SPDX-License-Identifier: Apache-2.0
 *
 * Plays operations from the mailbox on the interrupt controller that it finds: QEMU's from EL2, or Bulkhead's
 * virtual one from a partition. After each operation it looks at all outputs and all state. The first CPU
 * leads; another one does one job at a time and only when it is told, so that the order is the host's.
 */
#include "player.h"

#define GICD 0x08000000ul
#define GICR 0x080a0000ul
#define GICR_STRIDE 0x20000ul
#define SGI_FRAME 0x10000ul
#define IGROUPR 0x080u
#define ISENABLER 0x100u
#define ISPENDR 0x200u
#define ISACTIVER 0x300u
#define MAX_CPUS 8u
#define ISR_I (1u << 7)
#define ISR_F (1u << 6)
#define PSCI_CPU_ON 0xc4000003ul
#define FNV_START 0x811c9dc5u
#define FNV_PRIME 0x01000193u

enum job { JOB_NONE, JOB_OPERATION, JOB_SETTLE, JOB_LOOK };

/* What a CPU alone can see of itself, or sees of all. */
struct view {
    uint32_t own[4], spi[STATE_WORDS];
    uint32_t ap[4];
    uint64_t lr[16];
    bool irq, fiq, virq, vfiq, maintenance;
};

extern struct mailbox player_mailbox;
extern char player_start_other[];

static struct view views[MAX_CPUS];
static volatile uint32_t job_of[MAX_CPUS];
static uint32_t level;
static const uint32_t arrays[] = { ISENABLER, ISPENDR, ISACTIVER, IGROUPR };

static volatile struct mailbox *mailbox(void)
{
    return &player_mailbox;
}

static void wait_a_little(void)
{
    __asm__ volatile("dmb sy\n\tyield" ::: "memory");
}

void player_fault(uint64_t esr, uint64_t elr)
{
    volatile struct mailbox *m = mailbox();

    m->fault_esr = (uint32_t)esr;
    m->fault_elr = (uint32_t)elr;
    m->fault_level = level;
}

static uint32_t read32(uint64_t address)
{
    uint32_t value;

    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static uint64_t sysreg(uint32_t encoding, bool at_el1)
{
    return guarded(register_access(encoding, false), 0, at_el1).value;
}

#define READ(name, op1, crm, op2) sysreg(3 << 14 | (op1) << 11 | 12 << 7 | (crm) << 3 | (op2), false)

static uint64_t read_isr(uint64_t unused)
{
    uint64_t value;

    (void)unused;
    __asm__ volatile("mrs %0, ISR_EL1" : "=r"(value));
    return value;
}

static uint64_t read_pmr(void)
{
    uint64_t value;

    __asm__ volatile("mrs %0, S3_0_C4_C6_0" : "=r"(value));
    return value;
}

static void write_pmr(uint64_t value)
{
    __asm__ volatile("msr S3_0_C4_C6_0, %0\n\tisb" ::"r"(value));
}

/* At EL1 nothing physical may come in between: it goes to EL2 whatever is masked. */
static struct outcome at_el1(access_fn *act, uint64_t value)
{
    uint64_t pmr = read_pmr();
    struct outcome found;

    write_pmr(0);
    found = guarded(act, value, true);
    write_pmr(pmr);
    return found;
}

/* ---- one access of the bus ---- */

static uint64_t bus_address;
static uint32_t bus_size;

static uint64_t bus_read(uint64_t unused)
{
    uint64_t value = 0;

    (void)unused;
    switch (bus_size) {
    case 0:
        __asm__ volatile("ldrb %w0, [%1]\n\tdsb sy" : "=r"(value) : "r"(bus_address) : "memory");
        break;
    case 1:
        __asm__ volatile("ldrh %w0, [%1]\n\tdsb sy" : "=r"(value) : "r"(bus_address) : "memory");
        break;
    case 2:
        __asm__ volatile("ldr %w0, [%1]\n\tdsb sy" : "=r"(value) : "r"(bus_address) : "memory");
        break;
    default:
        __asm__ volatile("ldr %0, [%1]\n\tdsb sy" : "=r"(value) : "r"(bus_address) : "memory");
        break;
    }
    return value;
}

static uint64_t bus_write(uint64_t value)
{
    switch (bus_size) {
    case 0:
        __asm__ volatile("strb %w0, [%1]\n\tdsb sy" ::"r"(value), "r"(bus_address) : "memory");
        break;
    case 1:
        __asm__ volatile("strh %w0, [%1]\n\tdsb sy" ::"r"(value), "r"(bus_address) : "memory");
        break;
    case 2:
        __asm__ volatile("str %w0, [%1]\n\tdsb sy" ::"r"(value), "r"(bus_address) : "memory");
        break;
    default:
        __asm__ volatile("str %0, [%1]\n\tdsb sy" ::"r"(value), "r"(bus_address) : "memory");
        break;
    }
    return 0;
}

/* ---- what a CPU is told to do ---- */

static volatile struct operation *current;
static struct outcome outcome;

static void do_operation(void)
{
    bool write = current->kind == KIND_WRITE || current->kind == KIND_MSR;
    access_fn *act;

    switch (current->kind) {
    case KIND_READ:
    case KIND_WRITE:
        bus_address = GICD + current->address;
        bus_size = current->size;
        outcome = guarded(write ? bus_write : bus_read, current->data, false);
        break;
    case KIND_MRS:
    case KIND_MSR:
        act = register_access(current->address, write);
        if (act == 0)
            outcome = (struct outcome){ 0, STATUS_UNDEFINED };
        else if (current->el1 && level == 2)
            outcome = at_el1(act, current->data);
        else
            outcome = guarded(act, current->data, false);
        break;
    default:
        outcome = (struct outcome){ 0, STATUS_OK };
        break;
    }
    if (write)
        outcome.value = 0;
}

static void look_from_el2(struct view *v)
{
    uint64_t isr;

    isr = at_el1(read_isr, 0).value;
    v->virq = (isr & ISR_I) != 0;
    v->vfiq = (isr & ISR_F) != 0;
    v->maintenance = (READ(ICH_HCR_EL2, 4, 11, 0) & 1) && READ(ICH_MISR_EL2, 4, 11, 2) != 0;
    v->ap[2] = (uint32_t)READ(ICH_AP0R0_EL2, 4, 8, 0);
    v->ap[3] = (uint32_t)READ(ICH_AP1R0_EL2, 4, 9, 0);
    for (uint32_t n = 0; n < mailbox()->list_registers; n++)
        v->lr[n] = READ(ICH_LR<n>_EL2, 4, 12 + n / 8, n % 8);
}

/* Its own redistributor and interfaces. SPIs too: a vCPU sees of them what its own list registers have. The outputs come
 * last: what its line alone made pending the vGIC takes back when ISPENDR is read. */
static void look(uint32_t cpu)
{
    struct view *v = &views[cpu];
    uint64_t isr;

    for (uint32_t a = 0; a < 4; a++)
        v->own[a] = read32(GICR + cpu * GICR_STRIDE + SGI_FRAME + arrays[a]);
    if (cpu == 0 || level == 1)
        for (uint32_t w = 0; w < mailbox()->spi_words; w++)
            for (uint32_t a = 0; a < 4; a++)
                v->spi[4 * w + a] = read32(GICD + arrays[a] + 4 * (w + 1));
    v->ap[0] = (uint32_t)READ(ICC_AP0R0_EL1, 0, 8, 4);
    v->ap[1] = (uint32_t)READ(ICC_AP1R0_EL1, 0, 9, 0);
    isr = read_isr(0);
    v->irq = (isr & ISR_I) != 0;
    v->fiq = (isr & ISR_F) != 0;
    if (level == 2)
        look_from_el2(v);
}

static void do_job(uint32_t cpu, uint32_t job)
{
    if (job == JOB_OPERATION)
        do_operation();
    else if (job == JOB_LOOK)
        look(cpu);
}

static void tell(uint32_t cpu, uint32_t job)
{
    if (cpu == 0) {
        do_job(0, job);
        return;
    }
    job_of[cpu] = job;
    while (job_of[cpu] != JOB_NONE)
        wait_a_little();
}

static void follow(uint32_t cpu)
{
    for (;;) {
        uint32_t job = job_of[cpu];

        if (job == JOB_NONE) {
            wait_a_little();
            continue;
        }
        do_job(cpu, job);
        job_of[cpu] = JOB_NONE;
    }
}

/* ---- the leader ---- */

static void stop(void)
{
    volatile struct mailbox *m = mailbox();
    uint32_t n = m->stopped + 1;

    m->stopped = n;
    while (m->resumed != n)
        wait_a_little();
}

static uint32_t add(uint32_t digest, uint32_t word)
{
    volatile struct mailbox *m = mailbox();

    if (m->state_words < STATE_WORDS)
        m->state[m->state_words] = word;
    m->state_words++;
    return (digest ^ word) * FNV_PRIME;
}

/* In the order of ref/gic3.py, digest(). */
static uint32_t gather(volatile struct reply *r)
{
    volatile struct mailbox *m = mailbox();
    uint32_t digest = FNV_START;

    m->state_words = 0;
    for (uint32_t i = 0; i < 4 * m->spi_words; i++) {
        uint32_t word = views[0].spi[i];

        for (uint32_t cpu = 1; level == 1 && cpu < m->cpus; cpu++)
            word |= views[cpu].spi[i];
        digest = add(digest, word);
    }
    for (uint32_t cpu = 0; cpu < m->cpus; cpu++) {
        struct view *v = &views[cpu];

        r->irq |= (uint8_t)(v->irq << cpu);
        r->fiq |= (uint8_t)(v->fiq << cpu);
        r->virq |= (uint8_t)(v->virq << cpu);
        r->vfiq |= (uint8_t)(v->vfiq << cpu);
        r->maintenance |= (uint8_t)(v->maintenance << cpu);
        for (uint32_t i = 0; i < 4; i++)
            digest = add(digest, v->own[i]);
        for (uint32_t i = 0; i < 4; i++)
            digest = add(digest, v->ap[i]);
        for (uint32_t i = 0; i < m->list_registers; i++) {
            digest = add(digest, (uint32_t)v->lr[i]);
            digest = add(digest, (uint32_t)(v->lr[i] >> 32));
        }
    }
    return digest;
}

static void play(uint32_t n)
{
    volatile struct mailbox *m = mailbox();
    volatile struct reply *r = &m->replies[n];

    current = &m->operations[n];
    if (current->stops & STOP_BEFORE)
        stop();
    tell(current->cpu, JOB_OPERATION);
    if (current->stops & STOP_AFTER)
        stop();
    /* What one CPU tells another one comes when that one runs. */
    for (uint32_t round = 0; level == 1 && round < 2; round++)
        for (uint32_t cpu = 0; cpu < m->cpus; cpu++)
            tell(cpu, JOB_SETTLE);
    for (uint32_t cpu = 0; cpu < m->cpus; cpu++)
        tell(cpu, JOB_LOOK);
    r->data = outcome.value;
    r->status = (uint8_t)outcome.status;
    r->irq = r->fiq = r->virq = r->vfiq = r->maintenance = 0;
    r->digest = gather(r);
}

static void start_other(uint32_t cpu)
{
    register uint64_t x0 __asm__("x0") = PSCI_CPU_ON;
    register uint64_t x1 __asm__("x1") = cpu;
    register uint64_t x2 __asm__("x2") = (uint64_t)player_start_other;
    register uint64_t x3 __asm__("x3") = cpu;

    if (level == 2)
        __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
    else
        __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
    tell(cpu, JOB_SETTLE);
}

static void lead(void)
{
    volatile struct mailbox *m = mailbox();

    m->stopped = m->done = 0;
    m->fault_level = 0;
    m->bytes = sizeof(*m);
    m->level = level;
    m->magic = MAILBOX_MAGIC;
    while (!m->begin)
        wait_a_little();
    for (uint32_t cpu = 1; cpu < m->cpus; cpu++)
        start_other(cpu);
    for (;;) {
        while (m->batch == m->done)
            wait_a_little();
        for (uint32_t n = 0; n < m->given; n++)
            play(n);
        m->done = m->batch;
    }
}

void player_main(uint32_t cpu, uint32_t el)
{
    if (cpu != 0)
        follow(cpu);
    level = el;
    registers_start();
    lead();
}
