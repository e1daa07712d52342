/* SPDX-License-Identifier: Apache-2.0
 *
 * Power states as PSCI has them (Arm DEN 0022): vCPUs that go on, off or begin again after a sleep, and RAM that is
 * to be overwritten. All vCPUs of a partition are in one instance of each affinity level above 0.
 */
#include "arch/guest.h"
#include "part/part.h"

#define SUCCESS 0
#define INVALID_PARAMETERS (-2)
#define ALREADY_ON (-4)
#define ON_PENDING (-5)
#define INVALID_ADDRESS (-9)
#define AFFINITY_ON 0
#define AFFINITY_OFF 1
#define AFFINITY_ON_PENDING 2
#define HIGHEST_LEVEL 3u

static const struct hv_partition_config *home(const struct vcpu *v)
{
    return config_partition(v->partition);
}

static struct vcpu *target_of(const struct vcpu *caller, uint64_t target)
{
    return target < home(caller)->vcpu_count ? part_vcpu(caller->first + (uint32_t)target) : NULL; /* affinity 0.0.0.index */
}

bool part_is_ram(uint32_t partition, uint64_t base, uint64_t size)
{
    const struct hv_partition_config *p = config_partition(partition);
    uint64_t offset = base - p->ram_ipa.ipa;

    return offset < p->ram_size && size != 0 && size <= p->ram_size - offset;
}

int64_t part_check_entry(const struct vcpu *v, uint64_t entry)
{
    return (entry & 3) == 0 && part_is_ram(v->partition, entry, 4) ? SUCCESS : INVALID_ADDRESS;
}

int64_t part_cpu_on(const struct vcpu *caller, uint64_t target, uint64_t entry, uint64_t context)
{
    struct vcpu *v = target_of(caller, target);
    uint32_t state = VCPU_OFF;

    if (v == NULL)
        return INVALID_PARAMETERS;
    if (part_check_entry(caller, entry) != SUCCESS)
        return INVALID_ADDRESS;
    if (!atomic_compare_exchange_strong(&v->state, &state, VCPU_CLAIMED)) /* one caller at a time */
        return state == VCPU_RUNNING ? ALREADY_ON : ON_PENDING;
    v->entry = entry;
    v->context = context;
    atomic_store(&v->state, VCPU_ON_PENDING);
    part_kick(v->id);
    return SUCCESS;
}

int64_t part_affinity_info(const struct vcpu *caller, uint64_t target, uint32_t level)
{
    const struct vcpu *v;

    if (level > 0) /* the caller itself is on */
        return level <= HIGHEST_LEVEL && target >> (8 * level) == 0 ? AFFINITY_ON : INVALID_PARAMETERS;
    v = target_of(caller, target);
    if (v == NULL)
        return INVALID_PARAMETERS;
    switch (atomic_load(&v->state)) {
    case VCPU_RUNNING:
        return AFFINITY_ON;
    case VCPU_OFF:
        return AFFINITY_OFF;
    default:
        return AFFINITY_ON_PENDING;
    }
}

bool part_others_off(const struct vcpu *v)
{
    for (uint32_t id = v->first; id < v->first + home(v)->vcpu_count; id++)
        if (id != v->id && atomic_load(&part_vcpu(id)->state) != VCPU_OFF)
            return false;
    return true;
}

void part_vcpu_resume(const struct vcpu *v, uint64_t entry, uint64_t context)
{
    *pcpu_self()->frame = (struct frame){ .x[0] = context };
    guest_registers_reset(part_vmpidr(v));
    if (config_has_pmu(v->partition))
        guest_pmu_give();
    guest_set_entry(entry);
}
