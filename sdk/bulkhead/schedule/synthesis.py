# SPDX-License-Identifier: Apache-2.0
"""A table of windows out of what each virtual CPU asks for: (period, budget, deadline, jitter).

The frame is the least common multiple of the periods. Who may not begin late (a jitter) is placed first, at
the same offset in each of its periods; the rest is filled by EDF, which finds a place where there is one.
The same request always gives the same table. Where there is none, the answer names the interval and those
that do not fit into it together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import lcm

from bulkhead.schedule.tasks import Request

FRAME_MAX = 4_000_000_000  # ns; include/hv/config.h: frame_ns


@dataclass(frozen=True, slots=True)
class Part:
    """A window of the table."""

    begin: int
    end: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    frame: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTable:
    """Within [begin, end) those named must have `needed`, and there is less: the first such deadline is
    `end`.
    """

    names: tuple[str, ...]
    begin: int
    end: int
    needed: int
    why: str


@dataclass(slots=True)
class _Job:
    request: Request
    release: int
    due: int
    left: int


def make_table(requests: Sequence[Request], shortest: int) -> Table | NoTable:
    """`shortest`: no window may be shorter than that."""
    frame = lcm(*(r.period for r in requests))
    if frame > FRAME_MAX:
        return NoTable(
            names=tuple(r.name for r in requests), begin=0, end=FRAME_MAX, needed=frame,
            why="the periods have no common multiple that is short enough for a frame",
        )  # fmt: skip
    placed: list[Part] = []
    for request in sorted(
        (r for r in requests if r.jitter is not None), key=lambda r: (r.period, -r.budget, r.name)
    ):
        parts = _at_one_offset(request, frame, placed)
        if parts is None:
            return _crowded(request, frame, placed)
        placed = sorted([*placed, *parts], key=lambda part: part.begin)
    rest = [r for r in requests if r.jitter is None]
    filled = _fill(rest, frame, placed, shortest)
    if isinstance(filled, NoTable):
        return filled
    return Table(frame=frame, parts=tuple(sorted([*placed, *filled], key=lambda part: part.begin)))


def _at_one_offset(request: Request, frame: int, placed: Sequence[Part]) -> list[Part] | None:
    """Its windows at the first offset at which all of them are free; None if there is none."""
    taken = sorted((part.begin % request.period, part.end - part.begin) for part in placed)
    candidates = sorted({0, *((begin + length) % request.period for begin, length in taken)})
    for offset in candidates:
        if offset + request.budget > request.deadline:
            break
        parts = [
            Part(begin, begin + request.budget, request.name)
            for begin in range(offset, frame, request.period)
        ]
        if not any(a.begin < b.end and b.begin < a.end for a in parts for b in placed):
            return parts
    return None


def _crowded(request: Request, frame: int, placed: Sequence[Part]) -> NoTable:
    return NoTable(
        names=(request.name, *sorted({part.name for part in placed})), begin=0, end=request.deadline,
        needed=request.budget,
        why="no offset is free in all of its periods, beside the others that may not begin late",
    )  # fmt: skip


def _fill(
    requests: Sequence[Request], frame: int, placed: Sequence[Part], shortest: int
) -> list[Part] | NoTable:
    """EDF in what is left of the frame. Ties go to who already runs, then to the order of the requests."""
    jobs = sorted(
        (
            _Job(r, begin, begin + r.deadline, r.budget)
            for r in requests
            for begin in range(0, frame, r.period)
        ),
        key=lambda job: job.release,
    )
    order = {r.name: place for place, r in enumerate(requests)}
    parts: list[Part] = []
    ready: list[_Job] = []
    for begin, end in _gaps(frame, placed):
        time = begin
        while time < end:
            while jobs and jobs[0].release <= time:
                ready.append(jobs.pop(0))
            if not ready:
                if not jobs or jobs[0].release >= end:
                    break
                time = jobs[0].release
                continue
            running = parts[-1].name if parts and parts[-1].end == time else ""
            job = min(ready, key=lambda j: (j.due, j.request.name != running, order[j.request.name]))
            until = min(end, time + job.left, jobs[0].release if jobs else end)
            rest = time + job.left - until
            if until - time < shortest or 0 < rest < shortest:  # no window so short: take it in one, or later
                until = time + job.left if time + job.left <= end else end
                if until - time < shortest or 0 < time + job.left - until < shortest:
                    time = end
                    continue
            job.left -= until - time
            if running == job.request.name:
                parts[-1] = Part(parts[-1].begin, until, running)
            else:
                parts.append(Part(time, until, job.request.name))
            time = until
            if not job.left:
                ready.remove(job)
                if time > job.due:
                    return _overload(job, requests, placed)
    late = min([*ready, *jobs], key=lambda j: j.due, default=None)
    return parts if late is None else _overload(late, requests, placed)


def _gaps(frame: int, placed: Sequence[Part]) -> list[tuple[int, int]]:
    edges = [Part(0, 0, ""), *placed, Part(frame, frame, "")]
    return [(a.end, b.begin) for a, b in pairwise(edges) if a.end < b.begin]


def _overload(late: _Job, requests: Sequence[Request], placed: Sequence[Part]) -> NoTable:
    """The interval before the missed deadline that is the fullest, and who fills it."""
    worst: NoTable | None = None
    begins = {release for r in requests for release in range(0, late.due, r.period)}
    for begin in sorted(begins, reverse=True):
        needed, names = 0, []
        for r in requests:
            first = -(-begin // r.period) * r.period
            number = max(0, (late.due - r.deadline - first) // r.period + 1)
            if number:
                needed += number * r.budget
                names.append(r.name)
        for part in placed:
            inside = min(part.end, late.due) - max(part.begin, begin)
            if inside > 0:
                needed += inside
                names.append(part.name)
        if needed > late.due - begin:
            return NoTable(
                names=tuple(dict.fromkeys(names)), begin=begin, end=late.due, needed=needed,
                why="together they must have more than there is",
            )  # fmt: skip
        if worst is None or needed - (late.due - begin) > worst.needed - (worst.end - worst.begin):
            worst = NoTable(
                names=tuple(dict.fromkeys(names)), begin=begin, end=late.due, needed=needed,
                why="windows as short as would be needed are not possible",
            )  # fmt: skip
    assert worst is not None
    return worst
