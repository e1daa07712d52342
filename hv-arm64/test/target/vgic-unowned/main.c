/* SPDX-License-Identifier: Apache-2.0
 *
 * Interrupts that the partition does not own do not exist for it: every register of theirs reads zero and
 * ignores writes, but for the priorities, which are remembered and mean nothing. (On bare QEMU all of them exist,
 * and these checks fail.)
 */
#include "../check.h"

#define WORDS 31u /* of 32 INTIDs; word 31 has special ones */

/* What is ours in a word of 32 INTIDs, by the devicetree. */
static uint32_t owned(uint32_t word)
{
    uint32_t bits = 0;

    if (word == 0)
        return 0xffffu | 1u << MACHINE_INTID_VTIMER | 1u << 30; /* and the physical timer */
    if (word == MACHINE_INTID_PL011 / 32)
        bits |= 1u << MACHINE_INTID_PL011 % 32;
    if (word == MACHINE_INTID_PL031 / 32 && dtb_find("arm,pl031"))
        bits |= 1u << MACHINE_INTID_PL031 % 32;
    return bits;
}

static void check_bits(const char *name, uint32_t set, uint32_t clear)
{
    uint32_t word, wrong = 0, last = 0;

    for (word = 0; word < WORDS; word++) {
        uint64_t base = gic_frame(word * 32);

        mmio_write32(base + set + word * 4, ~owned(word));
        if (mmio_read32(base + set + word * 4) & ~owned(word)) {
            wrong++;
            last = word;
        }
        mmio_write32(base + clear + word * 4, ~owned(word));
    }
    if (wrong)
        print("FAIL %s: %u words, the last is %u\n", name, wrong, last);
    else
        print("PASS %s\n", name);
}

/* What it reads after a write; a GICv2 has targets instead, and none to choose with one vCPU. */
static uint64_t foreign_router(uint32_t intid)
{
    uint64_t router = MACHINE_GICD + GICD_IROUTER + 8ul * intid, seen;

    if (gic.version == 2) {
        mmio_write8(MACHINE_GICD + GICD_ITARGETSR + intid, 1);
        return mmio_read8(MACHINE_GICD + GICD_ITARGETSR + intid);
    }
    mmio_write64(router, 1);
    seen = mmio_read64(router);
    mmio_write64(router, 0);
    return seen;
}

void guest_main(void)
{
    uint32_t limit = 32 * ((mmio_read32(MACHINE_GICD + GICD_TYPER) & 0x1f) + 1);
    uint32_t intid, priorities = 0, routers = 0, groups = 0, configs = 0;

    check_bits("unowned-enable", GICD_ISENABLER, GICD_ICENABLER);
    check_bits("unowned-pending", GICD_ISPENDR, GICD_ICPENDR);
    check_bits("unowned-active", GICD_ISACTIVER, GICD_ICACTIVER);
    for (intid = 32; intid < WORDS * 32; intid++) {
        uint64_t priority = MACHINE_GICD + GICD_IPRIORITYR + intid;

        if (owned(intid / 32) & 1u << intid % 32)
            continue;
        mmio_write8(priority, 0xa0);
        priorities += mmio_read8(priority) != (intid < limit ? 0xa0 : 0);
        routers += foreign_router(intid) != 0;
    }
    for (intid = 32; intid < WORDS * 32; intid += 32) {
        uint64_t group = MACHINE_GICD + GICD_IGROUPR + intid / 8;

        mmio_write32(group, 0xffffffff);
        groups += (mmio_read32(group) & ~owned(intid / 32)) != 0;
    }
    for (intid = 64; intid < WORDS * 32; intid += 16) {
        uint64_t config = MACHINE_GICD + GICD_ICFGR + intid / 4;

        mmio_write32(config, 0xaaaaaaaa);
        configs += mmio_read32(config) != 0;
    }
    check_equal("unowned-priority", priorities, 0);
    check_equal("unowned-router", routers, 0);
    check_equal("unowned-group", groups, 0);
    check_equal("unowned-config", configs, 0);
    check_done();
}
