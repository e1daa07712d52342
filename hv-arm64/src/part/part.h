/* SPDX-License-Identifier: Apache-2.0
 *
 * Partitions and their vCPUs. Start is restart: check the payload, scrub RAM, copy, reset, enter,
 * in steps of at most 4 KiB that the pCPU of vCPU 0 takes with interrupts looked at in between.
 * Stop is asynchronous: it is asked for, each pCPU parks its own vCPUs, the last one goes on.
 *
 * State of a partition, changed by compare-and-exchange only:
 *
 *   OFF -> STARTING -> RUNNING -> STOPPING -> OFF, or STARTING again (restart)
 *            |                                 ^
 *            +-- a payload that fails its check -+
 *
 * State of a vCPU: OFF -> CLAIMED (a CPU_ON is writing entry and context) -> ON_PENDING -> RUNNING -> OFF; the start of
 * its partition takes vCPU 0 to ON_PENDING. Its own pCPU alone takes it from there to RUNNING and back to OFF. One that
 * sleeps in CPU_SUSPEND is RUNNING.
 */
#ifndef HV_PART_PART_H
#define HV_PART_PART_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/pcpu.h"
#include "config/config.h"
#include "lib/bits.h"
#include "vdev/vgic.h"

#define VMPIDR_RES1 BIT(31)

enum part_state { PART_OFF, PART_STARTING, PART_RUNNING, PART_STOPPING };
enum vcpu_state { VCPU_OFF, VCPU_CLAIMED, VCPU_ON_PENDING, VCPU_RUNNING };
/* Why a partition stops, and so what comes after. A warm restart keeps what RAM has outside of the payload. */
enum part_end { PART_END_OFF, PART_END_RESTART, PART_END_WARM_RESTART };

struct vcpu {
    uint32_t id;
    uint32_t partition;
    struct vgic_cpu *vgic;
    uint32_t first;         /* vCPU 0 of its partition */
    uint32_t gicr_size;     /* bytes of redistributors it sees; none with GICv2 */
    uint32_t uart_size;     /* of its PL011; 0: it has none */
    _Atomic uint32_t state; /* enum vcpu_state */
    _Atomic bool parked;    /* its pCPU has seen that the partition stops */
    _Atomic bool absent;    /* its pCPU did not come */
    uint64_t entry;         /* of the next ON */
    uint64_t context;       /* its x0 */
};

/* Once, on the boot pCPU. */
void part_init(void);
struct vcpu *part_vcpu(uint32_t vcpu);
/* This pCPU holds the registers of this vCPU from now on; NULL: of none. */
static inline void part_hold(struct vcpu *v)
{
    pcpu_self()->vcpu = v;
    pcpu_self()->vgic = v != NULL ? v->vgic : NULL;
}
enum part_state part_state(uint32_t partition);
/* For who looks on: lives begun again since the boot; how long this life has run, 0 while it does not. */
uint32_t part_restarts(uint32_t partition);
uint64_t part_up_ticks(uint32_t partition);

/* A pCPU did not come: partitions with a vCPU there do not run. */
void part_forget_pcpu(uint32_t pcpu);
/* On the pCPU of its vCPU 0: begin, then part_step() until it returns false. */
void part_start(uint32_t partition);
/* Ask for a start of one that is off, from any pCPU. */
void part_ask_start(uint32_t partition);
/* One bounded step of whatever this pCPU has to do for the partition. True: there is more. */
bool part_step(uint32_t partition);
/* Ask for the end of this life, from any pCPU. False: it is ending already, in its own way. */
bool part_end(uint32_t partition, enum part_end end);
/* Every partition is off, and the plan wants the board off then. */
bool part_power_off_due(void);
/* On the vCPU's pCPU: what was asked of it since it last looked. True: it may run. */
bool part_vcpu_ready(struct vcpu *v);

/* What others call a vCPU: VMPIDR_EL2. */
static inline uint64_t part_vmpidr(const struct vcpu *v)
{
    return VMPIDR_RES1 | config_vcpu(v->id)->index;
}
/* Its pCPU looks at it. */
void part_kick(uint32_t vcpu);

/* power.c: PSCI, on the calling vCPU's pCPU. Values as PSCI returns them. */
int64_t part_cpu_on(const struct vcpu *caller, uint64_t target, uint64_t entry, uint64_t context);
int64_t part_affinity_info(const struct vcpu *caller, uint64_t target, uint32_t level);
void part_cpu_off(struct vcpu *caller);
/* May a vCPU begin there? */
int64_t part_check_entry(const struct vcpu *v, uint64_t entry);
bool part_others_off(const struct vcpu *v);
/* It begins there when its pCPU goes to loop_run(): as after CPU_ON, but with timers and interrupts as they are. */
void part_vcpu_resume(const struct vcpu *v, uint64_t entry, uint64_t context);
/* All of these bytes, at least one. */
bool part_is_ram(uint32_t partition, uint64_t base, uint64_t size);
/* MEM_PROTECT: what was asked for in this life; returns what had been. */
bool part_memory_protect(uint32_t partition, bool wanted);

#endif
