/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks by single instructions, kept as lists in sysreg_list.S and odd_list.S: system registers of
 * other exception levels or none, and accesses to emulated devices that give no syndrome.
 */
#include "rogue.h"

#define MUST_FAULT 1u

struct row {
    uint64_t rule;
    const char *name;
    uint64_t (*run)(uint64_t value); /* the instruction, then RET */
};

extern const struct row sysreg_list[], sysreg_list_end[], odd_list[], odd_list_end[], atomic_list[], atomic_list_end[];
extern void illegal_eret(uint64_t spsr);

static void run(struct outcome *outcome, const struct row *row, const struct row *end, uint64_t value)
{
    for (; row < end; row++) {
        fault_expect();
        row->run(value);
        if (try_end(outcome))
            continue;
        if (row->rule == MUST_FAULT)
            escape(outcome, row->name, value);
        else
            outcome->answers++;
    }
}

void attack_sysregs(struct outcome *outcome)
{
    static const uint8_t modes[] = {0x8, 0x9, 0xc, 0xd, 0x7, 0xb}; /* EL2t, EL2h, EL3t, EL3h, none, none */
    uint32_t i;

    run(outcome, sysreg_list, sysreg_list_end, 1);
    for (i = 0; i < sizeof(modes); i++) {
        fault_expect();
        illegal_eret(0x3c0 | modes[i]);
        if (!try_end(outcome) || sysreg_read(CurrentEL) != 1u << 2)
            escape(outcome, "eret", modes[i]);
    }
}

/* Places that are emulated, or not there, and harmless to write. */
void attack_odd_accesses(struct outcome *outcome)
{
    static const uint64_t places[] = {MACHINE_GICD + GICD_IPRIORITYR + 64, MACHINE_PL011 + 0x20, 0x0b000000};
    bool atomics = (sysreg_read(id_aa64isar0_el1) >> 20 & 0xf) >= 2;
    uint32_t i;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        run(outcome, odd_list, odd_list_end, places[i]);
        if (atomics)
            run(outcome, atomic_list, atomic_list_end, places[i]);
    }
}
