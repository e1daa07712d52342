/* SPDX-License-Identifier: Apache-2.0
 *
 * Identity map, 4 KiB granule, 39 bits: 2 MiB .. 1 GiB is Device memory, the guest's RAM is Normal
 * write-back. Within RAM the image's code is read-only and executable, its constants are read-only, all
 * else is writable and never executed. Nothing else is mapped, least of all
 * the null page.
 */
#ifndef GUEST_MMU_H
#define GUEST_MMU_H

#include <stdint.h>

#define MMU_VALID   1ul
#define MMU_BLOCK   1ul /* level 1 and 2 */
#define MMU_PAGE    3ul /* level 3 */
#define MMU_TABLE   3ul
#define MMU_DEVICE  (0ul << 2) /* index into MAIR_EL1 */
#define MMU_NORMAL  ((1ul << 2) | (3ul << 8)) /* inner shareable */
#define MMU_EL0     (1ul << 6)
#define MMU_RO      (1ul << 7)
#define MMU_AF      (1ul << 10)
#define MMU_PXN     (1ul << 53) /* never executed at EL1 */
#define MMU_UXN     (1ul << 54) /* never executed at EL0 */
#define MMU_XN      (MMU_PXN | MMU_UXN)

/* Sets the attributes of the 1 GiB, 2 MiB or 4 KiB around `address` (2 MiB: in the GiB of RAM;
 * 4 KiB: in the image's own 2 MiB). `attributes` are MMU_* without the type bits; 0 unmaps. (So Device
 * memory that is writable and executable cannot be had; nobody wants it.) */
void mmu_set_gib(uint64_t address, uint64_t attributes);
void mmu_set_block(uint64_t address, uint64_t attributes);
void mmu_set_page(uint64_t address, uint64_t attributes);

/* Device memory behind RAM, whole GiBs at a time. What is mapped stays as it is. */
void mmu_map_device(uint64_t address);

/* Exclusive, by the devicetree. */
uint64_t mmu_ram_end(void);

#endif
