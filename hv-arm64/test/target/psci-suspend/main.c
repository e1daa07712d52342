/* SPDX-License-Identifier: Apache-2.0
 *
 * Sleep by PSCI (Arm DEN 0022, "CPU_SUSPEND", "SYSTEM_SUSPEND"): what is refused, what wakes, how a vCPU begins
 * again. And which calls PSCI_FEATURES says are there.
 */
#include "../interface.h"
#include "power.h"

#define SMC64 0x40000000u
#define CPU_SUSPEND_32 0x84000001u
#define SYSTEM_SUSPEND 0xc400000eu
#define SYSTEM_RESET2_32 0x84000012u
#define MEM_PROTECT 0x84000013u
#define MEM_PROTECT_CHECK_RANGE 0xc4000014u
#define STATE_STANDBY 0u
#define STATE_DOWN (1u << 16)
#define SGI 5u
#define CONTEXT_OF_CPU 3u
#define CONTEXT_OF_SYSTEM 2u

static struct power_down power __attribute__((aligned(64)));
static volatile uint32_t fired, order, done;

static void handler(uint32_t intid)
{
    timer_quiet(intid);
    fired++;
}

static uint64_t soon(void) { return timer_now() + timer_frequency() / 1000; }

static int64_t standby(void) { return psci_call(PSCI_CPU_SUSPEND, STATE_STANDBY, 0, 0); }

/* Asleep with interrupts masked; what woke it comes once they are not. */
static void check_woken(const char *name, int64_t answer)
{
    check_that(name, answer == PSCI_SUCCESS && fired == 0, "refused, or an interrupt came that was masked");
    irq_unmask();
    isb();
    irq_mask();
    if (!check_wait(&fired, 1) || fired != 1)
        print("FAIL %s: what woke it came %u times\n", name, fired);
    fired = 0;
}

static void check_timers(void)
{
    timer_set(soon());
    check_woken("standby-virtual-timer", standby());
    sysreg_write(cntp_cval_el0, sysreg_read(cntpct_el0) + timer_frequency() / 1000);
    sysreg_write(cntp_ctl_el0, 1);
    isb();
    check_woken("standby-physical-timer", standby());
    timer_set(timer_now()); /* before the call */
    check_settle();
    check_woken("standby-pending-already", standby());
    timer_set(soon());
    check_woken("standby-32", psci_call(CPU_SUSPEND_32, STATE_STANDBY | 0xffff, 0, 0)); /* any StateID */
}

/* Unmasked: the handler runs before the call returns, or with its return. */
static void check_unmasked(void)
{
    int64_t answer;

    irq_unmask();
    timer_set(soon());
    answer = standby();
    isb();
    check_that("standby-unmasked", answer == PSCI_SUCCESS && check_wait(&fired, 1) && fired == 1, "not once");
    irq_mask();
    fired = 0;
}

/* vCPU 1: what vCPU 0 orders, a while later, so that it sleeps. */
static void other(void)
{
    while (order != 0xff) {
        if (order == 0) {
            cpu_yield();
            continue;
        }
        cpu_spin_ticks(timer_frequency() / 500);
        if (order == 1)
            gic_send_sgi(SGI, 1);
        else
            bank_set(MACHINE_INTID_PL011, GICD_ISPENDR);
        order = 0;
    }
    done = 1;
}

static void check_from_other(void)
{
    check_that("second-vcpu", cpu_start(1, other) == PSCI_SUCCESS, "CPU_ON was refused");
    order = 1;
    check_woken("standby-sgi", standby());
    order = 2;
    check_woken("standby-spi", standby());
    check_equal("suspended-is-on", (uint64_t)psci_affinity_info(0), PSCI_AFFINITY_ON);
    power = (struct power_down){.call = {SYSTEM_SUSPEND}};
    check_equal("system-suspend-denied", (uint64_t)power_down(&power, CONTEXT_OF_SYSTEM), (uint64_t)PSCI_DENIED);
    order = 0xff;
    check_that("other-done", check_wait(&done, 1), "not within 500 ms");
    while (psci_affinity_info(1) != PSCI_AFFINITY_OFF)
        cpu_yield();
}

static void check_begun_again(const char *name, uint64_t deadline)
{
    bool fresh = power.context == (uint64_t)&power && power.el == 4 && power.daif == 0x3c0 && power.spsel == 1 &&
                 (power.sctlr & 0x1005) == 0;

    check_that(name, fresh, "not as after CPU_ON");
    if (power.vbar != 0 || power.cpacr != 0 || power.tpidr != 0)
        print("FAIL %s: registers of before\n", name);
    if ((power.timer_control & 5) != 5 || power.counter < deadline)
        print("FAIL %s: the timer that woke it was lost, or it began too early\n", name);
}

static void check_power_down(const char *began, const char *woken, uint32_t function, uint64_t state, uint64_t context_at)
{
    uint64_t deadline = soon();
    int64_t answer;

    power = (struct power_down){.call = {function, state}};
    timer_set(deadline);
    answer = power_down(&power, context_at);
    if (answer == 1)
        check_begun_again(began, deadline);
    else
        print("FAIL %s: answered %ld\n", began, (long)answer);
    check_woken(woken, answer == 1 ? PSCI_SUCCESS : answer);
}

static void check_refusals(void)
{
    uint64_t entry = (uint64_t)check_refusals;

    check_equal("suspend-level-1", (uint64_t)psci_call(PSCI_CPU_SUSPEND, 1u << 24, entry, 0),
                (uint64_t)PSCI_INVALID_PARAMETERS);
    check_equal("suspend-reserved", (uint64_t)psci_call(PSCI_CPU_SUSPEND, 1u << 17, entry, 0),
                (uint64_t)PSCI_INVALID_PARAMETERS);
    check_equal("suspend-entry-unaligned", (uint64_t)psci_call(PSCI_CPU_SUSPEND, STATE_DOWN, entry + 2, 0),
                (uint64_t)PSCI_INVALID_ADDRESS);
    check_equal("suspend-entry-outside", (uint64_t)psci_call(PSCI_CPU_SUSPEND, STATE_DOWN, MACHINE_GICD, 0),
                (uint64_t)PSCI_INVALID_ADDRESS);
    check_equal("system-suspend-entry", (uint64_t)psci_call(SYSTEM_SUSPEND, MACHINE_GICD, 0, 0),
                (uint64_t)PSCI_INVALID_ADDRESS);
    check_equal("reset2-reserved", (uint64_t)psci_call(PSCI_SYSTEM_RESET2, 1, 0, 0), (uint64_t)PSCI_INVALID_PARAMETERS);
    check_equal("reset2-vendor", (uint64_t)psci_call(SYSTEM_RESET2_32, 0x80000000, 0, 0),
                (uint64_t)PSCI_INVALID_PARAMETERS);
    check_equal("mem-protect", (uint64_t)psci_call(MEM_PROTECT, 1, 0, 0), 0);
    check_equal("mem-protect-was", (uint64_t)psci_call(MEM_PROTECT, 0, 0, 0), 1);
    check_equal("mem-protect-ram", (uint64_t)psci_call(MEM_PROTECT_CHECK_RANGE, MACHINE_RAM_BASE,
                                                       dtb_ram_size(MACHINE_RAM_BASE), 0), PSCI_SUCCESS);
    check_equal("mem-protect-outside", (uint64_t)psci_call(MEM_PROTECT_CHECK_RANGE, MACHINE_RAM_BASE,
                                                           dtb_ram_size(MACHINE_RAM_BASE) + 1, 0),
                (uint64_t)PSCI_DENIED);
}

/* A function is there exactly if PSCI_FEATURES says so; 32-bit and 64-bit numbers by DEN 0022. */
static void check_features(void)
{
    uint32_t smc32 = 0x1c475f, smc64 = 0x14401a, wrong = 0, n; /* bit: function number */

    for (n = 0; n < 32; n++) {
        wrong += (psci_features(PSCI_VERSION + n) == PSCI_SUCCESS) != (smc32 >> n & 1);
        wrong += (psci_features((PSCI_VERSION | SMC64) + n) == PSCI_SUCCESS) != (smc64 >> n & 1);
        if (!(smc32 >> n & 1))
            wrong += psci_call(PSCI_VERSION + n, 0, 0, 0) != PSCI_NOT_SUPPORTED;
        if (!(smc64 >> n & 1))
            wrong += psci_call((PSCI_VERSION | SMC64) + n, 0, 0, 0) != PSCI_NOT_SUPPORTED;
    }
    check_equal("features-are-true", wrong, 0);
    check_equal("features-smccc-version", (uint64_t)psci_features(0x80000000), PSCI_SUCCESS);
    check_equal("smccc-version", (uint64_t)psci_call(0x80000000, 0, 0, 0), 0x10001);
    check_equal("arch-features", (uint64_t)psci_call(0x80000001, 0x80000000, 0, 0), PSCI_SUCCESS);
    check_equal("arch-soc-id", (uint64_t)psci_call(0x80000001, 0x80000002, 0, 0), (uint64_t)PSCI_NOT_SUPPORTED);
    for (n = 0, wrong = 0; n < 3; n++) {
        static const uint32_t workaround[] = {0x80008000, 0x80007fff, 0x80003fff};
        bool told = psci_call(0x80000001, workaround[n], 0, 0) >= 0;

        wrong += told != (psci_call(workaround[n], 0, 0, 0) >= 0);
    }
    check_equal("workarounds-are-true", wrong, 0);
}

static int64_t smc(uint64_t function, uint64_t a)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = 0; /* AFFINITY_INFO: the level */
    register uint64_t x3 __asm__("x3") = 0x3333;

    __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    if (x1 != a || x2 != 0 || x3 != 0x3333)
        print("FAIL smc-is-the-same: x1 to x3 changed\n");
    return (int32_t)x0;
}

/* All that returns at once. */
static void check_smc(void)
{
    uint32_t wrong = 0;

    for (uint32_t n = 0; n < 32; n++) {
        wrong += smc(PSCI_FEATURES, PSCI_VERSION + n) != psci_features(PSCI_VERSION + n);
        wrong += smc(PSCI_AFFINITY_INFO, n) != psci_affinity_info(n);
        wrong += smc(0x80000000 + n, 0x80000000) != psci_call(0x80000000 + n, 0x80000000, 0, 0);
    }
    wrong += smc(PSCI_VERSION, 0) != psci_version() || smc(0x8400ffff, 0) != PSCI_NOT_SUPPORTED;
    wrong += smc(PSCI_CPU_SUSPEND, 1u << 24) != PSCI_INVALID_PARAMETERS;
    check_equal("smc-is-the-same", wrong, 0);
}

void guest_main(void)
{
    static const uint32_t intids[] = {SGI, MACHINE_INTID_VTIMER, PHYSICAL_PPI, MACHINE_INTID_PL011};

    for (uint32_t i = 0; i < sizeof(intids) / sizeof(intids[0]); i++) {
        irq_set_handler(intids[i], handler);
        gic_enable(intids[i]);
    }
    check_features();
    check_smc();
    check_refusals();
    check_timers();
    check_unmasked();
    check_from_other();
    check_power_down("power-down", "power-down-woken", PSCI_CPU_SUSPEND, STATE_DOWN, CONTEXT_OF_CPU);
    check_power_down("system-suspend", "system-suspend-woken", SYSTEM_SUSPEND, 0, CONTEXT_OF_SYSTEM);
    check_done();
}
