# SPDX-License-Identifier: Apache-2.0
"""Who an interrupt belongs to: the dense arrays EL2 indexes by INTID."""

from __future__ import annotations

from bulkhead.model.system import Partition, SystemPlan

NONE = 0xFF  # HV_NONE
OWNER_HV = 0xFE  # HV_OWNER_HV
WORD_BITS = 32


def irq_owner(plan: SystemPlan) -> list[int]:
    """Partition id, OWNER_HV or NONE for each INTID. The timers' PPIs are the hypervisor's:
    those of EL1 too, since they are injected into whichever vCPU runs."""
    board = plan.board
    owner = [NONE] * board.gic.intid_count
    for partition in plan.partitions:
        for intid in _pmu_intids(plan, partition):
            owner[intid] = OWNER_HV  # as with the timers
        for intid in _device_intids(plan, partition):
            owner[intid] = partition.id
    timers = board.timer_intids
    for intid in (*timers[1:], board.gic.maintenance_intid, board.uart.irq.intid):
        owner[intid] = OWNER_HV
    return owner


def irq_owned(plan: SystemPlan) -> list[list[int]]:
    """For each partition the bitmap of its device interrupts, of EL1's timers (physical, virtual), and of
    its performance monitors."""
    timers = plan.board.timer_intids[1:3]
    return [
        _bitmap(plan, {*timers, *_pmu_intids(plan, partition), *_device_intids(plan, partition)})
        for partition in plan.partitions
    ]


def irq_edge(plan: SystemPlan) -> list[list[int]]:
    """The same shape: those of them that the devicetree calls edge triggered."""
    return [
        _bitmap(
            plan,
            {irq.intid for name in partition.devices for irq in plan.device(name).irqs if irq.edge},
        )
        for partition in plan.partitions
    ]


def _pmu_intids(plan: SystemPlan, partition: Partition) -> set[int]:
    return {plan.board.pmu.intid} if partition.pmu and plan.board.pmu else set()


def _device_intids(plan: SystemPlan, partition: Partition) -> set[int]:
    return {irq.intid for name in partition.devices for irq in plan.device(name).irqs}


def _bitmap(plan: SystemPlan, intids: set[int]) -> list[int]:
    words = [0] * (plan.board.gic.intid_count // WORD_BITS)
    for intid in intids:
        words[intid // WORD_BITS] |= 1 << intid % WORD_BITS
    return words
