/* SPDX-License-Identifier: Apache-2.0
 *
 * Eight vCPUs: on, off and on again; all of them turning one on at once; interrupts from each to each; timers of
 * their own; one counter for all.
 */
#include "../interface.h"

#define COUNT 8u
#define RACED (COUNT - 1)
#define ROUNDS 25u
#define SGI 3u
#define TICK_ENOUGH 5u
#define SECONDS 20u /* how long anything may take, on a host that has better things to do */

struct notes {
    uint64_t caller, mpidr, entries; /* by the raced vCPU, without caches: lines of its own */
    uint64_t order __attribute__((aligned(64))); /* number of the last entry that shall end */
};

struct notes notes __attribute__((aligned(64)));
extern char entry_raced[];

static volatile uint32_t here, go, round_now, finished; /* bits or counts */
static volatile int32_t answer[COUNT];
static volatile uint32_t sgis[COUNT], ticks[COUNT], wrong_mpidr, backwards;
static volatile uint64_t latest;

static volatile struct notes *look(void)
{
    __asm__ volatile("dc civac, %0\n\tdsb sy" : : "r"(&notes) : "memory");
    return &notes;
}

static bool wait_until(bool (*what)(void))
{
    uint64_t start = timer_now();

    while (!what() && timer_now() - start < SECONDS * timer_frequency())
        cpu_yield();
    return what();
}

static void add(volatile uint32_t *to, uint32_t value)
{
    __atomic_fetch_add(to, value, __ATOMIC_SEQ_CST);
}

static void handler(uint32_t intid)
{
    uint32_t self = cpu_this()->index;

    if (intid == SGI) {
        sgis[self] = sgis[self] + 1;
        return;
    }
    ticks[self] = ticks[self] + 1;
    timer_set(timer_now() + timer_frequency() / 2000);
    if (ticks[self] >= TICK_ENOUGH)
        timer_stop();
}

/* Each counts on from what the others saw last. */
static void look_at_counter(void)
{
    uint64_t seen = __atomic_load_n(&latest, __ATOMIC_SEQ_CST), now = timer_now();

    if (now < seen)
        add(&backwards, 1);
    __atomic_compare_exchange_n(&latest, &seen, now, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Rounds of the race, of every vCPU but the raced one. */
static void race(uint32_t self)
{
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        while (round_now < round)
            cpu_yield();
        answer[self] = (int32_t)psci_cpu_on(RACED, (uint64_t)entry_raced, 100 + self);
        add(&finished, 1);
    }
}

static void secondary(void)
{
    uint32_t self = cpu_this()->index;

    if ((sysreg_read(mpidr_el1) & 0xff00ffffff) != self)
        add(&wrong_mpidr, 1);
    gic_enable(SGI);
    gic_enable(MACHINE_INTID_VTIMER);
    add(&here, 1u << self);
    while (go == 0) {
        look_at_counter();
        cpu_yield();
    }
    gic_send_sgi(SGI, 0xff); /* to each, itself included */
    timer_set(timer_now());
    while (go == 1) { /* masked, so that none comes between the look and the sleep */
        cpu_wfi();
        irq_unmask();
        irq_mask();
    }
    if (self != RACED && go == 2)
        race(self);
}

static bool all_here(void) { return here == 0xfe; }
static bool all_off(void)
{
    for (uint32_t i = 1; i < COUNT; i++)
        if (psci_affinity_info(i) != PSCI_AFFINITY_OFF)
            return false;
    return true;
}
static bool all_answered(void) { return finished == RACED; }
static bool raced_is_off(void) { return psci_affinity_info(RACED) == PSCI_AFFINITY_OFF; }
static bool all_sgis(void)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < COUNT; i++)
        sum += sgis[i] == 0 ? 0 : sgis[i] > COUNT ? 1000 : 1;
    return sum == COUNT;
}
static bool all_ticked(void)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < COUNT; i++)
        sum += ticks[i] == TICK_ENOUGH;
    return sum == COUNT;
}
static uint64_t entries_expected;
static bool has_entered(void) { return look()->entries >= entries_expected; }

static bool start_all(void)
{
    bool ok = true;

    here = 0;
    for (uint32_t i = 1; i < COUNT; i++)
        ok &= cpu_start(i, secondary) == PSCI_SUCCESS;
    return ok;
}

/* All let go at the same moment; one wins, the others see what it did. */
static void check_race(void)
{
    uint32_t ok = 0, round;

    for (round = 1; round <= ROUNDS; round++) {
        uint32_t winners = 0, winner = COUNT, sane = 0;

        entries_expected = look()->entries + 1;
        finished = 0;
        dsb();
        round_now = round;
        answer[0] = (int32_t)psci_cpu_on(RACED, (uint64_t)entry_raced, 100);
        add(&finished, 1);
        if (!wait_until(all_answered) || !wait_until(has_entered))
            break;
        for (uint32_t i = 0; i < RACED; i++) {
            if (answer[i] == PSCI_SUCCESS) {
                winners++;
                winner = i;
            }
            sane += answer[i] == PSCI_SUCCESS || answer[i] == PSCI_ALREADY_ON || answer[i] == PSCI_ON_PENDING;
        }
        ok += winners == 1 && sane == RACED && look()->caller == 100 + winner && look()->entries == entries_expected &&
              (look()->mpidr & 0xff) == RACED;
        notes.order = look()->entries;
        __asm__ volatile("dc cvac, %0\n\tdsb sy" : : "r"(&notes.order) : "memory");
        if (!wait_until(raced_is_off))
            break;
    }
    check_equal("one-of-all-wins", ok, ROUNDS);
}

void guest_main(void)
{
    look();
    irq_set_handler(SGI, handler);
    irq_set_handler(MACHINE_INTID_VTIMER, handler);
    gic_enable(SGI);
    gic_enable(MACHINE_INTID_VTIMER);
    check_equal("eight", gic_vcpu_count(), COUNT);
    check_that("all-on", start_all(), "CPU_ON was refused");
    check_that("all-here", wait_until(all_here), "not all came");
    check_equal("mpidr", wrong_mpidr, 0);
    check_equal("on-nobody", (uint64_t)psci_cpu_on(COUNT, (uint64_t)entry_raced, 0), (uint64_t)PSCI_INVALID_PARAMETERS);
    irq_unmask();
    timer_set(timer_now());
    go = 1;
    dsb();
    gic_send_sgi(SGI, 0xff);
    check_that("sgis-to-all", wait_until(all_sgis), "not to each");
    check_that("timers-of-all", wait_until(all_ticked), "not each its own");
    check_equal("one-counter", backwards, 0);
    go = 3; /* home */
    dsb();
    gic_send_sgi_others(SGI);
    check_that("all-off", wait_until(all_off), "not all");
    go = 0;
    check_that("all-on-again", start_all() && wait_until(all_here), "not all came again");
    go = 2;
    dsb();
    gic_send_sgi_others(SGI);
    check_that("raced-is-off", wait_until(raced_is_off), "not off");
    check_race();
    check_that("all-off-again", wait_until(all_off), "not all");
    check_done();
}
