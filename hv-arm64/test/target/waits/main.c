/* SPDX-License-Identifier: Apache-2.0
 *
 * WFI and WFE: what ends them (Arm DDI 0487, "Wait For Interrupt", "Wait for Event"). A vCPU that is not woken sleeps for
 * ever: its check is then missing. Masked: what woke it is taken only afterwards, once.
 */
#include "../interface.h"

#define SGI 5u
#define CNTKCTL_EVNTEN (1u << 2) /* an event at each edge of one bit of CNTVCT */
#define CNTKCTL_EVNTI 4u
#define ROUNDS 50u

enum source { VIRTUAL_TIMER, PHYSICAL_TIMER, SGI_OF_OTHER, SPI, SGI_OF_SELF, SEV_OF_OTHER, END };

static volatile uint32_t fired, order;
static volatile uint64_t pinged, ponged;

static void wfe(void) { __asm__ volatile("wfe" : : : "memory"); }
static void sev(void) { __asm__ volatile("dsb sy\n\tsev" : : : "memory"); }
static void sevl(void) { __asm__ volatile("sevl" : : : "memory"); }

static void handler(uint32_t intid)
{
    timer_quiet(intid);
    fired++;
}

/* vCPU 1: does what is ordered, a while later, and answers events. */
static void other(void)
{
    while (order != END) {
        uint32_t what = order;

        if (pinged != ponged) {
            ponged = pinged;
            sev();
        }
        if (what == 0)
            continue;
        cpu_spin_ticks(timer_frequency() / 1000);
        order = 0;
        dsb();
        if (what == SGI_OF_OTHER)
            gic_send_sgi(SGI, 1);
        else if (what == SPI)
            bank_set(MACHINE_INTID_PL011, GICD_ISPENDR);
        else if (what == SEV_OF_OTHER)
            sev();
    }
}

static void provoke(enum source source)
{
    uint64_t ticks = timer_frequency() / 1000;

    if (source == VIRTUAL_TIMER) {
        timer_set(timer_now() + ticks);
    } else if (source == PHYSICAL_TIMER) {
        sysreg_write(cntp_cval_el0, sysreg_read(cntpct_el0) + ticks);
        sysreg_write(cntp_ctl_el0, 1);
        isb();
    } else if (source == SGI_OF_SELF) {
        gic_send_sgi(SGI, 1); /* before it sleeps */
    } else {
        order = source;
    }
}

static bool pending(void) { return sysreg_read(isr_el1) >> 7 & 1; }

/* Interrupts are masked: it sleeps until one is pending, and does not take it. */
static void check_wfi_masked(const char *name, enum source source)
{
    fired = 0;
    provoke(source);
    while (!pending())
        cpu_wfi();
    check_that(name, fired == 0, "taken although masked");
    irq_unmask();
    isb();
    irq_mask();
    if (fired != 1)
        print("FAIL %s: taken %u times\n", name, fired);
}

/* Unmasked: it is back with the interrupt taken. One that came before the WFI is remembered by nobody: so the timer of
 * vCPU 0 wakes it a little later, and what is asked is that the interrupt itself came first. */
static void check_wfi_unmasked(const char *name, enum source source)
{
    uint64_t start = sysreg_read(cntpct_el0);

    fired = 0;
    if (source != VIRTUAL_TIMER)
        timer_set(timer_now() + timer_frequency() / 4);
    irq_unmask();
    provoke(source);
    if (fired == 0)
        cpu_wfi();
    isb();
    irq_mask();
    check_that(name, fired == 1 && sysreg_read(cntpct_el0) - start < timer_frequency() / 4, "woken late, or by another");
    timer_stop();
    irq_unmask();
    isb();
    irq_mask();
}

/* WFE ends with an interrupt that is not masked: its handler runs. */
static void check_wfe_interrupt(const char *name, enum source source)
{
    fired = 0;
    irq_unmask();
    provoke(source);
    while (fired == 0)
        wfe();
    irq_mask();
    check_equal(name, fired, 1);
}

static void check_events(void)
{
    uint32_t i;

    sevl();
    wfe(); /* its own event: at once */
    check_that("wfe-own-event", true, "");
    order = SEV_OF_OTHER;
    while (order != 0)
        wfe();
    check_that("wfe-sev", true, "");
    for (i = 0; i < ROUNDS; i++) {
        pinged = i + 1;
        sev();
        while (ponged != pinged)
            wfe();
    }
    check_equal("wfe-ping-pong", ponged, ROUNDS);
    sysreg_write(cntkctl_el1, CNTKCTL_EVNTEN | 10u << CNTKCTL_EVNTI);
    isb();
    for (i = 0; i < 4; i++)
        wfe();
    sysreg_write(cntkctl_el1, 0);
    isb();
    check_that("wfe-event-stream", true, "");
}

void guest_main(void)
{
    static const uint32_t intids[] = {SGI, MACHINE_INTID_VTIMER, PHYSICAL_PPI, MACHINE_INTID_PL011};

    for (uint32_t i = 0; i < sizeof(intids) / sizeof(intids[0]); i++) {
        irq_set_handler(intids[i], handler);
        gic_enable(intids[i]);
    }
    check_that("second-vcpu", cpu_start(1, other) == PSCI_SUCCESS, "CPU_ON was refused");
    check_wfi_masked("wfi-masked-virtual-timer", VIRTUAL_TIMER);
    check_wfi_masked("wfi-masked-physical-timer", PHYSICAL_TIMER);
    check_wfi_masked("wfi-masked-sgi", SGI_OF_OTHER);
    check_wfi_masked("wfi-masked-spi", SPI);
    check_wfi_masked("wfi-pending-already", SGI_OF_SELF);
    check_wfi_unmasked("wfi-virtual-timer", VIRTUAL_TIMER);
    check_wfi_unmasked("wfi-physical-timer", PHYSICAL_TIMER);
    check_wfi_unmasked("wfi-sgi", SGI_OF_OTHER);
    check_wfi_unmasked("wfi-spi", SPI);
    check_wfe_interrupt("wfe-virtual-timer", VIRTUAL_TIMER);
    check_wfe_interrupt("wfe-physical-timer", PHYSICAL_TIMER);
    check_wfe_interrupt("wfe-sgi", SGI_OF_OTHER);
    check_wfe_interrupt("wfe-spi", SPI);
    check_events();
    order = END;
    sev();
    check_done();
}
