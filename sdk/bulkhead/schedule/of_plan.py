# SPDX-License-Identifier: Apache-2.0
"""What a plan gives to a partition, as the analysis wants to have it."""

from __future__ import annotations

from bulkhead.model.system import Partition, SystemPlan
from bulkhead.schedule.supply import Supply, TableSupply, WholeCpu


def supply_of(plan: SystemPlan, p: Partition) -> Supply:
    """What its virtual CPU 0 is certain to get. Of windows that overlap, which check() refuses, the first."""
    schedule = plan.schedule(p.vcpus[0].pcpu) if p.vcpus else None
    if schedule is None:
        return WholeCpu()
    windows: list[tuple[int, int]] = []
    for w in sorted(schedule.of(p.vcpus[0].id), key=lambda w: w.begin_ns):
        if w.begin_ns >= (windows[-1][1] if windows else 0) and w.begin_ns < w.end_ns <= schedule.frame_ns:
            windows.append((w.begin_ns, w.end_ns))
    return TableSupply(schedule.frame_ns, windows, plan.features.window_cost_ns)
