/* SPDX-License-Identifier: Apache-2.0
 *
 * Self-hosted debug at EL1: each breakpoint, each watchpoint, single step through what EL2 carries out; their masks and
 * the OS lock. Arm DDI 0487, "AArch64 Self-hosted Debug". A life ends with everything dirty; the next begins as after
 * reset.
 */
#include "../check.h"

#define EC_BREAKPOINT 0x31u
#define EC_STEP 0x33u
#define EC_WATCHPOINT 0x35u
#define MDSCR_SS 1ul
#define MDSCR_KDE (1ul << 13)
#define MDSCR_MDE (1ul << 15)
#define SPSR_D (1ul << 9)
#define SPSR_SS (1ul << 21)
#define BCR_EL1 ((0xful << 5) | (1ul << 1) | 1) /* four bytes, EL1, enabled */
#define WCR(bytes, kind) (((uint64_t)(bytes) << 5) | ((uint64_t)(kind) << 3) | (1ul << 1) | 1)
#define LOAD 1u
#define STORE 2u
#define STEPS 10u
#define GARBAGE 0x40000ff0ul

extern char debug_place[], debug_steps_end[];
extern uint64_t call_debug_function(uint64_t value) __asm__("debug_function");
extern uint64_t call_debug_steps(uint64_t device, uint64_t *word) __asm__("debug_steps");

#define SIXTEEN(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

static void set_breakpoint(uint32_t n, uint64_t address, uint64_t control)
{
    switch (n) {
#define SET(i)                               \
    case i:                                  \
        sysreg_write(dbgbvr##i##_el1, address); \
        sysreg_write(dbgbcr##i##_el1, control); \
        break;
        SIXTEEN(SET)
#undef SET
    }
    isb();
}

static void set_watchpoint(uint32_t n, uint64_t address, uint64_t control)
{
    switch (n) {
#define SET(i)                               \
    case i:                                  \
        sysreg_write(dbgwvr##i##_el1, address); \
        sysreg_write(dbgwcr##i##_el1, control); \
        break;
        SIXTEEN(SET)
#undef SET
    }
    isb();
}

static uint64_t breakpoint_bits(uint32_t n)
{
    switch (n) {
#define GET(i) case i: return sysreg_read(dbgbvr##i##_el1) | sysreg_read(dbgbcr##i##_el1);
        SIXTEEN(GET)
#undef GET
    }
    return 0;
}

static uint64_t watchpoint_bits(uint32_t n)
{
    switch (n) {
#define GET(i) case i: return sysreg_read(dbgwvr##i##_el1) | sysreg_read(dbgwcr##i##_el1);
        SIXTEEN(GET)
#undef GET
    }
    return 0;
}

static uint32_t breakpoints(void) { return ((uint32_t)(sysreg_read(id_aa64dfr0_el1) >> 12) & 15) + 1; }
static uint32_t watchpoints(void) { return ((uint32_t)(sysreg_read(id_aa64dfr0_el1) >> 20) & 15) + 1; }

static struct {
    uint32_t count, ec, wrong_step;
    uint64_t elr, far, esr, last;
} seen;
static bool stepping;

static void all_off(void)
{
    for (uint32_t n = 0; n < breakpoints(); n++)
        set_breakpoint(n, 0, 0);
    for (uint32_t n = 0; n < watchpoints(); n++)
        set_watchpoint(n, 0, 0);
}

/* Notes the first of a kind and lets the instruction go on without it. */
static bool hook(struct frame *frame, uint64_t vector)
{
    uint64_t esr = sysreg_read(esr_el1);
    uint32_t ec = ESR_EC(esr);

    (void)vector;
    if (ec == EC_SVC64 && stepping) {
        sysreg_write(mdscr_el1, sysreg_read(mdscr_el1) | MDSCR_SS | MDSCR_KDE);
        isb();
        frame->spsr = (frame->spsr | SPSR_SS) & ~SPSR_D;
        seen.last = frame->elr;
        return true;
    }
    if (ec == EC_STEP) {
        seen.count++;
        seen.wrong_step += frame->elr != seen.last + 4;
        seen.last = frame->elr;
        frame->spsr |= SPSR_SS;
        if (seen.count == STEPS) {
            sysreg_write(mdscr_el1, sysreg_read(mdscr_el1) & ~MDSCR_SS);
            isb();
            frame->spsr &= ~SPSR_SS;
        }
        return true;
    }
    if (ec != EC_BREAKPOINT && ec != EC_WATCHPOINT && ec != EC_BRK64)
        return false;
    if (seen.count++ == 0) {
        seen.ec = ec;
        seen.esr = esr;
        seen.elr = frame->elr;
        seen.far = sysreg_read(far_el1);
    }
    if (ec == EC_BRK64)
        frame->elr += 4;
    else
        all_off();
    return true;
}

static void listen(uint64_t mdscr)
{
    seen.count = 0;
    sysreg_write(mdscr_el1, mdscr);
    isb();
    __asm__ volatile("msr daifclr, #8\n\tisb" : : : "memory");
}

static void deaf(void)
{
    seen.count = 0;
    __asm__ volatile("msr daifset, #8" : : : "memory");
}

static uint32_t called(void)
{
    uint64_t answer = call_debug_function(41);

    if (answer != 42)
        print("FAIL breakpoints: the function did not go on\n");
    return seen.count;
}

static void check_reset(void)
{
    uint64_t bits = 0;

    for (uint32_t n = 0; n < breakpoints(); n++)
        bits |= breakpoint_bits(n);
    for (uint32_t n = 0; n < watchpoints(); n++)
        bits |= watchpoint_bits(n);
    check_equal("points-at-reset", bits, 0);
    check_equal("mdscr-at-reset", sysreg_read(mdscr_el1), 0);
    check_equal("locked-at-reset", sysreg_read(oslsr_el1) >> 1 & 1, 1);
    check_equal("claim-at-reset", sysreg_read(dbgclaimclr_el1), 0);
}

static void check_breakpoints(void)
{
    uint32_t wrong = 0;

    sysreg_write(oslar_el1, 0);
    isb();
    check_equal("lock-opens", sysreg_read(oslsr_el1) >> 1 & 1, 0);
    for (uint32_t n = 0; n < breakpoints(); n++) {
        all_off();
        set_breakpoint(n, (uint64_t)debug_place, BCR_EL1);
        listen(MDSCR_KDE | MDSCR_MDE);
        wrong += called() != 1 || seen.ec != EC_BREAKPOINT || seen.elr != (uint64_t)debug_place;
    }
    check_equal("breakpoints", wrong, 0);
    set_breakpoint(0, (uint64_t)debug_place, BCR_EL1);
    deaf();
    check_equal("masked-by-d", called(), 0);
    listen(MDSCR_MDE);
    check_equal("not-without-kde", called(), 0);
    listen(MDSCR_KDE);
    check_equal("not-without-mde", called(), 0);
    listen(MDSCR_KDE | MDSCR_MDE);
    set_breakpoint(0, (uint64_t)debug_place, BCR_EL1 ^ (3ul << 1)); /* EL0 only */
    check_equal("not-of-el0", called(), 0);
    sysreg_write(oslar_el1, 1); /* that none is taken then is the CPU's to do; QEMU 10 takes them */
    isb();
    check_equal("lock-closes", sysreg_read(oslsr_el1) >> 1 & 1, 1);
    sysreg_write(oslar_el1, 0);
    isb();
    all_off();
}

static volatile uint64_t watched[2] __attribute__((aligned(16)));

static void load(uint64_t address) { __asm__ volatile("ldrb w9, [%0]" : : "r"(address) : "x9", "memory"); }
static void store(uint64_t address) { __asm__ volatile("strb wzr, [%0]" : : "r"(address) : "memory"); }

static uint32_t touched(uint32_t n, uint64_t control, void (*how)(uint64_t), uint32_t byte)
{
    set_watchpoint(n, (uint64_t)watched, control);
    seen.count = 0;
    how((uint64_t)watched + byte);
    all_off();
    return seen.count;
}

static void check_watchpoints(void)
{
    uint32_t wrong = 0;

    listen(MDSCR_KDE | MDSCR_MDE);
    for (uint32_t n = 0; n < watchpoints(); n++) {
        wrong += touched(n, WCR(0xff, LOAD), load, 3) != 1 || seen.ec != EC_WATCHPOINT || (seen.esr >> 6 & 1) != 0 ||
                 seen.far - (uint64_t)watched > 7;
        wrong += touched(n, WCR(0xff, STORE), store, 7) != 1 || (seen.esr >> 6 & 1) != 1;
    }
    check_equal("watchpoints", wrong, 0);
    check_equal("not-the-other-kind", touched(0, WCR(0xff, LOAD), store, 0) + touched(0, WCR(0xff, STORE), load, 0), 0);
    check_equal("not-other-bytes", touched(0, WCR(0x02, LOAD | STORE), load, 0) +
                                   touched(0, WCR(0x02, LOAD | STORE), load, 8), 0);
    check_equal("the-byte", touched(0, WCR(0x02, LOAD | STORE), load, 1), 1);
    deaf();
    check_equal("watch-masked-by-d", touched(0, WCR(0xff, LOAD), load, 0), 0);
}

static void check_steps(void)
{
    static uint64_t word;

    seen.count = seen.wrong_step = 0;
    stepping = true;
    check_that("step-result", call_debug_steps(MACHINE_GICD + 4, &word) == (uint64_t)psci_version(), "a wrong register");
    stepping = false;
    check_equal("steps", seen.count, STEPS);
    check_equal("each-instruction-once", seen.wrong_step, 0);
    check_equal("step-last", seen.last, (uint64_t)debug_steps_end);
    check_equal("step-load", word, mmio_read32(MACHINE_GICD + 4));
}

static void check_brk(void)
{
    seen.count = 0;
    __asm__ volatile("brk #0x123" : : : "memory");
    check_that("brk", seen.count == 1 && seen.ec == EC_BRK64 && (seen.esr & 0xffff) == 0x123, "not taken as it is");
}

static void leave_dirty(void)
{
    for (uint32_t n = 0; n < breakpoints(); n++)
        set_breakpoint(n, GARBAGE, BCR_EL1);
    for (uint32_t n = 0; n < watchpoints(); n++)
        set_watchpoint(n, GARBAGE, WCR(0xff, LOAD | STORE));
    sysreg_write(dbgclaimset_el1, 0xff);
    sysreg_write(mdscr_el1, MDSCR_KDE | MDSCR_MDE);
    isb();
}

void guest_main(void)
{
    check_reset();
    cpu_this()->fault_hook = hook;
    check_breakpoints();
    check_watchpoints();
    check_steps();
    check_brk();
    leave_dirty();
    print("END of a life\n");
    psci_system_reset();
}
