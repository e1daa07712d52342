/* SPDX-License-Identifier: Apache-2.0
 *
 * Shapes of the generated tables: what the SDK writes (build/.../hv_config.c) and the
 * hypervisor reads through src/config/. No code. The counts (HV_*_COUNT) come from the
 * generated hv_counts.h, so that every array has its exact size at compile time.
 *
 * Addresses are physical unless the type says otherwise; sizes are in bytes.
 */
#ifndef HV_CONFIG_H
#define HV_CONFIG_H

#include <hv/types.h>

#define HV_CONFIG_MAGIC   0x4e414c5044484c42ull /* "BLHDPLAN", little endian */
#define HV_CONFIG_VERSION 1u
#define HV_NONE           0xffu /* no partition, no vCPU */
#define HV_OWNER_HV       0xfeu /* an interrupt the hypervisor handles itself */
#define HV_NAME_SIZE      24u   /* a partition's name, NUL included */
#define HV_STACK_SIZE     0x2000u /* of one pCPU; a guard page lies below it */
#define HV_PANIC_STACK_SIZE 0x1000u
#define HV_PCPU_SIZE      0x1000u /* struct pcpu, in pages of its own */
/* One per-pCPU block, from its base: guard page, stack, guard page, panic stack, struct pcpu. */
#define HV_PCPU_BLOCK_SIZE (0x1000u + HV_STACK_SIZE + 0x1000u + HV_PANIC_STACK_SIZE + HV_PCPU_SIZE)
#define HV_RECORD_SIZE    0x1000u /* crash record and boot count: survives a warm reset */

/* What every guest sees, besides its RAM (docs/architecture.md, "The guest's machine"). */
#define HV_GUEST_GICD_IPA   0x08000000u
#define HV_GUEST_GICD_SIZE  0x10000u
#define HV_GUEST_GICR_IPA   0x080a0000u
#define HV_GUEST_GICR_STRIDE 0x20000u /* a vCPU's redistributor */
#define HV_GUEST_GICR_SGI    0x10000u /* its second frame: SGIs and PPIs */
#define HV_GUEST_UART_IPA   0x09000000u
#define HV_GUEST_UART_SIZE  0x1000u
#define HV_GUEST_UART_INTID 33u

/* Memory attribute indices of EL2's own stage 1; MAIR_EL2 is HV_MAIR_EL2 in all tables. */
#define HV_ATTR_DEVICE 0u /* Device-nGnRE */
#define HV_ATTR_NORMAL 1u /* Normal, write-back, read and write allocate */
#define HV_MAIR_EL2    0x000000000000ff04ull

/* How a pCPU gives its time to vCPUs: struct hv_pcpu_config.policy. */
enum hv_policy {
    HV_POLICY_PINNED = 0, /* one vCPU has it for ever */
    HV_POLICY_TABLE = 1,  /* windows of a major frame that repeats */
};

enum hv_fault_action {
    HV_FAULT_LOG = 0,
    HV_FAULT_INJECT_ABORT = 1,
    HV_FAULT_STOP = 2,
    HV_FAULT_RESTART = 3,
    HV_FAULT_RESTART_LIMIT = 4,
};

enum hv_fault_class {
    HV_FAULT_STAGE2 = 0,
    HV_FAULT_UNDEFINED = 1,
    HV_FAULT_CALL = 2,
    HV_FAULT_CLASS_COUNT = 3,
};

/* First object of the tables, checked by config_verify() before anything else is believed. */
struct hv_config_header {
    uint64_t magic;       /* HV_CONFIG_MAGIC */
    uint32_t version;     /* HV_CONFIG_VERSION */
    uint32_t header_size; /* sizeof(struct hv_config_header) */
    uint32_t partition_count, vcpu_count, pcpu_count, segment_count, place_count, intid_count;
    pa_t checked_base;     /* the bytes under `digest`: the rodata and tables boxes, this header excluded */
    uint64_t checked_size; /* multiple of 8 */
    uint32_t digest;       /* CRC-32C of them (hv_integrity.h); patched in after the link */
    uint32_t reserved;
    char build_id[24]; /* 16 lower-case hex digits and NUL; patched in after the link */
};

enum hv_psci { HV_PSCI_NONE, HV_PSCI_SMC, HV_PSCI_HVC };

struct hv_global_config {
    pa_t image_base, image_end; /* whole hypervisor, store and pCPU blocks included; end exclusive */
    pa_t load_copy_end;         /* end of what the image file holds (a copy moves [image_base, this)) */
    pa_t el2_root;              /* TTBR0_EL2 in steady state */
    uint64_t tcr_el2;           /* RES1 included */
    uint64_t vtcr_el2;
    pa_t gicd, gicr, uart;      /* gicr: base of the redistributor frames, 0x20000 each, in pCPU order */
    pa_t gicc, gicc_dir, gich;  /* GICv2 only; gicc_dir: the CPU interface's second page */
    pa_t record;                /* crash record page */
    uint32_t gic_version;       /* 2 or 3 */
    uint32_t uart_intid, maintenance_intid, htimer_intid; /* htimer: EL2 physical timer */
    uint32_t uart_clock_hz, uart_baud;
    uint32_t console_pcpu, console_period_us, console_budget_bytes;
    uint32_t psci;              /* enum hv_psci: how the firmware is called */
    pa_t confirm;               /* the word that confirms this image, in flash; 0: nobody does */
    uint32_t confirm_after_us;  /* how long essential partitions run before */
    uint32_t power_off_when_idle;
};

struct hv_pcpu_config {
    uint64_t mpidr;  /* affinity fields of MPIDR_EL1 */
    pa_t block;      /* base of its HV_PCPU_BLOCK_SIZE bytes */
    pa_t release;    /* spin table; 0: PSCI CPU_ON */
    uint32_t vcpu;   /* the pinned vCPU, HV_NONE if none */
    uint32_t policy; /* enum hv_policy */
};

/* The major frame of a pCPU with the policy `table`, by pCPU; zeros for the others. */
struct hv_schedule_config {
    uint64_t frame_ns;
    uint32_t window_first, window_count; /* in hv_windows[]; at least one */
};

/* Windows of a pCPU follow each other without a gap; the last ends with the frame. */
struct hv_window_config {
    uint64_t end_ns; /* from the beginning of the frame */
    uint32_t vcpu;   /* HV_NONE: nobody runs */
    uint32_t reserved;
};

struct hv_vcpu_config {
    uint32_t partition;
    uint32_t index; /* in its partition; virtual MPIDR affinity 0 */
    uint32_t pcpu;
};

struct hv_partition_config {
    char name[HV_NAME_SIZE];
    uint64_t vttbr;   /* stage-2 root and VMID (partition id + 1) */
    pa_t loader_root; /* EL2 root that also maps this partition's RAM */
    ipa_t ram_ipa;
    pa_t ram_pa;
    uint64_t ram_size;
    ipa_t entry, dtb;
    uint32_t vcpu_first, vcpu_count;
    uint32_t segment_first, segment_count;
    uint32_t console;   /* has a virtual PL011 */
    uint32_t autostart;
    uint8_t fault_action[HV_FAULT_CLASS_COUNT]; /* enum hv_fault_action by enum hv_fault_class */
    uint8_t essential; /* must be healthy before the image is confirmed */
    uint32_t restart_limit;
    uint32_t pmu; /* its vCPUs have the performance monitors of their pCPUs */
    uint32_t reserved;
};

/* Bytes copied at start and restart. */
struct hv_segment_config {
    pa_t store;    /* in the payload store, 64-byte aligned */
    ipa_t ipa;     /* where in the guest, any alignment */
    uint64_t size; /* bytes; the store is padded with zeros to a multiple of 8 */
    uint32_t check; /* CRC-32C of the padded bytes, or the 64-bit hash folded to 32 (hv_integrity.h) */
    uint32_t reserved;
};

/* What lies at a physical address, for fault reports: sorted by base, not overlapping. */
struct hv_place_config {
    pa_t base;
    uint64_t size;
    char what[40]; /* "rtc@9010000", "RAM of 'control'", "hypervisor"; NUL-terminated */
};

/* Definitions are in the generated hv_config.c. */
extern const struct hv_config_header hv_config_header;
extern const struct hv_global_config hv_global;
extern const struct hv_pcpu_config hv_pcpus[];
extern const pa_t hv_parked[]; /* spin tables of the CPUs that no plan uses; ends with 0 */
extern const struct hv_vcpu_config hv_vcpus[];
/* [HV_PCPU_COUNT] and [HV_WINDOW_COUNT], where a pCPU is shared (HV_SHARED_PCPUS). */
extern const struct hv_schedule_config hv_schedules[];
extern const struct hv_window_config hv_windows[];
extern const struct hv_partition_config hv_partitions[];
extern const struct hv_segment_config hv_segments[];
extern const struct hv_place_config hv_places[];
/* Owner of each INTID: partition id, HV_OWNER_HV or HV_NONE. [HV_INTID_COUNT] */
extern const uint8_t hv_irq_owner[];
/* Bit n % 32 of word [partition * HV_INTID_COUNT / 32 + n / 32]: INTID n is a device interrupt of
 * that partition. Words 0 (SGI, PPI) hold EL1's timers and performance monitors. */
extern const uint32_t hv_irq_owned[];
/* The same shape: 1 where the devicetree says edge. */
extern const uint32_t hv_irq_edge[];

#endif
