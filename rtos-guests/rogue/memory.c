/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks on addresses: RAM of others, the hypervisor's, devices, and jumps. rogue owns its stage 1
 * and maps whatever it wants; only stage 2 can hold it.
 */
#include "board.h"
#include "rogue.h"

#define GIB       0x40000000ul
#define BLOCK     0x200000ul
#define PAGE      0x1000ul
#define PATTERN   0x0bad0bad0bad0badul
#define OWN_START MACHINE_GICD /* the virtual machine's own devices: to reach them is no escape */
#define OWN_END   0x0a000000ul

static uint64_t own_end(void)
{
    uint64_t size = dtb_ram_size(MACHINE_RAM_BASE);

    return MACHINE_RAM_BASE + (size ? size : BLOCK);
}

/* Reads and writes one place that is not ours. */
static void touch(struct outcome *outcome, uint64_t address)
{
    fault_expect();
    mmio_read64(address);
    if (!try_end(outcome))
        escape(outcome, "read", address);
    fault_expect();
    mmio_write64(address, PATTERN);
    if (!try_end(outcome))
        escape(outcome, "write", address);
}

/* Has stage 1 map the block, or the GiB around it; the first GiB is mapped. `attributes` 0: not any more. */
static void map(uint64_t block, uint64_t attributes)
{
    if (block / GIB == MACHINE_RAM_BASE / GIB)
        mmu_set_block(block, attributes);
    else if (block / GIB != 0)
        mmu_set_gib(block, attributes);
}

static bool is_own(uint64_t address)
{
    return (address >= MACHINE_RAM_BASE && address < own_end()) || (address >= OWN_START && address < OWN_END);
}

/* The beginning of every 2 MiB of the board's RAM that would not be our own RAM. */
void attack_other_ram(struct outcome *outcome)
{
    struct board board = board_known();
    uint64_t block;

    for (block = board.ram_base; block < board.ram_end; block += BLOCK) {
        if (is_own(block))
            continue;
        map(block, MMU_NORMAL | MMU_XN);
        touch(outcome, block);
        map(block, 0);
    }
    if (own_end() % BLOCK) { /* the rest of our own last block */
        mmu_set_page(own_end(), MMU_NORMAL | MMU_XN);
        touch(outcome, own_end());
        mmu_set_page(own_end(), 0);
    }
}

/* Every page where the hypervisor lies in physical memory, unless that is our own RAM in ours. */
void attack_el2_ram(struct outcome *outcome)
{
    struct board board = board_known();
    uint64_t start = is_own(board.hv) ? (own_end() + BLOCK - 1) & ~(BLOCK - 1) : board.hv;
    uint64_t page;

    if (start >= board.ram_end)
        return;
    map(start, MMU_NORMAL | MMU_XN);
    for (page = start; page < start + BLOCK; page += PAGE)
        touch(outcome, page);
    map(start, 0);
}

/* The devices of QEMU's `virt`, on any board. One that our devicetree names is ours: not an escape. */
static const struct {
    uint64_t address;
    const char *compatible;
} devices[] = {
    {0x00000000, "cfi-flash"},      {0x04000000, "cfi-flash"},
    {0x09010000, "arm,pl031"},      {0x09020000, "qemu,fw-cfg-mmio"},
    {0x09030000, "arm,pl061"},      {0x09040000, "second uart"},
    {0x09050000, "arm,smmu-v3"},    {0x09080000, "acpi ged"},
    {0x0a000000, "virtio,mmio"},    {0x0a003e00, "virtio,mmio"},
    {0x0b000000, "mmio"},           {0x0c000000, "qemu,platform"},
    {0x10000000, "pci window"},     {0x3eff0000, "pci io"},
    {0x3f000000, "pci-host-ecam-generic"},
};

/* Reads and writes a device's first register. */
static void touch_device(struct outcome *outcome, uint64_t address)
{
    fault_expect();
    mmio_read32(address);
    if (!try_end(outcome))
        escape(outcome, "read", address);
    fault_expect();
    mmio_write32(address, 0);
    if (!try_end(outcome))
        escape(outcome, "write", address);
}

void attack_device(struct outcome *outcome)
{
    uint64_t address;
    uint32_t i;

    for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        uint64_t ours = dtb_find(devices[i].compatible);

        if (ours && (ours == devices[i].address || text_equal(devices[i].compatible, "virtio,mmio")))
            continue;
        touch_device(outcome, devices[i].address);
    }
    for (i = 0; board_device(i, &address); i++) {
        map(address, MMU_DEVICE | MMU_XN);
        touch_device(outcome, address);
        map(address, 0);
    }
}

/* Never returns normally from an address without code: it faults, and the library comes back by x30. */
static void jump(struct outcome *outcome, uint64_t address)
{
    fault_expect();
    __asm__ volatile("blr %0" : : "r"(address) : "x30", "memory");
    if (!try_end(outcome))
        escape(outcome, "jump", address);
}

void attack_jump_nowhere(struct outcome *outcome)
{
    uint64_t nowhere = MACHINE_RAM_BASE + GIB - BLOCK;

    jump(outcome, 0xc0000000);             /* no stage 1 */
    jump(outcome, 0xffff000000000000);     /* the half that TTBR1 would have */
    jump(outcome, (uint64_t)guest_main + 2); /* misaligned */
    if (own_end() <= nowhere) {
        mmu_set_block(nowhere, MMU_NORMAL | MMU_RO); /* stage 1 allows it */
        jump(outcome, nowhere);
        mmu_set_block(nowhere, 0);
    }
    mmu_set_gib(0, MMU_DEVICE | MMU_RO); /* executable: what is emulated and what is not there */
    jump(outcome, MACHINE_GICD);
    jump(outcome, MACHINE_PL011);
    jump(outcome, 0x0b000000);
    mmu_set_gib(0, MMU_DEVICE | MMU_XN);
}
