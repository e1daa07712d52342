/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts of the host tests' plan, in the shape the SDK generates.
 */
#ifndef HV_COUNTS_H
#define HV_COUNTS_H

#define HV_PARTITION_COUNT 2u
#define HV_VCPU_COUNT 3u
#define HV_PCPU_COUNT 3u
#define HV_SEGMENT_COUNT 3u
#define HV_PLACE_COUNT 6u
#define HV_PARKED_COUNT 0u
#define HV_INTID_COUNT 128u
#define HV_IRQ_WORDS 4u
#ifndef HV_GIC_VERSION
#define HV_GIC_VERSION 3u /* and 2: the compiler is told */
#endif
#define HV_GICR_STRIDE 0x20000u
#define HV_SHORT_PATHS 1u
#define HV_TRACE_RECORDS 0u
#define HV_TRACE_STOP_ON_FAULT 0u
#define HV_PMU 1u
#define HV_SHARED_PCPUS 0u /* all are pinned; a test of the policy calls it itself */
#define HV_WINDOW_COUNT 4u
#define HV_HTIMER_INTID 26u
#define HV_LATE_LIMIT_NS 10000u
#define HV_START_STEP_US 10u
#define HV_CONSOLE_PCPU 2u
#define HV_CONSOLE_PERIOD_US 1000u
#define HV_CONSOLE_BUDGET_BYTES 256u

#endif
