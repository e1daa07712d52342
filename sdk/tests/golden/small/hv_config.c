/* Generated from system 'small/demo' on board 'small' by the SDK.
 * Do not edit. */
#include <hv/config.h>
#include "hv_counts.h"

_Static_assert(sizeof(struct hv_config_header) == 0x58, "the SDK and hv/config.h disagree");
_Static_assert(offsetof(struct hv_config_header, digest) == 0x38, "the SDK and hv/config.h disagree");
_Static_assert(offsetof(struct hv_config_header, build_id) == 0x40, "the SDK and hv/config.h disagree");
_Static_assert(HV_STACK_SIZE == 0x2000, "the SDK and hv/config.h disagree");
_Static_assert(HV_PANIC_STACK_SIZE == 0x1000, "the SDK and hv/config.h disagree");
_Static_assert(HV_PCPU_BLOCK_SIZE == 0x6000, "the SDK and hv/config.h disagree");
_Static_assert(HV_RECORD_SIZE == 0x1000, "the SDK and hv/config.h disagree");
_Static_assert(HV_FAULT_CLASS_COUNT == 0x3, "the SDK and hv/config.h disagree");
_Static_assert(HV_GUEST_GICD_IPA == 0x8000000, "the SDK and hv/config.h disagree");
_Static_assert(HV_GUEST_GICR_IPA == 0x80a0000, "the SDK and hv/config.h disagree");
_Static_assert(HV_GUEST_GICR_STRIDE == 0x20000, "the SDK and hv/config.h disagree");
_Static_assert(HV_GUEST_UART_IPA == 0x9000000, "the SDK and hv/config.h disagree");
_Static_assert(HV_GUEST_UART_INTID == 0x21, "the SDK and hv/config.h disagree");

extern const char hv_load_end[]; /* link/bulkhead.ld */

__attribute__((section(".hv_config_header"), used)) const struct hv_config_header hv_config_header = {
    .magic = HV_CONFIG_MAGIC,
    .version = HV_CONFIG_VERSION,
    .header_size = 88,
    .partition_count = HV_PARTITION_COUNT,
    .vcpu_count = HV_VCPU_COUNT,
    .pcpu_count = HV_PCPU_COUNT,
    .segment_count = HV_SEGMENT_COUNT,
    .place_count = HV_PLACE_COUNT,
    .intid_count = HV_INTID_COUNT,
    .checked_base = {0x40208058},
    .checked_size = 0x16fa8,
};

const struct hv_global_config hv_global = {
    .image_base = {0x40200000},
    .image_end = {0x40231000},
    .load_copy_end = {(uint64_t)hv_load_end},
    .el2_root = {0x40210000},
    .tcr_el2 = 0x80823519,
    .vtcr_el2 = 0x80023559,
    .gicd = {0x8000000},
    .gicr = {0x80a0000},
    .uart = {0x9000000},
    .gicc = {0x0},
    .gicc_dir = {0x0},
    .gich = {0x0},
    .record = {0x40230000},
    .gic_version = 3,
    .uart_intid = 33,
    .maintenance_intid = 25,
    .htimer_intid = 26,
    .uart_clock_hz = 24000000,
    .uart_baud = 115200,
    .console_pcpu = 1,
    .console_period_us = 1000,
    .console_budget_bytes = 256,
    .psci = HV_PSCI_SMC,
    .confirm = {0x0},
    .confirm_after_us = 0,
    .power_off_when_idle = 1,
};

const struct hv_pcpu_config hv_pcpus[HV_PCPU_COUNT] = {
    /* [0]  dts/small.dts:10:1 */ { .mpidr = 0x0, .block = {0x40224000}, .release = {0x0}, .vcpu = 0, .policy = HV_POLICY_PINNED },
    /* [1]  dts/small.dts:11:1 */ { .mpidr = 0x1, .block = {0x4022a000}, .release = {0x0}, .vcpu = 1, .policy = HV_POLICY_PINNED },
};

const pa_t hv_parked[HV_PARKED_COUNT + 1u] = {
    {0x0},
};

const struct hv_vcpu_config hv_vcpus[HV_VCPU_COUNT] = {
    /* [0] control */ { .partition = 0, .index = 0, .pcpu = 0 },
    /* [1] rogue */ { .partition = 1, .index = 0, .pcpu = 1 },
};

const struct hv_partition_config hv_partitions[HV_PARTITION_COUNT] = {
    /* [0]  build/.config:10 */ { .name = "control", .vttbr = 0x1000040219000, .loader_root = {0x40212000}, .ram_ipa = {0x40000000}, .ram_pa = {0x7fe00000}, .ram_size = 0x200000, .entry = {0x40010000}, .dtb = {0x40000000}, .vcpu_first = 0, .vcpu_count = 1, .segment_first = 0, .segment_count = 2, .console = 1, .autostart = 1, .fault_action = { [HV_FAULT_STAGE2] = HV_FAULT_INJECT_ABORT, [HV_FAULT_UNDEFINED] = HV_FAULT_INJECT_ABORT, [HV_FAULT_CALL] = HV_FAULT_LOG }, .essential = 0, .restart_limit = 3, .pmu = 0 },
    /* [1]  build/.config:20 */ { .name = "rogue", .vttbr = 0x200004021c000, .loader_root = {0x40215000}, .ram_ipa = {0x40000000}, .ram_pa = {0x7fdc0000}, .ram_size = 0x40000, .entry = {0x40010000}, .dtb = {0x40000000}, .vcpu_first = 1, .vcpu_count = 1, .segment_first = 2, .segment_count = 2, .console = 1, .autostart = 1, .fault_action = { [HV_FAULT_STAGE2] = HV_FAULT_INJECT_ABORT, [HV_FAULT_UNDEFINED] = HV_FAULT_INJECT_ABORT, [HV_FAULT_CALL] = HV_FAULT_LOG }, .essential = 0, .restart_limit = 3, .pmu = 0 },
};

const struct hv_segment_config hv_segments[HV_SEGMENT_COUNT] = {
    /* [0] control: guest */ { .store = {0x4021f000}, .ipa = {0x40010000}, .size = 0xc8, .check = 0x9b557db5 },
    /* [1] control: dtb */ { .store = {0x4021f100}, .ipa = {0x40000000}, .size = 0x620, .check = 0x5b85a62a },
    /* [2] rogue: guest */ { .store = {0x4021f740}, .ipa = {0x40010000}, .size = 0xc8, .check = 0x693efeb6 },
    /* [3] rogue: dtb */ { .store = {0x4021f840}, .ipa = {0x40000000}, .size = 0x518, .check = 0x72d9879f },
};

const struct hv_place_config hv_places[HV_PLACE_COUNT] = {
    { .base = {0x8000000}, .size = 0x10000, .what = "GIC distributor" },
    { .base = {0x80a0000}, .size = 0xf60000, .what = "GIC redistributors" },
    { .base = {0x9000000}, .size = 0x1000, .what = "pl011@9000000" },
    { .base = {0x9010000}, .size = 0x1000, .what = "rtc@9010000" },
    { .base = {0x40200000}, .size = 0x31000, .what = "EL2 hypervisor" },
    { .base = {0x48000000}, .size = 0x200000, .what = "boot loader" },
    { .base = {0x7fdc0000}, .size = 0x40000, .what = "RAM of 'rogue'" },
    { .base = {0x7fe00000}, .size = 0x200000, .what = "RAM of 'control'" },
};

const uint8_t hv_irq_owner[HV_INTID_COUNT] = {
    [0 ... 24] = HV_NONE,
    [25] = HV_OWNER_HV,
    [26] = HV_OWNER_HV,
    [27] = HV_OWNER_HV,
    [28 ... 29] = HV_NONE,
    [30] = HV_OWNER_HV,
    [31 ... 32] = HV_NONE,
    [33] = HV_OWNER_HV, /* pl011@9000000 */
    [34] = 0, /* rtc@9010000 */
    [35 ... 287] = HV_NONE,
};

const uint32_t hv_irq_owned[HV_PARTITION_COUNT * HV_IRQ_WORDS] = {
    [0 * HV_IRQ_WORDS + 0] = 0x48000000, /* control: INTID 0 to 31 */
    [0 * HV_IRQ_WORDS + 1] = 0x00000004, /* control: INTID 32 to 63 */
    [1 * HV_IRQ_WORDS + 0] = 0x48000000, /* rogue: INTID 0 to 31 */
};

const uint32_t hv_irq_edge[HV_PARTITION_COUNT * HV_IRQ_WORDS] = {
    [0 * HV_IRQ_WORDS + 1] = 0x00000004, /* control: INTID 32 to 63 */
};
