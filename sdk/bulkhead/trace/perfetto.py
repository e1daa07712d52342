# SPDX-License-Identifier: Apache-2.0
"""A trace for the Perfetto UI and chrome://tracing: the Trace Event Format, JSON.

A process is a pCPU with a thread for what ran and one for what was planned; a second process has a thread for
each vCPU with its instants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bulkhead.trace.record import Event, Kind, Ring
from bulkhead.trace.timeline import Names, Turn, nanoseconds, planned_turns, turns

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
    yield from _slices(process, RAN, turns(ring), names)
    planned = planned_turns(ring, names)
    if planned:
        yield _name(process, PLANNED, "planned")
        yield from _slices(process, PLANNED, planned, names)


def _slices(process: int, thread: int, row: Sequence[Turn], names: Names) -> Iterator[dict[str, Any]]:
    for turn in row:
        if turn.vcpu is not None:
            yield {
                "name": names.who(turn.vcpu), "ph": "X", "pid": process, "tid": thread,
                "ts": turn.begin / 1000, "dur": (turn.end - turn.begin) / 1000,
            }  # fmt: skip


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


def _meta(process: int, name: str) -> Iterator[dict[str, Any]]:
    yield {"name": "process_name", "ph": "M", "pid": process, "args": {"name": name}}


def _name(process: int, thread: int, name: str) -> dict[str, Any]:
    return {"name": "thread_name", "ph": "M", "pid": process, "tid": thread, "args": {"name": name}}
