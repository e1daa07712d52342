/* SPDX-License-Identifier: Apache-2.0
 *
 * Of vgic_guest.h, what a guest does with a GICv3: any vCPU may reach another's redistributor.
 */
#ifndef VGICV3_GUEST_H
#define VGICV3_GUEST_H

static inline uint64_t gicr_ipa(uint32_t index)
{
    return HV_GUEST_GICR_IPA + (uint64_t)index * HV_GUEST_GICR_STRIDE;
}

static inline uint64_t gicr_read(uint32_t index, uint32_t offset)
{
    return guest_load(gicr_ipa(index) + offset, 4);
}

static inline void gicr_write(uint32_t index, uint32_t offset, uint64_t value)
{
    guest_store(gicr_ipa(index) + offset, 4, value);
}

/* A bit of one of the arrays IGROUPR .. ICACTIVER; `array` is the distributor's offset. SGIs and
 * PPIs are those of the vCPU with this index. */
static inline void bit_write(uint32_t array, uint32_t index, uint32_t intid)
{
    if (intid < 32)
        gicr_write(index, 0x10000 + array, BIT(intid));
    else
        gicd_write(array + 4 * (intid / 32), BIT(intid % 32));
}

static inline bool bit_read(uint32_t array, uint32_t index, uint32_t intid)
{
    uint64_t word = intid < 32 ? gicr_read(index, 0x10000 + array) : gicd_read(array + 4 * (intid / 32));

    return word >> intid % 32 & 1;
}

static inline void group_write(uint32_t index, uint32_t intid, bool group)
{
    uint32_t offset = GICD_IGROUPR + 4 * (intid / 32);
    uint64_t old = intid < 32 ? gicr_read(index, 0x10000 + GICD_IGROUPR) : gicd_read(offset);
    uint64_t new = (old & ~BIT(intid % 32)) | (uint64_t)group << intid % 32;

    if (intid < 32)
        gicr_write(index, 0x10000 + GICD_IGROUPR, new);
    else
        gicd_write(offset, new);
}

static inline void priority_set(uint32_t index, uint32_t intid, uint8_t priority)
{
    if (intid < 32)
        guest_store(gicr_ipa(index) + GICR_IPRIORITYR + intid, 1, priority);
    else
        guest_store(HV_GUEST_GICD_IPA + GICD_IPRIORITYR + intid, 1, priority);
}

static inline void route(uint32_t intid, uint32_t index)
{
    guest_store(HV_GUEST_GICD_IPA + GICD_IROUTER + 8 * intid, 8, index);
}

/* The running vCPU writes ICC_SGI1R_EL1 (group 1) or ICC_SGI0R_EL1, as short_gicv3.S and entry.S take it. */
static inline void sgi_write(uint64_t value, uint32_t group)
{
    struct frame frame = { .x = { [1] = value } };
    uint64_t esr = 0x18ull << 26 | 1u << 25 | field_put(ESR_SYSREG, Op0, 3) | field_put(ESR_SYSREG, CRn, 12) |
                   field_put(ESR_SYSREG, CRm, 11) | field_put(ESR_SYSREG, Op2, group ? 5 : 7) |
                   field_put(ESR_SYSREG, Rt, 1);

    if (sysreg_send_sgi(value, esr))
        guest_skip_instruction(esr);
    else
        trap_sync(&frame, esr);
}

/* The SGI `intid` from the running vCPU. */
static inline void sgi_send(uint32_t intid, uint32_t list, bool others, uint32_t group)
{
    sgi_write(field_put(ICC_SGI1R_EL1, INTID, intid) | field_put(ICC_SGI1R_EL1, IRM, others) | list, group);
}

/* With affinities and to CPUs that nobody has. */
static inline void sgi_send_nowhere(uint32_t intid)
{
    sgi_write(field_put(ICC_SGI1R_EL1, INTID, intid) | field_put(ICC_SGI1R_EL1, Aff1, 1) | 3, 1);
    sgi_write(field_put(ICC_SGI1R_EL1, INTID, intid) | field_put(ICC_SGI1R_EL1, RS, 2) | 3, 1);
    sgi_write(field_put(ICC_SGI1R_EL1, INTID, intid) | 0xfffc, 1);
}

/* SPIs go to the first vCPU at reset. */
static inline void routes_begin(void)
{
}

#endif
