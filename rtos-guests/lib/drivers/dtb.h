/* SPDX-License-Identifier: Apache-2.0
 *
 * The little a guest wants from its devicetree: boot arguments, RAM size, and whether a device is
 * there. Reads the flattened tree in place and trusts no length in it beyond its total size.
 */
#ifndef GUEST_DTB_H
#define GUEST_DTB_H

#include <stdbool.h>
#include <stdint.h>

/* Remembers the tree at `address` (x0 at entry), or the one at the RAM base if there is none. */
void dtb_init(uint64_t address);

/* "" if there are none. */
const char *dtb_bootargs(void);

/* Is `word` one of the space-separated words of the boot arguments? */
bool dtb_bootargs_have(const char *word);

/* The number behind `start` ("rate="), in word number `instance` of those that begin so. False, and `value` as it was,
 * if there are not so many. */
bool dtb_bootargs_number(const char *start, uint32_t instance, uint64_t *value);

/* Address of the first device that is `compatible`; 0 if there is none. */
uint64_t dtb_find(const char *compatible);

/* The bases of the first `count` regions in the `reg` of the first device that is `compatible`. False, and `bases` as
 * they were, if there are not as many. */
bool dtb_regions(const char *compatible, uint64_t *bases, uint32_t count);

/* The INTID of the interrupt number `index` of the first device that is `compatible`; `otherwise` if there is none. */
uint32_t dtb_interrupt(const char *compatible, uint32_t index, uint32_t otherwise);

/* A device with its first region and first interrupt (0: none). */
struct device {
    uint64_t base, size;
    uint32_t intid;
    bool edge;
};

/* Device number `instance` of those that are `compatible`, mapped for use. False if there is none. */
bool device_find(const char *compatible, uint32_t instance, struct device *device);

/* RAM size by the tree at `address`; 0 without one. Needs no dtb_init(): runs before the MMU is on. */
uint64_t dtb_ram_size(uint64_t address);

#endif
