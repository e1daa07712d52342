/* SPDX-License-Identifier: Apache-2.0
 *
 * rogue: the neighbour that tries everything. Attacks by name or all in turn, see README.md. For each:
 *
 *     attack <name> start
 *     attack <name> end <contained|ESCAPED> tries=<n> faults=<n> answers=<n> escapes=<n> [first=<what> at=<where>]
 *
 * The shell hands orders to the attacker, a thread. Most attacks have the vCPU for themselves: the kernel is suspended
 * and gets its interrupts and its console back behind them.
 */
#include "port.h"
#include "rogue.h"
#include "shell.h"

static const struct attack {
    const char *name;
    attack_fn *run;
    bool beside; /* the kernel runs on meanwhile */
} attacks[] = {
    {.name = "other-ram", .run = attack_other_ram},
    {.name = "el2-ram", .run = attack_el2_ram},
    {.name = "gic", .run = attack_gic},
    {.name = "device", .run = attack_device},
    {.name = "sysregs", .run = attack_sysregs},
    {.name = "smc-flood", .run = attack_smc_flood},
    {.name = "hvc-flood", .run = attack_hvc_flood},
    {.name = "console-flood", .run = attack_console_flood, .beside = true},
    {.name = "forged-tags", .run = attack_forged_tags, .beside = true},
    {.name = "odd-accesses", .run = attack_odd_accesses},
    {.name = "aarch32", .run = attack_aarch32},
    {.name = "irq-masked-loop", .run = attack_irq_masked_loop},
    {.name = "jump-nowhere", .run = attack_jump_nowhere},
    {.name = "wfi-storm", .run = attack_wfi_storm},
    {.name = "timer-storm", .run = attack_timer_storm},
    {.name = "sgi-storm", .run = attack_sgi_storm},
    {.name = "psci-abuse", .run = attack_psci_abuse},
};

#define ATTACKS  (sizeof(attacks) / sizeof(attacks[0]))
#define ALL_DONE ATTACKS /* an order that says so */

static osMessageQueueId_t orders; /* numbers of attacks */

/* With interrupts masked. */
static void attack_alone(const struct attack *attack, struct outcome *outcome)
{
    osKernelSuspend();
    irq_mask();
    attack->run(outcome);
    irq_mask();
    port_restore();
    serial_restore();
    irq_unmask();
    osKernelResume(0);
}

static void attack(const struct attack *attack)
{
    struct outcome outcome = {0};

    printf("attack %s start\n", attack->name);
    serial_flush();
    if (attack->beside)
        attack->run(&outcome);
    else
        attack_alone(attack, &outcome);
    printf("attack %s end %s tries=%u faults=%u answers=%u escapes=%u", attack->name,
           outcome.escapes ? "ESCAPED" : "contained", outcome.tries, outcome.faults, outcome.answers, outcome.escapes);
    if (outcome.escapes)
        printf(" first=%s at=0x%lx", outcome.what, outcome.where);
    putchar('\n');
}

static void attacker(void *unused)
{
    uint32_t order;

    (void)unused;
    while (osMessageQueueGet(orders, &order, NULL, osWaitForever) == osOK) {
        if (order == ALL_DONE)
            puts("rogue: all done");
        else
            attack(&attacks[order]);
    }
}

static void give(uint32_t order)
{
    if (osMessageQueuePut(orders, &order, 0, 0) != osOK)
        puts("rogue: too many orders");
}

static void attack_all(const char *unused)
{
    uint32_t i;

    (void)unused;
    for (i = 0; i <= ALL_DONE; i++)
        give(i);
}

static void attack_by_name(const char *name)
{
    uint32_t i;

    if (strcmp(name, "reset") == 0) {
        puts("attack reset start"); /* its end is the next `rogue: ready` */
        serial_flush();
        psci_system_reset();
    }
    for (i = 0; i < ATTACKS; i++) {
        if (strcmp(name, attacks[i].name) == 0) {
            give(i);
            return;
        }
    }
    printf("rogue: no attack '%s'; try list\n", name);
}

static void list(const char *unused)
{
    uint32_t i;

    (void)unused;
    for (i = 0; i < ATTACKS; i++)
        printf("rogue: attack %s\n", attacks[i].name);
    puts("rogue: attack reset");
}

static struct shell_command commands[] = {
    {.name = "attack", .help = "one attack, by its name", .run = attack_by_name},
    {.name = "all", .help = "all attacks in turn", .run = attack_all},
    {.name = "list", .help = "the names of the attacks", .run = list},
};

void guest_main(void)
{
    uint32_t i;

    mmu_set_gib(0, MMU_DEVICE | MMU_XN); /* what lies at zero too: a device of the board */
    osKernelInitialize();
    orders = osMessageQueueNew(2 * (ALL_DONE + 1), sizeof(uint32_t), NULL);
    osThreadNew(attacker, NULL, &(osThreadAttr_t){.name = "attacker", .priority = osPriorityHigh});
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        shell_add(&commands[i]);
    shell_start(osPriorityLow);
    puts("rogue: ready");
    if (dtb_bootargs_have("auto"))
        attack_all("");
    osKernelStart();
}
