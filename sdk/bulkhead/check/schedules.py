# SPDX-License-Identifier: Apache-2.0
"""Rules about physical CPUs that several virtual CPUs share, and the windows of their frames."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from bulkhead.diag import Diagnostic, error
from bulkhead.model.system import START_STEP_NS, WINDOW_SHORTEST_NS, WINDOWS_MAX, Schedule, SystemPlan, Window
from bulkhead.model.times import us, us_number

_START_NS = 2 * START_STEP_NS


def windows_are_apart(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-003: two windows of a physical CPU overlap.

    At each moment of a frame one virtual CPU runs, or none. Windows are half-open: one may begin where
    another ends.
    """
    for s in plan.schedules:
        for before, after in pairwise(sorted(s.windows, key=lambda w: (w.begin_ns, w.end_ns))):
            if after.begin_ns < before.end_ns:
                shared = min(before.end_ns, after.end_ns) - after.begin_ns
                yield error(
                    "BH-SCHED-003",
                    f"{_what(plan, after)} begins while {_what(plan, before)} still lasts, by {us(shared)}",
                    after.where,
                    (before.where, "that one is here"),
                    help=f"Begin it at {us_number(before.end_ns)}, or make the other one shorter.",
                )


def windows_lie_in_the_frame(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-004: a window ends after its frame.

    The frame repeats: what ends after it would overlap the first windows of the next one.
    """
    for s in plan.schedules:
        for w in s.windows:
            if w.end_ns > s.frame_ns:
                yield error(
                    "BH-SCHED-004",
                    f"{_what(plan, w)} ends {us(w.end_ns - s.frame_ns)} after the frame of {us(s.frame_ns)}",
                    w.where,
                    (s.span("frame"), "the frame's length is set here"),
                    help=f"Shorten it, or set CONFIG_PCPU_{s.pcpu}_FRAME_US={-(-w.end_ns // 1000)} or more.",
                )


def frames_have_few_windows(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-005: a frame has more than 256 windows."""
    for s in plan.schedules:
        if len(s.windows) > WINDOWS_MAX:
            yield error(
                "BH-SCHED-005",
                f"the frame of pCPU {s.pcpu} has {len(s.windows)} windows, at most {WINDOWS_MAX} can be",
                s.windows[WINDOWS_MAX].where,
                help="Join windows of one virtual CPU, or divide the frame into several shorter ones.",
            )


def windows_are_for_this_cpus_vcpus(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-006: a window is for a virtual CPU that runs elsewhere.

    A virtual CPU stays on the physical CPU that CONFIG_PART_n_PCPUS lists for it, pinned or not. It never
    migrates.
    """
    pcpus = {v.id: (p, v) for p in plan.partitions for v in p.vcpus}
    for s in plan.schedules:
        for w in s.windows:
            if w.vcpu is None or pcpus[w.vcpu][1].pcpu == s.pcpu:
                continue
            p, v = pcpus[w.vcpu]
            yield error(
                "BH-SCHED-006",
                f"pCPU {s.pcpu} has a window for '{plan.vcpu_name(w.vcpu)}', which runs on pCPU {v.pcpu}",
                w.where,
                (p.span("pcpus"), f"pCPU {v.pcpu} is chosen here"),
                help=f"List pCPU {s.pcpu} in CONFIG_PART_{p.slot}_PCPUS, or take the window away.",
            )


def every_vcpu_has_a_window(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-007: a virtual CPU on a shared physical CPU has no window, so that it would never run."""
    for s in plan.schedules:
        if not s.windows:  # none could be made of the budgets, which was told
            continue
        for p in plan.partitions:
            for v in p.vcpus:
                if v.pcpu == s.pcpu and not s.of(v.id):
                    free = _gap(s)
                    yield error(
                        "BH-SCHED-007",
                        f"'{plan.vcpu_name(v.id)}' runs on pCPU {s.pcpu}, whose frame has no window for it",
                        p.span("pcpus"),
                        (s.span("windows"), "the windows are set here"),
                        help=f'There is room for "{free} {plan.vcpu_name(v.id)}".'
                        if free
                        else "Give it a part of another window.",
                    )


def windows_are_long_enough(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-008: a window is too short.

    A window has at least 2 us, of which a switch takes a part. A partition is started in the windows of its
    virtual CPU 0, in steps that are never begun where they might not end in time: one of these
    windows must have 20 us.
    """
    for s in plan.schedules:
        for w in s.windows:
            if w.length_ns < WINDOW_SHORTEST_NS:
                yield error(
                    "BH-SCHED-008",
                    f"{_what(plan, w)} lasts {us(w.length_ns)}, at least {us(WINDOW_SHORTEST_NS)} are needed",
                    w.where,
                    help="Make it longer, or give its time to another one.",
                )
        for p in plan.partitions:
            for v in p.vcpus[:1]:
                longest = max(s.of(v.id), key=lambda w: w.length_ns, default=None)
                if longest is not None and WINDOW_SHORTEST_NS <= longest.length_ns < _START_NS:
                    yield error(
                        "BH-SCHED-008",
                        f"no window of '{p.name}' lasts {us(_START_NS)}, so that it could never be started",
                        longest.where,
                        help=f"Make this one {us_number(_START_NS)} us long.",
                    )


def shared_cpus_have_single_vcpus(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-009: a partition with several virtual CPUs runs on a shared physical CPU.

    That is not supported yet: on a shared physical CPU each partition has one virtual CPU.
    """
    for p in plan.partitions:
        shared = next((v for v in p.vcpus if plan.schedule(v.pcpu)), None)
        if shared is not None and len(p.vcpus) > 1:
            schedule = plan.schedule(shared.pcpu)
            assert schedule is not None
            yield error(
                "BH-SCHED-009",
                f"partition '{p.name}' has {len(p.vcpus)} virtual CPUs, and pCPU {shared.pcpu} is shared",
                p.span("pcpus"),
                (schedule.span("policy"), f"how pCPU {shared.pcpu} is shared is set here"),
                help="Give it one virtual CPU, or pinned pCPUs alone "
                f"(CONFIG_PART_{p.slot}_VCPUS and CONFIG_PART_{p.slot}_PCPUS).",
            )


def the_console_is_served_elsewhere(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-010: a shared physical CPU serves the console.

    Serving the console would take time from whose window it is, and EL2 has one timer on each CPU.
    """
    schedule = plan.schedule(plan.features.console_pcpu)
    if schedule is not None:
        free = [c.index for c in plan.board.cpus if plan.schedule(c.index) is None]
        yield error(
            "BH-SCHED-010",
            f"pCPU {schedule.pcpu} serves the console and is shared",
            schedule.span("policy"),
            (plan.feature_span("console_pcpu"), "the console's pCPU is chosen here"),
            help=f"Set CONFIG_CONSOLE_PCPU={free[0]}." if free else "Leave one pCPU pinned, for the console.",
            fix=(f"CONSOLE_PCPU={free[0]}",) if free else (),
        )


def a_gicv2_shares_no_cpu(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-011: a physical CPU is shared on a board with a GICv2.

    That is not supported yet: the state of a GICv2's virtual CPU interface is not switched.
    """
    if plan.board.gic.version == 2:
        for s in plan.schedules:
            yield error(
                "BH-SCHED-011",
                f"pCPU {s.pcpu} is shared, which is not supported with a GICv2",
                s.span("policy"),
                (plan.board.gic.where, "the interrupt controller is described here"),
                help=f"Set CONFIG_PCPU_{s.pcpu}_POLICY_PINNED=y, or take a board with a GICv3.",
            )


def performance_monitors_are_not_shared(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-012: a partition with performance monitors runs on a shared physical CPU.

    That is not supported yet: what one counts would go on in others' turns.
    """
    for p in plan.partitions:
        for v in p.vcpus[:1] if p.pmu else ():
            schedule = plan.schedule(v.pcpu)
            if schedule is not None:
                yield error(
                    "BH-SCHED-012",
                    f"partition '{p.name}' has performance monitors, and pCPU {v.pcpu} is shared",
                    p.span("pmu"),
                    (schedule.span("policy"), f"how pCPU {v.pcpu} is shared is set here"),
                    help=f"Set CONFIG_PART_{p.slot}_PMU=n, or give it a pinned pCPU.",
                    fix=(f"PART_{p.slot}_PMU=n",),
                )


def _what(plan: SystemPlan, window: Window) -> str:
    who = "the idle window" if window.vcpu is None else f"the window of '{plan.vcpu_name(window.vcpu)}'"
    return f"{who} at {us(window.begin_ns)}"


def _gap(schedule: Schedule) -> str:
    """The longest part of the frame that nobody has, as a window is written; "" if none is long enough."""
    edges = [0]
    for w in sorted(schedule.windows, key=lambda w: w.begin_ns):
        edges += [w.begin_ns, max(edges[-1], w.end_ns)]
    edges.append(schedule.frame_ns)
    gaps = [(end - begin, -begin) for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    length, begin = max(gaps)
    return f"{us_number(-begin)}+{us_number(length)}" if length >= _START_NS else ""
