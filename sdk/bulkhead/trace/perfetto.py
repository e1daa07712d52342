# SPDX-License-Identifier: Apache-2.0
"""A trace for the Perfetto UI and chrome://tracing: the Trace Event Format, JSON.

A process is a pCPU with a thread for what ran and one for what was planned; a second process has a thread for
each vCPU with its instants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bulkhead.trace.record import Event, Kind, Ring
from bulkhead.trace.timeline import Names, fit, nanoseconds, planned_windows, turns

RAN, PLANNED = 1, 2  # threads of a pCPU's process
VCPUS = 1000  # the process of all vCPUs


def trace_object(rings: Sequence[Ring], names: Names) -> dict[str, Any]:
    """To be written as one JSON file. Times are microseconds of the counter, with fractions."""
    return {
        "displayTimeUnit": "ns",
        "traceEvents": [row for ring in rings for row in _cpu(ring, names)]
        + [*_meta(VCPUS, "vCPUs")]
        + [_name(VCPUS, number + 1, name) for number, name in enumerate(names.vcpus)]
        + [
            _instant(event, ring.hz, names)
            for ring in rings
            for event in ring.events
            if event.kind is not Kind.TURN
        ],
    }


def _cpu(ring: Ring, names: Names) -> Iterator[dict[str, Any]]:
    process = ring.pcpu + 1
    yield from _meta(process, f"pCPU {ring.pcpu}")
    yield _name(process, RAN, "ran")
    known = turns(ring)
    for turn in known:
        if turn.vcpu is not None:
            yield _slice(process, RAN, names.who(turn.vcpu), turn.begin, turn.end)
    schedule = names.schedules.get(ring.pcpu)
    found = fit(known, schedule) if schedule is not None else None
    if schedule is None or found is None:
        return
    yield _name(process, PLANNED, "planned")
    frame = schedule["frame_ns"]
    first = known[0].begin - (known[0].begin - found.phase) % frame
    for base in range(first, known[-1].end, frame):
        for begin, end, vcpu in planned_windows(schedule):
            if vcpu is not None and base + end > known[0].begin:
                yield _slice(process, PLANNED, names.who(vcpu), base + begin, base + end)


def _instant(event: Event, hz: int, names: Names) -> dict[str, Any]:
    thread = 0 if event.vcpu is None else event.vcpu + 1
    return {
        "name": describe(event), "ph": "i", "s": "t", "pid": VCPUS, "tid": thread,
        "ts": nanoseconds(event.count, hz) / 1000, "args": {"pcpu": event.pcpu, "argument": event.argument},
    }  # fmt: skip


def describe(event: Event) -> str:
    """An instant in a few words."""
    argument = event.argument
    match event.kind:
        case Kind.IRQ:
            return f"INTID {argument}"
        case Kind.TRAP:
            return f"trap EC {argument >> 26:#x}"
        case Kind.CALL:
            return f"call {argument:#010x}"
        case Kind.HEALTH:
            return f"fault class {argument & 0xFF}"
        case Kind.MARK:
            return f"mark {argument}"
        case Kind.TURN:
            return "turn"


def _slice(process: int, thread: int, name: str, begin: int, end: int) -> dict[str, Any]:
    return {
        "name": name, "ph": "X", "pid": process, "tid": thread,
        "ts": begin / 1000, "dur": (end - begin) / 1000,
    }  # fmt: skip


def _meta(process: int, name: str) -> Iterator[dict[str, Any]]:
    yield {"name": "process_name", "ph": "M", "pid": process, "args": {"name": name}}


def _name(process: int, thread: int, name: str) -> dict[str, Any]:
    return {"name": "thread_name", "ph": "M", "pid": process, "tid": thread, "args": {"name": name}}
