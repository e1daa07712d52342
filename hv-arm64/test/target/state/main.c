/* SPDX-License-Identifier: Apache-2.0
 *
 * What a vCPU finds in its registers: zero, or their reset values, however it left them, at each CPU_ON and in each life.
 * And FP registers that stay what they are whatever EL2 does.
 */
#include "../check.h"

#define SCTLR_M_C_I 0x1005u
#define SCTLR_RES1 0x30d00800u

struct found {
    uint64_t x[30], sp;
    uint64_t zero[30]; /* look.S has the order */
    uint64_t sctlr;
    uint64_t fpcr, fpsr;
    uint64_t v[64];
    uint64_t done;
} __attribute__((aligned(64)));

static struct found found;
extern char entry_look[];

static void flush(void)
{
    for (uint64_t at = (uint64_t)&found; at < (uint64_t)&found + sizeof(found); at += 16)
        __asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
    dsb();
}

static bool look(void)
{
    uint64_t start = timer_now();

    found = (struct found){.done = 0};
    flush();
    if (psci_cpu_on(1, (uint64_t)entry_look, (uint64_t)&found) != PSCI_SUCCESS)
        return false;
    while (psci_affinity_info(1) != PSCI_AFFINITY_OFF && timer_now() - start < 10 * timer_frequency())
        cpu_yield();
    flush();
    return found.done == 1;
}

static uint64_t any(const uint64_t *words, uint32_t count)
{
    uint64_t bits = 0;

    while (count-- > 0)
        bits |= *words++;
    return bits;
}

static void check_found(const char *general, const char *system, const char *sctlr, const char *fp)
{
    bool came = look();

    check_that(general, came && (any(found.x, 30) | found.sp) == 0, "not zero");
    check_that(system, came && any(found.zero, 30) == 0, "not zero");
    check_that(sctlr, came && (found.sctlr & SCTLR_M_C_I) == 0 && (found.sctlr & SCTLR_RES1) == SCTLR_RES1, "not as at reset");
    check_that(fp, came && (any(found.v, 64) | found.fpcr | found.fpsr) == 0, "not zero");
}

static uint32_t fired;

static void handler(uint32_t intid)
{
    (void)intid;
    timer_stop();
    fired++;
}

/* Every FP register keeps its value while EL2 is entered by `how`. */
static void check_fp(const char *name, void (*how)(void))
{
    static uint64_t out[66] __attribute__((aligned(16)));
    uint32_t wrong = 0;

    __asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\t"
                     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
                     "add x9, %0, #\\n\n\tdup v\\n\\().2d, x9\n\t.endr\n\tmov x9, #0x400000\n\tmsr fpcr, x9"
                     : : "r"(0x1234500000000000ul) : "x9", "memory");
    how();
    __asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\t"
                     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
                     "str q\\n, [%0, #16 * \\n]\n\t.endr\n\tmrs x9, fpcr\n\tstr x9, [%0, #512]\n\tmsr fpcr, xzr"
                     : : "r"(out) : "x9", "memory");
    for (uint32_t n = 0; n < 32; n++)
        wrong += out[2 * n] != 0x1234500000000000ul + n || out[2 * n + 1] != out[2 * n];
    check_equal(name, wrong + (out[64] != 0x400000), 0);
}

static void by_call(void) { psci_version(); }
static void by_long_call(void) { psci_affinity_info(1); }
static void by_access(void) { mmio_read8(MACHINE_GICD + GICD_IPRIORITYR + MACHINE_INTID_PL011); }
static void by_output(void) { print("a line while FP registers are full\n"); }
static void by_fault(void)
{
    fault_expect();
    mmio_read32(0x0b000000ul); /* no device on any board */
    fault_taken(NULL);
}
static void by_interrupt(void)
{
    fired = 0;
    timer_set(timer_now() + timer_frequency() / 1000);
    while (fired == 0) {
        irq_unmask();
        irq_mask();
    }
}
static void by_sleep(void)
{
    timer_set(timer_now() + timer_frequency() / 1000);
    psci_call(PSCI_CPU_SUSPEND, 0, 0, 0);
    timer_stop();
}

void guest_main(void)
{
    irq_set_handler(MACHINE_INTID_VTIMER, handler);
    gic_enable(MACHINE_INTID_VTIMER);
    check_found("general", "system", "sctlr", "fp");
    check_found("general-again", "system-again", "sctlr-again", "fp-again");
    check_fp("fp-over-call", by_call);
    check_fp("fp-over-long-call", by_long_call);
    check_fp("fp-over-access", by_access);
    check_fp("fp-over-output", by_output);
    check_fp("fp-over-fault", by_fault);
    check_fp("fp-over-interrupt", by_interrupt);
    check_fp("fp-over-sleep", by_sleep);
    print("END of a life\n");
    psci_system_reset();
}
