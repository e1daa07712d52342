/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the host tests' plan (test_plan.h), written by hand in the shape the SDK generates.
 */
#include <hv/config.h>

#include "hv_counts.h"
#include "test_plan.h"

#define PA(x) { (uint64_t)(uintptr_t)(x) }

_Alignas(4096) uint8_t test_ram[2][RAM_SIZE];
_Alignas(64) uint8_t test_store[3][8192];
_Alignas(8) uint8_t test_checked[CHECKED_BYTES];

void test_plan_fill(void)
{
    static const uint32_t size[3] = { PAYLOAD_0, PAYLOAD_1, PAYLOAD_2 };

    for (uint32_t s = 0; s < 3; s++)
        for (uint32_t i = 0; i < sizeof(test_store[s]); i++)
            test_store[s][i] = i < size[s] ? (uint8_t)(31 * i + 7 * s + (i >> 8)) : 0;
    for (uint32_t i = 0; i < CHECKED_BYTES; i++)
        test_checked[i] = (uint8_t)(0xa5 ^ (13 * i));
}

const struct hv_config_header hv_config_header = {
    .magic = HV_CONFIG_MAGIC, .version = HV_CONFIG_VERSION, .header_size = sizeof(struct hv_config_header),
    .partition_count = HV_PARTITION_COUNT, .vcpu_count = HV_VCPU_COUNT, .pcpu_count = HV_PCPU_COUNT,
    .segment_count = HV_SEGMENT_COUNT, .place_count = HV_PLACE_COUNT, .intid_count = HV_INTID_COUNT,
    .checked_base = PA(test_checked), .checked_size = CHECKED_BYTES, .digest = 0xe07ae313,
    .build_id = "0123456789abcdef",
};

const struct hv_global_config hv_global = {
    .image_base = { 0x40200000 }, .image_end = { 0x40300000 }, .load_copy_end = { 0x40280000 },
    .el2_root = { 0x40240000 }, .tcr_el2 = 0x80823519, .vtcr_el2 = 0x80023559,
    .gicd = { 0x08000000 }, .gicr = { 0x080a0000 }, .gicc = { 0x08010000 }, .gicc_dir = { 0x08020000 },
    .gich = { 0x08030000 }, .uart = { 0x09000000 }, .record = { 0 },
    .gic_version = HV_GIC_VERSION, .uart_intid = 33, .maintenance_intid = 25, .htimer_intid = 26,
    .uart_clock_hz = 24000000, .uart_baud = 115200,
    .console_pcpu = HV_CONSOLE_PCPU, .console_period_us = HV_CONSOLE_PERIOD_US,
    .console_budget_bytes = HV_CONSOLE_BUDGET_BYTES, .psci = HV_PSCI_SMC, .power_off_when_idle = 1,
    .confirm = { 0x05fc0000 }, .confirm_after_us = 20000,
};

const struct hv_pcpu_config hv_pcpus[HV_PCPU_COUNT] = {
    { .mpidr = 0, .block = { 0x40290000 }, .vcpu = 0 },
    { .mpidr = 1, .block = { 0x40296000 }, .vcpu = 1 },
    { .mpidr = 2, .block = { 0x4029c000 }, .vcpu = 2 },
};

const struct hv_vcpu_config hv_vcpus[HV_VCPU_COUNT] = {
    { .partition = CONTROL, .index = 0, .pcpu = 0 },
    { .partition = CONTROL, .index = 1, .pcpu = 1 },
    { .partition = ROGUE, .index = 0, .pcpu = 2 },
};

const struct hv_partition_config hv_partitions[HV_PARTITION_COUNT] = {
    { .name = "control", .vttbr = 1ull << 48 | 0x40250000, .loader_root = { 0x40260000 },
      .ram_ipa = { RAM_IPA }, .ram_pa = PA(test_ram[CONTROL]), .ram_size = RAM_SIZE,
      .entry = { RAM_IPA + 0x1000 }, .dtb = { RAM_IPA },
      .vcpu_first = 0, .vcpu_count = 2, .segment_first = 0, .segment_count = 2, .console = 1, .autostart = 1,
      .fault_action = { HV_FAULT_INJECT_ABORT, HV_FAULT_LOG, HV_FAULT_STOP }, .essential = 1, .restart_limit = 0, .pmu = 1 },
    { .name = "rogue", .vttbr = 2ull << 48 | 0x40254000, .loader_root = { 0x40264000 },
      .ram_ipa = { RAM_IPA }, .ram_pa = PA(test_ram[ROGUE]), .ram_size = RAM_SIZE,
      .entry = { RAM_IPA + 0x2000 }, .dtb = { RAM_IPA },
      .vcpu_first = 2, .vcpu_count = 1, .segment_first = 2, .segment_count = 1, .console = 1, .autostart = 1,
      .fault_action = { HV_FAULT_RESTART_LIMIT, HV_FAULT_RESTART, HV_FAULT_STOP }, .restart_limit = 2 },
};

const struct hv_segment_config hv_segments[HV_SEGMENT_COUNT] = {
    { .store = PA(test_store[0]), .ipa = { RAM_IPA + 0x1003 }, .size = PAYLOAD_0, .check = 0x8d1ddca1 },
    { .store = PA(test_store[1]), .ipa = { RAM_IPA }, .size = PAYLOAD_1, .check = 0x2b1d65d8 },
    { .store = PA(test_store[2]), .ipa = { RAM_IPA + RAM_SIZE - PAYLOAD_2 }, .size = PAYLOAD_2, .check = 0x282f454d },
};

const pa_t hv_parked[HV_PARKED_COUNT + 1u] = { { 0 } };

const struct hv_place_config hv_places[HV_PLACE_COUNT] = {
    { { 0x08000000 }, 0x10000, "gic@8000000" },
    { { 0x09000000 }, 0x1000, "serial@9000000" },
    { { 0x09010000 }, 0x1000, "rtc@9010000" },
    { { 0x40200000 }, 0x100000, "hypervisor" },
    { { 0x48000000 }, 0x200000, "RAM of 'control'" },
    { { 0x48200000 }, 0x200000, "RAM of 'rogue'" },
};

#define HV_ HV_OWNER_HV
const uint8_t hv_irq_owner[HV_INTID_COUNT] = {
    [0 ... 24] = HV_NONE, [25] = HV_, [26] = HV_, [27] = HV_, [28 ... 32] = HV_NONE, [33] = HV_,
    [34 ... 39] = HV_NONE, [40 ... 45] = CONTROL, [46 ... 49] = HV_NONE, [50 ... 51] = ROGUE,
    [52 ... 69] = HV_NONE, [70 ... 72] = CONTROL, [73 ... 99] = HV_NONE, [100 ... 102] = CONTROL,
    [103 ... 126] = HV_NONE, [127] = ROGUE,
};

#define BITS(first, count) (((1u << (count)) - 1) << ((first) % 32))
/* Per partition 4 words: the virtual timer's PPI, then its SPIs. */
const uint32_t hv_irq_owned[HV_PARTITION_COUNT * HV_IRQ_WORDS] = {
    BITS(27, 1), BITS(40, 6), BITS(70, 3), BITS(100, 3),
    BITS(27, 1), BITS(50, 2), 0, BITS(127, 1),
};

/* Odd SPIs of `control` below 64 are edge triggered, and 101. */
const uint32_t hv_irq_edge[HV_PARTITION_COUNT * HV_IRQ_WORDS] = {
    0, BITS(41, 1) | BITS(43, 1) | BITS(45, 1), 0, BITS(101, 1),
    0, BITS(51, 1), 0, 0,
};

/* What pCPU 1 would do with its time, were it shared: 300 us, 200 us, nobody 100 us, 400 us. */
const struct hv_schedule_config hv_schedules[HV_PCPU_COUNT] = {
    [1] = { .frame_ns = 1000000, .window_first = 0, .window_count = 4 },
};

const struct hv_window_config hv_windows[HV_WINDOW_COUNT] = {
    { .end_ns = 300000, .vcpu = 1 },
    { .end_ns = 500000, .vcpu = 2 },
    { .end_ns = 600000, .vcpu = HV_NONE },
    { .end_ns = 1000000, .vcpu = 1 },
};
