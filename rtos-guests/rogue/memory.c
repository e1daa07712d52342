/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks on addresses: RAM of others, the hypervisor's, devices, and jumps. rogue owns its stage 1
 * and maps whatever it wants; only stage 2 can hold it.
 */
#include "rogue.h"

#define BLOCK     0x200000ul
#define PAGE      0x1000ul
#define RAM_END   0x80000000ul /* of the board */
#define HV_BASE   0x40200000ul /* where the hypervisor's image lies on it */
#define PATTERN   0x0bad0bad0bad0badul

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

/* The first and the last page of every 2 MiB behind our own RAM. */
void attack_other_ram(struct outcome *outcome)
{
    uint64_t block = (own_end() + BLOCK - 1) & ~(BLOCK - 1);

    for (; block < RAM_END; block += BLOCK) {
        mmu_set_block(block, MMU_NORMAL | MMU_XN);
        touch(outcome, block);
        mmu_set_block(block, 0);
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
    uint64_t start = own_end() > HV_BASE ? (own_end() + BLOCK - 1) & ~(BLOCK - 1) : HV_BASE;
    uint64_t page;

    if (start >= RAM_END)
        return;
    mmu_set_block(start, MMU_NORMAL | MMU_XN);
    for (page = start; page < start + BLOCK; page += PAGE)
        touch(outcome, page);
    mmu_set_block(start, 0);
}

/* The devices of the board. One that our devicetree names is ours: not an escape. */
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

void attack_device(struct outcome *outcome)
{
    uint32_t i;

    for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        uint64_t ours = dtb_find(devices[i].compatible);

        if (ours && (ours == devices[i].address || text_equal(devices[i].compatible, "virtio,mmio")))
            continue;
        fault_expect();
        mmio_read32(devices[i].address);
        if (!try_end(outcome))
            escape(outcome, "read", devices[i].address);
        fault_expect();
        mmio_write32(devices[i].address, 0);
        if (!try_end(outcome))
            escape(outcome, "write", devices[i].address);
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
    uint64_t nowhere = RAM_END - BLOCK;

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
