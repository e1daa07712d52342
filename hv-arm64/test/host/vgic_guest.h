/* SPDX-License-Identifier: Apache-2.0
 *
 * A guest's accesses to its interrupt controller, for the vGIC's tests. SGIs and PPIs are those of
 * the vCPU with the index that is given.
 */
#ifndef VGIC_GUEST_H
#define VGIC_GUEST_H

#include "lib/bits.h"
#include "machine.h"
#include "regs/regs.h"

/* The running vCPU: that of the pCPU the test is on. */
static inline uint32_t me(void)
{
    return sched_current();
}

static inline uint64_t gicd_read(uint32_t offset)
{
    return guest_load(HV_GUEST_GICD_IPA + offset, 4);
}

static inline void gicd_write(uint32_t offset, uint64_t value)
{
    guest_store(HV_GUEST_GICD_IPA + offset, 4, value);
}

#if HV_GIC_VERSION == 2
#include "vgicv2_guest.h"
#else
#include "vgicv3_guest.h"
#endif

/* Group 1, enabled, this priority. */
static inline void set_up(uint32_t index, uint32_t intid, uint8_t priority)
{
    group_write(index, intid, true);
    priority_set(index, intid, priority);
    bit_write(GICD_ISENABLER, index, intid);
}

static inline uint32_t ack(void)
{
    uint32_t priority;

    return fake_guest_ack(0x100, &priority);
}

#endif
