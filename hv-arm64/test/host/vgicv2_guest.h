/* SPDX-License-Identifier: Apache-2.0
 *
 * Of vgic_guest.h, what a guest does with a GICv2: each vCPU reaches its own SGIs and PPIs, so the
 * one that is meant does it. An SGI is pending from a source, here the same vCPU, and always
 * enabled.
 */
#ifndef VGICV2_GUEST_H
#define VGICV2_GUEST_H

/* To the pCPU of a vCPU of the same partition; returns where the test was. */
static inline uint32_t go_to(uint32_t index)
{
    uint32_t before = fake.self;

    on_pcpu(config_vcpu(config_partition(config_vcpu(me())->partition)->vcpu_first + index)->pcpu);
    return before;
}

static inline uint64_t gicd_byte(uint32_t offset)
{
    return guest_load(HV_GUEST_GICD_IPA + offset, 1);
}

static inline void gicd_byte_write(uint32_t offset, uint64_t value)
{
    guest_store(HV_GUEST_GICD_IPA + offset, 1, value);
}

static inline bool is_sgi_pending_array(uint32_t array, uint32_t intid)
{
    return intid < 16 && (array == GICD_ISPENDR || array == GICD_ICPENDR);
}

/* A bit of one of the arrays IGROUPR .. ICACTIVER; `array` is its offset. */
static inline void bit_write(uint32_t array, uint32_t index, uint32_t intid)
{
    uint32_t before = intid < 32 ? go_to(index) : fake.self;

    if (!is_sgi_pending_array(array, intid))
        gicd_write(array + 4 * (intid / 32), BIT(intid % 32));
    else if (array == GICD_ISPENDR)
        gicd_byte_write(GICD_SPENDSGIR + intid, BIT(index));
    else
        gicd_byte_write(GICD_CPENDSGIR + intid, 0xff);
    on_pcpu(before);
}

static inline bool bit_read(uint32_t array, uint32_t index, uint32_t intid)
{
    uint32_t before = intid < 32 ? go_to(index) : fake.self;
    bool bit = gicd_read(array + 4 * (intid / 32)) >> intid % 32 & 1;

    on_pcpu(before);
    return bit;
}

static inline void group_write(uint32_t index, uint32_t intid, bool group)
{
    uint32_t before = intid < 32 ? go_to(index) : fake.self;
    uint32_t offset = GICD_IGROUPR + 4 * (intid / 32);

    gicd_write(offset, (gicd_read(offset) & ~BIT(intid % 32)) | (uint64_t)group << intid % 32);
    on_pcpu(before);
}

static inline void priority_set(uint32_t index, uint32_t intid, uint8_t priority)
{
    uint32_t before = intid < 32 ? go_to(index) : fake.self;

    gicd_byte_write(GICD_IPRIORITYR + intid, priority);
    on_pcpu(before);
}

static inline void route(uint32_t intid, uint32_t index)
{
    gicd_byte_write(GICD_ITARGETSR + intid, index < 8 ? BIT(index) : 0);
}

/* The SGI `intid` from the running vCPU; it has no group. Filter 1 is all others. */
static inline void sgi_send(uint32_t intid, uint32_t list, uint32_t filter, uint32_t group)
{
    (void)group;
    gicd_write(GICD_SGIR, field_put(GICD_SGIR, INTID, intid) | field_put(GICD_SGIR, CPUTargetList, list) |
                              field_put(GICD_SGIR, TargetListFilter, filter));
}

/* To CPUs that nobody has, and with the reserved filter. */
static inline void sgi_send_nowhere(uint32_t intid)
{
    sgi_send(intid, 0xfc, 0, 1);
    sgi_send(intid, 0xff, 3, 1);
}

/* SPIs go to nobody at reset, where there are two vCPUs. */
static inline void routes_begin(void)
{
    for (uint32_t intid = 32; intid < HV_INTID_COUNT; intid++)
        route(intid, 0);
}

#endif
