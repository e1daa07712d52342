/* SPDX-License-Identifier: Apache-2.0
 *
 * What a partition with the fault action `inject abort` gets for accesses that are not its to make:
 * the exception that hardware without anything there would give, at the right instruction, and nothing else.
 */
#include "../check.h"

#define NOTHING 0x0b000000ul /* no device on any board */
#define DFSC_EXTERNAL 0x10u

extern char faults_load[], faults_store[], faults_pair[];

static uint64_t canary[4];

static void check_fault(const char *name, const struct fault *fault, bool taken, uint32_t ec, uint64_t elr, uint64_t far)
{
    if (taken && fault->count == 1 && ESR_EC(fault->esr) == ec && fault->elr == elr && (far == 0 || fault->far == far))
        print("PASS %s\n", name);
    else
        print("FAIL %s: %u faults, esr 0x%lx, elr 0x%lx (0x%lx expected), far 0x%lx\n", name, fault->count, fault->esr,
              fault->elr, elr, fault->far);
}

static void check_aborts(void)
{
    struct fault fault;
    uint64_t value = 0x5555, base = NOTHING;
    bool taken;

    fault_expect();
    __asm__ volatile("faults_load: ldr %0, [%1]" : "+r"(value) : "r"(NOTHING + 8) : "memory");
    taken = fault_taken(&fault);
    check_fault("read", &fault, taken, EC_DABT, (uint64_t)faults_load, NOTHING + 8);
    check_equal("read-dfsc", fault.esr & 0x3f, DFSC_EXTERNAL);
    check_equal("read-wnr", fault.esr & 1u << 6, 0);
    check_equal("read-keeps-register", value, 0x5555);

    fault_expect();
    __asm__ volatile("faults_store: str %w0, [%1]" : : "r"(1), "r"(NOTHING + 4) : "memory");
    taken = fault_taken(&fault);
    check_fault("write", &fault, taken, EC_DABT, (uint64_t)faults_store, NOTHING + 4);
    check_equal("write-wnr", fault.esr & 1u << 6, 1u << 6);

    fault_expect(); /* no syndrome: pair and write-back */
    __asm__ volatile("faults_pair: ldp x2, x3, [%0], #16" : "+r"(base) : : "x2", "x3", "memory");
    taken = fault_taken(&fault);
    check_fault("pair", &fault, taken, EC_DABT, (uint64_t)faults_pair, NOTHING);
    check_equal("pair-keeps-base", base, NOTHING);
}

static void check_jump(void)
{
    struct fault fault;
    bool taken;

    mmu_set_gib(0, MMU_DEVICE | MMU_RO); /* stage 1 lets us */
    fault_expect();
    __asm__ volatile("blr %0" : : "r"(NOTHING) : "x30", "memory");
    taken = fault_taken(&fault);
    mmu_set_gib(0, MMU_DEVICE | MMU_XN);
    check_fault("jump", &fault, taken, EC_IABT, NOTHING, NOTHING);
}

static void check_undefined(void)
{
    struct fault fault;
    bool taken;

    fault_expect();
    sysreg_read(hcr_el2);
    taken = fault_taken(&fault);
    check_that("el2-register", taken && ESR_EC(fault.esr) == EC_UNKNOWN, "not undefined");
    fault_expect();
    __asm__ volatile("udf #7");
    taken = fault_taken(&fault);
    check_that("udf", taken && ESR_EC(fault.esr) == EC_UNKNOWN, "not undefined");
    fault_expect();
    __asm__ volatile("svc #0x123");
    taken = fault_taken(&fault);
    check_that("svc", taken && ESR_EC(fault.esr) == EC_SVC64 && (fault.esr & 0xffff) == 0x123, "not ours");
}

/* PSTATE, stack and memory are as they were after many of them. */
static void check_state(void)
{
    uint64_t flags, i;
    uint32_t count = 0;
    struct fault fault;

    fault_expect();
    __asm__ volatile("cmp xzr, xzr\n\tldr xzr, [%1]\n\tmrs %0, nzcv" : "=r"(flags) : "r"(NOTHING) : "cc", "memory");
    fault_taken(NULL);
    check_equal("flags", flags >> 28, 6);
    for (i = 0; i < 4; i++)
        canary[i] = i * 0x0101010101010101;
    for (i = 0; i < 200; i++) {
        fault_expect();
        mmio_read32(NOTHING + 4 * i);
        fault_taken(&fault);
        count += fault.count == 1 && fault.far == NOTHING + 4 * i;
    }
    check_equal("two-hundred", count, 200);
    check_that("memory", canary[0] == 0 && canary[3] == 0x0303030303030303, "changed");
    irq_unmask();
    check_equal("interrupts-unmasked", sysreg_read(daif) & 0x80, 0);
    irq_mask();
}

void guest_main(void)
{
    check_aborts();
    check_jump();
    check_undefined();
    check_state();
    check_done();
}
