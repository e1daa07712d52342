/* SPDX-License-Identifier: Apache-2.0
 *
 * The read-only door to the generated tables.
 */
#ifndef HV_CONFIG_CONFIG_H
#define HV_CONFIG_CONFIG_H

#include <stdbool.h>

#include <hv/config.h>

#include "hv_counts.h"
#include "lib/bits.h"

#define HV_SPI_FIRST 32u

/* NULL if the tables are what the SDK wrote, else what is wrong. */
const char *config_verify(void);

static inline const struct hv_global_config *config_global(void)
{
    return &hv_global;
}

static inline const struct hv_pcpu_config *config_pcpu(uint32_t id)
{
    return &hv_pcpus[id];
}

static inline const struct hv_vcpu_config *config_vcpu(uint32_t id)
{
    return &hv_vcpus[id];
}

static inline const struct hv_schedule_config *config_schedule(uint32_t pcpu)
{
    return &hv_schedules[pcpu];
}

static inline const struct hv_window_config *config_window(uint32_t id)
{
    return &hv_windows[id];
}

static inline const struct hv_partition_config *config_partition(uint32_t id)
{
    return &hv_partitions[id];
}

static inline const struct hv_segment_config *config_segment(uint32_t id)
{
    return &hv_segments[id];
}

/* Its vCPUs have the performance monitors of their pCPUs. Known to be false when no partition has. */
static inline bool config_has_pmu(uint32_t partition)
{
    return HV_PMU != 0 && hv_partitions[partition].pmu != 0;
}

/* Partition id, HV_OWNER_HV or HV_NONE; an INTID outside the plan has no owner. */
static inline uint32_t config_irq_owner(uint32_t intid)
{
    return intid < HV_INTID_COUNT ? hv_irq_owner[intid] : HV_NONE;
}

/* Device interrupts of a partition among INTIDs 32 * word .. 32 * word + 31. */
static inline uint32_t config_irq_owned(uint32_t partition, uint32_t word)
{
    return hv_irq_owned[partition * HV_IRQ_WORDS + word];
}

/* A device's interrupt that the partition owns, or a timer of EL1. */
static inline bool config_irq_is_of(uint32_t intid, uint32_t partition)
{
    return intid < HV_INTID_COUNT && ((config_irq_owned(partition, intid / 32) >> (intid % 32)) & 1u) != 0;
}

static inline uint32_t config_irq_edge(uint32_t partition, uint32_t word)
{
    return hv_irq_edge[partition * HV_IRQ_WORDS + word];
}

/* Name of what lies at a physical address, "nothing" if the plan knows nothing there. */
const char *config_place(uint64_t pa);

#endif
