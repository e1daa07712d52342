/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts of the co-simulation's plan, in the shape the SDK generates.
 */
#ifndef HV_COUNTS_H
#define HV_COUNTS_H

#define HV_PARTITION_COUNT 1u
#define HV_VCPU_COUNT 2u
#define HV_PCPU_COUNT 2u
#define HV_INTID_COUNT 96u
#define HV_IRQ_WORDS 3u
#define HV_GIC_VERSION COSIM_GIC_VERSION
#define HV_GICR_STRIDE 0x20000u
#define HV_SHORT_PATHS 1u
#define HV_TRACE_RECORDS 0u
#define HV_TRACE_STOP_ON_FAULT 0u
#define HV_PMU 0u

#endif
