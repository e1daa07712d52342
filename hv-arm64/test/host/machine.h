/* SPDX-License-Identifier: Apache-2.0
 *
 * The hypervisor brought up on the fake machine, as start.c and loop.c do it, for tests of the
 * rooms above: both partitions run, each pCPU holds its vCPU.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "arch/guest.h"
#include "arch/pcpu.h"
#include "check.h"
#include "config/config.h"
#include "console/console.h"
#include "dev/gic.h"
#include "dev/htimer.h"
#include "part/part.h"
#include "sched/sched.h"
#include "test_plan.h"
#include "trap/irq.h"
#include "trap/short.h"
#include "trap/trap.h"
#include "vdev/vgic.h"
#include "vdev/vgicv3_short.h"
#include "vdev/vuart.h"

#define SETTLE_LIMIT 1000u

/* The test drives the emulated UART's interrupt line itself. */
static bool machine_line_is_the_tests;

static inline void on_pcpu(uint32_t pcpu)
{
    fake.self = pcpu;
}

/* start.c: up to the pCPUs' loops. No partition runs yet. */
static inline void machine_init(void)
{
    fake_reset();
    test_plan_fill();
    for (uint32_t p = 0; p < HV_PCPU_COUNT; p++) {
        on_pcpu(p);
        htimer_init();
        if (p == 0) {
            if (!gic_init_distributor())
                CHECK_WHY("the distributor does not answer");
            part_init();
        }
        if (!gic_init_pcpu())
            CHECK_WHY("a redistributor does not answer");
        gic_enable(config_global()->htimer_intid, p);
        guest_traps_init();
        if (p == console_pcpu())
            console_start();
    }
}

/* One turn of loop.c on this pCPU. True: there was something to do. */
static inline bool machine_turn(uint32_t pcpu)
{
    on_pcpu(pcpu);
    struct pcpu *self = pcpu_self();
    uint32_t id = sched_current();
    struct vcpu *v = id != HV_NONE ? part_vcpu(id) : NULL;
    bool more = false;

    if (self->vcpu != NULL) { /* a guest runs: only an interrupt brings EL2 back */
        if (!fake_gic_pending(pcpu))
            return false;
        uint32_t intid = gic_ack(); /* as irq_handle() */

        if (vgic_deliver_direct(self->vgic, intid)) {
            gic_drop(intid);
        } else if (intid == GIC_SGI_VGIC) {
            gic_end(intid);
            vgic_sgis_arrived(self->vgic);
        } else if (irq_serve(intid)) {
            if (part_vcpu_ready(self->vcpu)) {
                if (!machine_line_is_the_tests)
                    vuart_poll(self->vcpu->id);
                vgic_flush(self->vcpu->id);
            } else {
                part_hold(NULL);
            }
        }
        return true;
    }
    if (v != NULL && config_partition(v->partition)->vcpu_first == v->id)
        more = part_step(v->partition);
    if (v != NULL && part_vcpu_ready(v)) {
        part_hold(v);
        return true;
    }
    if (fake_gic_pending(pcpu)) {
        irq_take();
        return true;
    }
    return more;
}

/* Until no pCPU has anything left to do. False: it goes on for ever. */
static inline bool machine_settle(void)
{
    uint32_t before = fake.self;

    for (uint32_t n = 0; n < SETTLE_LIMIT; n++) {
        bool more = false;

        for (uint32_t p = 0; p < HV_PCPU_COUNT; p++)
            more |= machine_turn(p);
        if (!more) {
            on_pcpu(before);
            return true;
        }
    }
    CHECK_WHY("the machine does not settle");
    on_pcpu(before);
    return false;
}

/* Both partitions run, with all their vCPUs. */
static inline void machine_start(void)
{
    machine_init();
    on_pcpu(0);
    part_start(CONTROL);
    on_pcpu(2);
    part_start(ROGUE);
    machine_settle();
    on_pcpu(0);
    if (part_cpu_on(part_vcpu(0), 1, RAM_IPA + 0x1000, 0) != 0)
        CHECK_WHY("CPU_ON was refused");
    machine_settle();
    for (uint32_t p = 0; p < HV_PCPU_COUNT; p++) {
        on_pcpu(p);
        if (pcpu_self()->vcpu != part_vcpu(p))
            CHECK_WHY("vCPU %u does not run", p);
    }
    on_pcpu(0);
}

/* short_gicv3.S: a plain word, with the register at hand. False: not done. */
static inline bool short_word(struct frame *frame, uint64_t esr)
{
    struct vgic_answer answer;
    uint32_t n = (uint32_t)(esr >> 16) & 31;

    if (HV_GIC_VERSION == 2 || (uint32_t)esr >> 21 != 0x49c)
        return false;
    frame->x[31] = 0;
    answer = abort_word(frame->x[n], esr);
    if (!answer.done)
        return false;
    if (!(esr & 1u << 6))
        frame->x[n] = answer.value;
    guest_skip_instruction(esr);
    return true;
}

/* A data abort as short_gicv3.S takes it, then entry.S. */
static inline void abort_entry(struct frame *frame, uint64_t esr)
{
    if (!short_word(frame, esr))
        trap_sync(frame, esr);
}

/* A load or store of the running guest that stage 2 does not map: from the exception on. The
 * register is x1. Returns what the guest finds in it. */
static inline uint64_t guest_access(uint64_t ipa, uint32_t size, bool write, uint64_t value)
{
    struct frame frame = { .x = { [1] = value } };
    uint64_t esr = 0x24ull << 26 | 1u << 25 | 1u << 24 | (uint64_t)__builtin_ctz(size) << 22 | 1u << 16 |
                   (uint64_t)(size == 8) << 15 | (uint64_t)write << 6 | 7; /* translation fault, level 3 */

    fake.cpu[fake.self].reg[FAKE_esr_el2] = esr;
    fake.cpu[fake.self].reg[FAKE_far_el2] = ipa;
    fake.cpu[fake.self].reg[FAKE_hpfar_el2] = ipa >> 12 << 4;
    abort_entry(&frame, esr);
    return frame.x[1];
}

static inline uint64_t guest_load(uint64_t ipa, uint32_t size)
{
    return guest_access(ipa, size, false, 0x5555555555555555ull);
}

static inline void guest_store(uint64_t ipa, uint32_t size, uint64_t value)
{
    guest_access(ipa, size, true, value);
}

/* An HVC of the running guest; x0 to x3. Returns x0, or leaves the vCPU as loop.c left it. */
struct guest_call {
    struct frame frame;
    uint64_t esr;
};

/* short_gicv3.S: HVC and SMC. */
static inline void hypercall_entry(struct frame *frame, uint64_t esr)
{
    uint32_t n = (uint32_t)frame->x[0] - CALL_CONSTANT_FIRST;
    int64_t constant = (esr & 0xffff) == 0 && n < CALL_CONSTANT_COUNT ? hypercall_constants[n] : CALL_NOT_CONSTANT;

    frame->x[0] = hypercall_handle(frame, esr);
    if (constant != CALL_NOT_CONSTANT && frame->x[0] != (uint64_t)constant)
        CHECK_WHY("call %u is not constant", n);
}

static inline void guest_call_carry_out(void *call)
{
    hypercall_entry(&((struct guest_call *)call)->frame, ((struct guest_call *)call)->esr);
}

static inline int64_t guest_call(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
    struct guest_call call = { .frame.x = { id, a, b, c }, .esr = 0x16ull << 26 | 1u << 25 };

    fake_stopped(guest_call_carry_out, &call);
    return (int64_t)call.frame.x[0];
}

#define PSCI_CPU_ON_64 0xc4000003u
#define PSCI_CPU_OFF 0x84000002u
#define PSCI_AFFINITY_INFO_64 0xc4000004u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_SYSTEM_RESET2 0x84000012u

/* What the console's line saw, after all the time it needs for what it holds. */
static inline const char *console_said(void)
{
    uint32_t before = fake.self;

    on_pcpu(console_pcpu());
    for (uint32_t ms = 0; ms < 50; ms++) {
        fake.counter += FAKE_COUNTER_HZ / 1000 + 1;
        console_drain();
    }
    on_pcpu(before);
    fake.uart.sent[fake.uart.sent_count < sizeof(fake.uart.sent) ? fake.uart.sent_count : sizeof(fake.uart.sent) - 1] = 0;
    return (const char *)fake.uart.sent;
}

static inline bool console_has(const char *text)
{
    return strstr(console_said(), text) != NULL;
}

#endif
