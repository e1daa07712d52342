/* SPDX-License-Identifier: Apache-2.0
 *
 * The co-simulation's plan: one partition with two vCPUs, each on a pCPU of its own. It owns the
 * virtual timer and SPIs 8 to 23 (INTIDs 40 to 55), the odd ones edge triggered, and INTIDs 70 to 73.
 */
#include <hv/config.h>

#include "hv_counts.h"

const struct hv_global_config hv_global = {
    .gicd = { 0x08000000 }, .gicr = { 0x080a0000 }, .gicc = { 0x08010000 }, .gicc_dir = { 0x08011000 },
    .gich = { 0x08030000 }, .gic_version = HV_GIC_VERSION, .maintenance_intid = 25, .htimer_intid = 26,
};

const struct hv_pcpu_config hv_pcpus[HV_PCPU_COUNT] = { { .mpidr = 0, .vcpu = 0 }, { .mpidr = 1, .vcpu = 1 } };

const struct hv_vcpu_config hv_vcpus[HV_VCPU_COUNT] = {
    { .partition = 0, .index = 0, .pcpu = 0 },
    { .partition = 0, .index = 1, .pcpu = 1 },
};

const struct hv_partition_config hv_partitions[HV_PARTITION_COUNT] = {
    { .name = "guest", .vcpu_first = 0, .vcpu_count = 2, .console = 1 },
};

const uint8_t hv_irq_owner[HV_INTID_COUNT] = {
    [0 ... 24] = HV_NONE, [25 ... 27] = HV_OWNER_HV, [28 ... 39] = HV_NONE, [40 ... 55] = 0, [56 ... 69] = HV_NONE,
    [70 ... 73] = 0, [74 ... 95] = HV_NONE,
};

const uint32_t hv_irq_owned[HV_PARTITION_COUNT * HV_IRQ_WORDS] = { 1u << 27, 0xffffu << 8, 0xfu << 6 };
const uint32_t hv_irq_edge[HV_PARTITION_COUNT * HV_IRQ_WORDS] = { 0, 0xaaaau << 8, 0 };
