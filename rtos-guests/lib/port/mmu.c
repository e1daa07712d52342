/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the guest's stage-1 tables, see mmu.h. mmu_build() runs before the MMU is on; start.S writes
 * the registers.
 */
#include "mmu.h"

#include "cpu.h"
#include "dtb.h"

#define ENTRIES    512u
#define GIB        0x40000000ul
#define BLOCK_SIZE 0x200000ul
#define PAGE_SIZE  0x1000ul

#define DATA   (MMU_NORMAL | MMU_XN)
#define CODE   (MMU_NORMAL | MMU_RO | MMU_UXN)
#define CONSTS (MMU_NORMAL | MMU_RO | MMU_XN)

#define TABLE __attribute__((aligned(4096), section(".bss.tables")))

uint64_t mmu_root[ENTRIES] TABLE;         /* level 1: GiB */
static uint64_t device_table[ENTRIES] TABLE; /* level 2: the first GiB, but its first block: the null page */
static uint64_t ram_table[ENTRIES] TABLE; /* level 2: the GiB at the RAM base */
static uint64_t image_table[ENTRIES] TABLE; /* level 3: the 2 MiB around the image */

extern char guest_text_start[], guest_text_end[], guest_rodata_end[];

static uint64_t end_of_ram;

void mmu_build(uint64_t dtb);

static uint64_t page_attributes(uint64_t page)
{
    if (page >= (uint64_t)guest_text_start && page < (uint64_t)guest_text_end)
        return CODE;
    if (page >= (uint64_t)guest_text_end && page < (uint64_t)guest_rodata_end)
        return CONSTS;
    return DATA;
}

void mmu_build(uint64_t dtb)
{
    uint64_t ram_end = MACHINE_RAM_BASE + dtb_ram_size(dtb);
    uint64_t image_block = (uint64_t)guest_text_start & ~(BLOCK_SIZE - 1);
    uint64_t address;

    if (ram_end == MACHINE_RAM_BASE) /* no devicetree: what is surely there */
        ram_end = image_block + BLOCK_SIZE;
    end_of_ram = ram_end;
    for (address = BLOCK_SIZE; address < GIB; address += BLOCK_SIZE)
        device_table[address / BLOCK_SIZE] = MMU_BLOCK | address | MMU_DEVICE | MMU_XN | MMU_AF;
    mmu_root[0] = MMU_TABLE | (uint64_t)device_table;
    mmu_root[MACHINE_RAM_BASE / GIB] = MMU_TABLE | (uint64_t)ram_table;
    for (address = MACHINE_RAM_BASE; address < ram_end && address < MACHINE_RAM_BASE + GIB; address += BLOCK_SIZE)
        ram_table[address % GIB / BLOCK_SIZE] = MMU_BLOCK | address | DATA | MMU_AF;
    ram_table[image_block % GIB / BLOCK_SIZE] = MMU_TABLE | (uint64_t)image_table;
    for (address = image_block; address < ram_end && address < image_block + BLOCK_SIZE; address += PAGE_SIZE)
        image_table[address % BLOCK_SIZE / PAGE_SIZE] = MMU_PAGE | address | page_attributes(address) | MMU_AF;
}

/* Break before make (Arm ARM D8.16): an entry goes through invalid and a TLB invalidation. */
static void replace(uint64_t *entry, uint64_t value)
{
    *entry = 0;
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" : : : "memory");
    *entry = value;
    __asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}

void mmu_set_gib(uint64_t address, uint64_t attributes)
{
    address &= ~(GIB - 1);
    replace(&mmu_root[address / GIB % ENTRIES], attributes ? MMU_BLOCK | address | attributes | MMU_AF : 0);
}

void mmu_set_block(uint64_t address, uint64_t attributes)
{
    address &= ~(BLOCK_SIZE - 1);
    replace(&ram_table[address % GIB / BLOCK_SIZE], attributes ? MMU_BLOCK | address | attributes | MMU_AF : 0);
}

void mmu_set_page(uint64_t address, uint64_t attributes)
{
    address &= ~(PAGE_SIZE - 1);
    replace(&image_table[address % BLOCK_SIZE / PAGE_SIZE], attributes ? MMU_PAGE | address | attributes | MMU_AF : 0);
}

uint64_t mmu_ram_end(void) { return end_of_ram; }

void mmu_map_device(uint64_t address)
{
    if (!mmu_root[address / GIB % ENTRIES])
        mmu_set_gib(address, MMU_DEVICE | MMU_XN);
}
