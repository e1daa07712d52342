# SPDX-License-Identifier: Apache-2.0
"""The windows of shared physical CPUs as EL2 walks them: in order, without a gap, to the frame's end."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.model.system import SystemPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledWindow:
    pcpu: int
    end_ns: int
    vcpu: int | None


def filled_windows(plan: SystemPlan) -> list[FilledWindow]:
    """Of all shared CPUs, by number; the idle gaps of each frame are windows of their own."""
    found: list[FilledWindow] = []
    for s in plan.schedules:
        at = 0
        for w in sorted(s.windows, key=lambda w: w.begin_ns):
            if w.begin_ns > at:
                found.append(FilledWindow(pcpu=s.pcpu, end_ns=w.begin_ns, vcpu=None))
            found.append(FilledWindow(pcpu=s.pcpu, end_ns=w.end_ns, vcpu=w.vcpu))
            at = w.end_ns
        if at < s.frame_ns:
            found.append(FilledWindow(pcpu=s.pcpu, end_ns=s.frame_ns, vcpu=None))
    return found
