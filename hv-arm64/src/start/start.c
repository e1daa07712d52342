/* SPDX-License-Identifier: Apache-2.0
 *
 * Start-up, a list to be read from top to bottom: once for the machine, on the boot pCPU, then
 * for each pCPU, ending in its loop.
 */
#include <stdatomic.h>

#include "arch/crash.h"
#include "arch/guest.h"
#include "arch/ops.h"
#include "arch/pcpu.h"
#include "arch/transition.h"
#include "config/config.h"
#include "confirm/confirm.h"
#include "console/console.h"
#include "dev/firmware.h"
#include "dev/gic.h"
#include "dev/htimer.h"
#include "dev/uart.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "part/part.h"
#include "regs/regs.h"
#include "sched/sched.h"
#include "sched/shared_table.h"
#include "start/boot.h"
#include "trace/trace.h"
#include "trap/shared.h"
#include "trap/trap.h"

_Static_assert(offsetof(struct hv_config_header, pcpu_count) == HEADER_PCPU_COUNT, "head.S");
_Static_assert(sizeof(struct hv_pcpu_config) == PCPU_CONFIG_SIZE, "head.S");
_Static_assert(offsetof(struct hv_pcpu_config, block) == PCPU_CONFIG_BLOCK, "head.S");
_Static_assert(STACK_TOP_OFFSET == 0x1000 + HV_STACK_SIZE, "head.S");
_Static_assert(PANIC_STACK_TOP_OFFSET == STACK_TOP_OFFSET + 0x1000 + HV_PANIC_STACK_SIZE, "head.S");
_Static_assert(PCPU_OFFSET + HV_PCPU_SIZE == HV_PCPU_BLOCK_SIZE, "head.S");
_Static_assert(sizeof(struct pcpu) <= HV_PCPU_SIZE, "a pCPU's block is too small");

#define SCTLR_EL2_RES1 0x30c50830ull
#define SCTLR_EL2_ON (SCTLR_EL2_RES1 | field_mask(SCTLR_EL2, M) | field_mask(SCTLR_EL2, C) | \
                      field_mask(SCTLR_EL2, SA) | field_mask(SCTLR_EL2, I) | field_mask(SCTLR_EL2, WXN))
#define ONLINE_LIMIT_US 1000000u
#define ORIGIN_AFTER_US 1000u /* until then every shared pCPU has heard of it */

extern const char boot_secondary[], boot_unplanned[]; /* head.S */
extern const char hv_vectors_shared[];                /* trap/shared_entry.S */
extern char hv_bss_start[], hv_bss_end[];

static _Atomic bool online[HV_PCPU_COUNT];

static void say(const char *what, uint32_t pcpu)
{
    struct text t;

    text_start(&t);
    text_string(&t, what);
    text_decimal(&t, pcpu);
    console_log(&t);
}

static void say_previous_crash(void)
{
    if (crash_previous() != NULL) {
        say("the last start ended in a crash on pcpu ", (uint32_t)crash_previous()->pcpu);
        crash_forget();
    }
}

/* CPUs at spin tables that the plan leaves alone are fetched out of the firmware's loop, which needs its memory and
 * the bus for ever, into one that sleeps. */
static void park_unused(void)
{
    for (const pa_t *release = hv_parked; release->pa != 0; release++)
        transition_spin_table(release->pa, (uint64_t)boot_unplanned);
}

/* Wake the other pCPUs; they start their own partitions in parallel. */
static void wake_others(uint32_t self)
{
    for (uint32_t id = 0; id < HV_PCPU_COUNT; id++) {
        const struct hv_pcpu_config *c = config_pcpu(id);

        if (id == self)
            continue;
        if (c->release.pa != 0)
            transition_spin_table(c->release.pa, (uint64_t)boot_secondary);
        else if (!firmware_cpu_on(c->mpidr, (uint64_t)boot_secondary))
            say("the firmware did not start pcpu ", id);
    }
}

/* A pCPU that does not come in time fails its partitions; the others run. */
static void wait_for_others(void)
{
    uint64_t limit = htimer_now() + htimer_ticks(ONLINE_LIMIT_US);

    for (uint32_t id = 0; id < HV_PCPU_COUNT; id++) {
        while (!atomic_load(&online[id]) && htimer_now() < limit)
            op_cpu_relax();
        if (!atomic_load(&online[id])) {
            say("no answer in time from pcpu ", id);
            part_forget_pcpu(id);
        }
    }
}

static bool is_shared(uint32_t pcpu)
{
    return HV_SHARED_PCPUS != 0 && config_pcpu(pcpu)->policy != HV_POLICY_PINNED;
}

/* All pCPUs that come are there: frames count from now on. */
static void begin_frames(void)
{
    table_set_origin(htimer_now() + htimer_ticks(ORIGIN_AFTER_US));
    for (uint32_t id = 0; id < HV_PCPU_COUNT; id++)
        if (is_shared(id))
            gic_send_sgi(id, GIC_SGI_KICK);
}

static void start_machine(uint32_t self)
{
    const char *wrong;

    crash_init(hv_global.record, uart_put, hv_config_header.build_id);
    wrong = config_verify();
    if (wrong != NULL)
        hv_bug(wrong); /* before any guest runs; the build patched the digest in last */
    if (!gic_init_distributor())
        hv_bug("the GIC distributor does not answer"); /* a broken board: no guest could be isolated */
    part_init();
    console_banner();
    say_previous_crash();
    if (HV_PCPU_COUNT > 1 || HV_PARKED_COUNT > 0) {
        transition_cpu_on(hv_global.image_base.pa, hv_global.load_copy_end.pa - hv_global.image_base.pa);
        park_unused();
        wake_others(self);
    }
}

void start_mmu(void)
{
    transition_mmu_on(HV_MAIR_EL2, hv_global.tcr_el2, hv_global.el2_root.pa, SCTLR_EL2_ON);
}

_Noreturn void start_pcpu(uint32_t id, bool boot)
{
    struct pcpu *self = pcpu_self();
    uint32_t vcpu;

    if (boot)
        memset(hv_bss_start, 0, (size_t)(hv_bss_end - hv_bss_start));
    *self = (struct pcpu){
        .id = id,
        .stack_top = config_pcpu(id)->block.pa + STACK_TOP_OFFSET,
        .panic_stack_top = config_pcpu(id)->block.pa + PANIC_STACK_TOP_OFFSET,
        .frame = (struct frame *)(config_pcpu(id)->block.pa + STACK_TOP_OFFSET - FRAME_SIZE),
    };
    htimer_init();
    trace_init();
    if (boot)
        start_machine(id);
    if (!gic_init_pcpu())
        hv_bug("the GIC redistributor does not answer"); /* as above */
    gic_enable(config_global()->htimer_intid, id);
    guest_traps_init();
    if (is_shared(id)) {
        sysreg_write(vbar_el2, (uint64_t)hv_vectors_shared);
        shared_init();
    }
    atomic_store(&online[id], true);
    if (id == console_pcpu()) {
        console_start();
        confirm_start();
    }
    if (boot && HV_PCPU_COUNT > 1)
        wait_for_others();
    if (boot && HV_SHARED_PCPUS != 0)
        begin_frames();
    vcpu = sched_current();
    if (vcpu != HV_NONE) {
        uint32_t partition = config_vcpu(vcpu)->partition;

        if (config_partition(partition)->vcpu_first == vcpu && config_partition(partition)->autostart)
            part_start(partition);
    }
    loop_run();
}
