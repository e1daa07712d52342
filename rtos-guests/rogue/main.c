/* SPDX-License-Identifier: Apache-2.0
 *
 * rogue: the neighbour that tries everything. Attacks by name or all in turn, see README.md. For each:
 *
 *     attack <name> start
 *     attack <name> end <contained|ESCAPED> tries=<n> faults=<n> answers=<n> escapes=<n> [first=<what> at=<where>]
 */
#include "rogue.h"

static const struct attack {
    const char *name;
    attack_fn *run;
} attacks[] = {
    {"other-ram", attack_other_ram},
    {"el2-ram", attack_el2_ram},
    {"gic", attack_gic},
    {"device", attack_device},
    {"sysregs", attack_sysregs},
    {"smc-flood", attack_smc_flood},
    {"hvc-flood", attack_hvc_flood},
    {"console-flood", attack_console_flood},
    {"forged-tags", attack_forged_tags},
    {"odd-accesses", attack_odd_accesses},
    {"aarch32", attack_aarch32},
    {"irq-masked-loop", attack_irq_masked_loop},
    {"jump-nowhere", attack_jump_nowhere},
    {"wfi-storm", attack_wfi_storm},
    {"timer-storm", attack_timer_storm},
    {"sgi-storm", attack_sgi_storm},
    {"psci-abuse", attack_psci_abuse},
};

#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

static volatile bool slept;

static void wake(uint32_t intid)
{
    (void)intid;
    timer_stop();
    slept = true;
}

void sleep_us(uint32_t us)
{
    irq_set_handler(MACHINE_INTID_VTIMER, wake);
    slept = false;
    timer_set(timer_now() + timer_frequency() / 1000000 * us);
    while (!slept) {
        cpu_wfi();
        irq_unmask();
        irq_mask();
    }
}

static void attack(const struct attack *attack)
{
    struct outcome outcome = {0};

    print("attack %s start\n", attack->name);
    attack->run(&outcome);
    print("attack %s end %s tries=%u faults=%u answers=%u escapes=%u", attack->name,
          outcome.escapes ? "ESCAPED" : "contained", outcome.tries, outcome.faults, outcome.answers, outcome.escapes);
    if (outcome.escapes)
        print(" first=%s at=0x%lx", outcome.what, outcome.where);
    print("\n");
}

static void attack_all(void)
{
    uint32_t i;

    for (i = 0; i < ATTACKS; i++)
        attack(&attacks[i]);
    print("rogue: all done\n");
}

static void attack_by_name(const char *name)
{
    uint32_t i;

    if (text_equal(name, "reset")) {
        print("attack reset start\n"); /* its end is the next `rogue: ready` */
        psci_system_reset();
    }
    for (i = 0; i < ATTACKS; i++) {
        if (text_equal(name, attacks[i].name)) {
            attack(&attacks[i]);
            return;
        }
    }
    print("rogue: no attack '%s'; try list\n", name);
}

static void command(const char *line)
{
    uint32_t i;

    if (text_starts(line, "attack ")) {
        attack_by_name(line + 7);
    } else if (text_equal(line, "all")) {
        attack_all();
    } else if (text_equal(line, "list")) {
        for (i = 0; i < ATTACKS; i++)
            print("rogue: attack %s\n", attacks[i].name);
        print("rogue: attack reset\n");
    } else {
        print("rogue: unknown command '%s'; there are attack <name>, all, list\n", line);
    }
}

void guest_main(void)
{
    char line[80];

    mmu_set_gib(0, MMU_DEVICE | MMU_XN); /* what lies at zero too: a device of the board */
    print("rogue: ready\n");
    irq_set_handler(MACHINE_INTID_VTIMER, wake); /* one that an attack leaves behind, too: else it were disabled */
    gic_enable(MACHINE_INTID_VTIMER);
    if (dtb_bootargs_have("auto"))
        attack_all();
    for (;;) {
        console_wait(); /* idle without any event that the neighbour could feel */
        while (console_read_line(line, sizeof(line)))
            command(line);
    }
}
