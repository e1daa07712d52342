/* SPDX-License-Identifier: Apache-2.0
 *
 * A flat binary that looks for its machine in the devicetree and checks what a conformance suite
 * for QEMU's `virt` checks: entry state, aborts where nothing is, all CPUs by PSCI, the interrupt
 * controller and the timers. It also runs on bare QEMU, which checks the checks.
 */
#include "flat.h"

#define CPU_ON 0xc4000003u
#define SYSTEM_OFF 0x84000008u
#define PSCI_VERSION 0x84000000u

struct machine machine;
volatile uint32_t aborts, last_dfsc;
volatile uint64_t last_far;
volatile uint32_t got[CPUS_MAX][64], last_source[CPUS_MAX];
volatile uint32_t mask_in_handler;
static volatile uint32_t present[CPUS_MAX];

extern char other_start[];

void print(const char *text)
{
    for (; *text; text++) {
        while (read32(machine.uart + 0x18) & 1u << 5) /* UARTFR.TXFF */
            __asm__ volatile("yield");
        write32(machine.uart, (uint8_t)*text);
    }
}

static void print_hex(uint64_t value)
{
    char text[19] = "0x";

    for (uint32_t i = 0; i < 16; i++)
        text[2 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    print(text);
}

void check(const char *name, bool ok, const char *what, uint64_t value)
{
    print(ok ? "PASS " : "FAIL ");
    print(name);
    if (!ok) {
        print(": ");
        print(what);
        print(" ");
        print_hex(value);
    }
    print("\r\n");
}

void check_equal(const char *name, uint64_t value, uint64_t wanted)
{
    check(name, value == wanted, "is", value);
}

void settle(void)
{
    uint64_t end = sysreg_read(cntvct_el0) + sysreg_read(cntfrq_el0) / 5000;

    for (uint32_t i = 0; i < 1000 || sysreg_read(cntvct_el0) < end; i++)
        __asm__ volatile("yield");
}

int64_t psci(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
    register uint64_t x0 __asm__("x0") = id;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = c;

    if (machine.psci_hvc)
        __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    else
        __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    return (int64_t)x0;
}

/* Returns how far the interrupted code is to go on. */
uint64_t exception(uint64_t kind)
{
    uint32_t cpu = sysreg_read(mpidr_el1) & 7;

    if (kind % 4 == 1) {
        uint32_t token = gic_acknowledge(), intid = token & 0x3ff;

        if (intid < 64) {
            got[cpu][intid] = got[cpu][intid] + 1;
            last_source[cpu] = token >> 10 & 7;
            if (intid == mask_in_handler)
                gic_set_bit(ICENABLER, intid);
        }
        if (intid < 1020)
            gic_end(token);
        return 0;
    }
    if (kind % 4 == 0 && sysreg_read(esr_el1) >> 26 == 0x25) {
        aborts = aborts + 1;
        last_dfsc = sysreg_read(esr_el1) & 0x3f;
        last_far = sysreg_read(far_el1);
        return 4;
    }
    print("FAIL exception: ESR ");
    print_hex(sysreg_read(esr_el1));
    psci(SYSTEM_OFF, 0, 0, 0);
    return 0;
}

void other_main(uint64_t cpu)
{
    gic_cpu_begin((uint32_t)cpu);
    present[cpu] = 1 + (uint32_t)(sysreg_read(mpidr_el1) & 0xffffff);
    irq_on();
    for (;;)
        __asm__ volatile("wfi");
}

static void check_entry(uint64_t x1, uint64_t x2, uint64_t x3)
{
    check_equal("entry-el1", sysreg_read(CurrentEL) >> 2, 1);
    check_equal("entry-mmu-off", sysreg_read(sctlr_el1) & 5, 0); /* M, C */
    check_equal("entry-masked", sysreg_read(daif) >> 6 & 0xf, 0xf);
    check_equal("entry-x1-x3", x1 | x2 | x3, 0);
    check("bootargs", machine.bootargs[0] == 'f' && machine.bootargs[3] == 't', "begin with", (uint64_t)machine.bootargs[0]);
    check("psci-version", psci(PSCI_VERSION, 0, 0, 0) >= 0x10000, "is", (uint64_t)psci(PSCI_VERSION, 0, 0, 0));
}

/* Where QEMU has virtio-mmio, a PCI window and its configuration space; and where it has nothing. */
static void check_nothing(void)
{
    static const uint64_t places[] = {0x0a000000, 0x0a003e00, 0x10000000, 0x3eff0000, 0x3f000000};
    uint32_t clean = 0, count = sizeof(places) / sizeof(places[0]);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t before = aborts;

        (void)read32(places[i]);
        clean += aborts == before + 1 && last_dfsc == 0x10 && last_far == places[i];
        before = aborts;
        write32(places[i], 0);
        clean += aborts == before + 1 && last_dfsc == 0x10 && last_far == places[i];
    }
    check_equal("absent-devices-abort", clean, 2 * count);
}

static void check_cpus(void)
{
    uint32_t on = 0, seen = 1, frames = 0;

    for (uint32_t cpu = 1; cpu < machine.cpus; cpu++)
        on += psci(CPU_ON, cpu, (uint64_t)other_start, cpu) == 0;
    check_equal("all-cpus-on", on, machine.cpus - 1);
    for (uint32_t tries = 0; tries < 2000 && seen < machine.cpus; tries++) {
        settle();
        seen = 1;
        for (uint32_t cpu = 1; cpu < machine.cpus; cpu++)
            seen += present[cpu] == 1 + cpu;
    }
    check_equal("all-cpus-come", seen, machine.cpus);
    if (machine.gic == 2)
        return;
    for (uint32_t cpu = 0; cpu < machine.cpus; cpu++) {
        uint64_t typer = read64(machine.gicr + cpu * GICR_STRIDE + 8);

        frames += typer >> 32 == cpu && (typer >> 4 & 1) == (cpu + 1 == machine.cpus);
    }
    check_equal("a-frame-each", frames, machine.cpus);
}

void flat_main(uint64_t dtb, uint64_t x1, uint64_t x2, uint64_t x3)
{
    bool found = fdt_read(dtb);

    if (!found)
        for (;;)
            ; /* there is nothing to print with */
    print("flat guest\r\n");
    check_registers(); /* as they are at reset */
    check_entry(x1, x2, x3);
    if (machine.bootargs[5] == 'h') /* "flat hypervisor": on bare QEMU there are devices */
        check_nothing();
    check_sizes();
    gic_cpu_begin(0);
    check_cpus();
    check_timers();
    check_delivery();
    print("DONE\r\n");
    psci(SYSTEM_OFF, 0, 0, 0);
}
