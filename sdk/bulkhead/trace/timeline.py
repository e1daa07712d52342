# SPDX-License-Identifier: Apache-2.0
"""Events put together: who had which pCPU from when to when, beside what was planned, and in numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bulkhead.trace.record import Kind, Ring


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A vCPU (None: nobody) had a pCPU in [begin, end), in nanoseconds of the counter."""

    pcpu: int
    vcpu: int | None
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a plan calls them."""

    vcpus: tuple[str, ...]
    schedules: Mapping[int, Mapping[str, Any]]  # by pCPU, as plan.json has them

    def who(self, vcpu: int | None) -> str:
        return "idle" if vcpu is None else self.vcpus[vcpu] if vcpu < len(self.vcpus) else f"vCPU {vcpu}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """`phase`: when frames begin, modulo the frame. `late`: how much later than planned each turn began, the
    earliest taken as exact.
    """

    phase: int
    late: list[int]


@dataclass(slots=True, kw_only=True)
class Figures:
    """Of one pCPU. Times are nanoseconds. `jitter`: how late turns began, against the plan's windows."""

    pcpu: int
    seconds: float
    lost: int
    events: Counter[str] = field(default_factory=Counter)
    shares: dict[str, float] = field(default_factory=dict)
    planned: dict[str, float] = field(default_factory=dict)
    jitter: list[int] = field(default_factory=list)


def names_of(plan: Mapping[str, Any]) -> Names:
    """From plan.json."""
    vcpus = {
        v["id"]: p["name"] if v["index"] == 0 else f"{p['name']}.{v['index']}"
        for p in plan["partitions"]
        for v in p["vcpus"]
    }
    return Names(
        vcpus=tuple(vcpus[id] for id in sorted(vcpus)),
        schedules={s["pcpu"]: s for s in plan.get("schedules", ())},
    )


def nanoseconds(count: int, hz: int) -> int:
    return count * 1_000_000_000 // hz


def turns(ring: Ring) -> list[Turn]:
    """In order. Before the first switch that is still in the ring, who had it is told by what it did."""
    switches = [(event.count, event.vcpu) for event in ring.events if event.kind is Kind.TURN]
    first = switches[0][0] if switches else None
    before = [event for event in ring.events if first is None or event.count < first]
    if before:
        switches.insert(0, (before[0].count, before[0].vcpu))
    ends = [*(count for count, _ in switches[1:]), *(event.count for event in ring.events[-1:])]
    found = []
    for (count, vcpu), end in zip(switches, ends, strict=True):
        begin, until = nanoseconds(count, ring.hz), nanoseconds(end, ring.hz)
        if until > begin:
            found.append(Turn(pcpu=ring.pcpu, vcpu=vcpu, begin=begin, end=until))
    return found


def figures(ring: Ring, names: Names) -> Figures:
    """Shares, counts and, where the pCPU is shared by a table, how exactly the plan was kept: then shares are
    those of whole frames.
    """
    known = turns(ring)
    found = Figures(pcpu=ring.pcpu, seconds=sum(t.end - t.begin for t in known) / 1e9, lost=ring.lost)
    found.events = Counter(event.kind.name.lower() for event in ring.events)
    schedule = names.schedules.get(ring.pcpu)
    if schedule is not None:
        found.planned = _planned(schedule, names)
        kept = fit(known, schedule)
        if kept is not None:
            found.jitter = kept.late
            known = whole_frames(known, kept.phase, schedule["frame_ns"]) or known
    time: dict[str, int] = defaultdict(int)
    for turn in known:
        time[names.who(turn.vcpu)] += turn.end - turn.begin
    whole = sum(time.values())
    found.shares = {name: spent / whole for name, spent in time.items()} if whole else {}
    return found


def _planned(schedule: Mapping[str, Any], names: Names) -> dict[str, float]:
    shares: dict[str, float] = defaultdict(float)
    for begin, end, vcpu in planned_windows(schedule):
        shares[names.who(vcpu)] += (end - begin) / schedule["frame_ns"]
    return dict(shares)


def whole_frames(known: Sequence[Turn], phase: int, frame: int) -> list[Turn]:
    """The turns between the first and the last begin of a frame, cut there."""
    first = known[0].begin + (phase - known[0].begin) % frame
    last = known[-1].end - (known[-1].end - phase) % frame
    return [
        replace(turn, begin=max(turn.begin, first), end=min(turn.end, last))
        for turn in known
        if turn.begin < last and turn.end > first
    ]


def fit(known: Sequence[Turn], schedule: Mapping[str, Any]) -> Fit | None:
    """The turns laid beside the plan's windows; None where they are not those of the plan.

    From when frames are counted only EL2 knows. So each way is tried in which the turns name the same vCPUs
    as the windows, and the one in which they fit best is taken. The first turn was cut off by the ring.
    """
    frame = schedule["frame_ns"]
    windows = planned_windows(schedule)
    best: Fit | None = None
    for first in range(len(windows)):
        pairs = [(turn, windows[(first + n) % len(windows)]) for n, turn in enumerate(known[1:])]
        if not pairs or any(turn.vcpu != vcpu for turn, (_, _, vcpu) in pairs):
            continue
        offsets = [(turn.begin - begin) % frame for turn, (begin, _, _) in pairs]
        phase = _earliest(offsets, frame)
        late = [(offset - phase) % frame for offset in offsets]
        if best is None or max(late) < max(best.late):
            best = Fit(phase=phase, late=late)
    return best


def planned_windows(schedule: Mapping[str, Any]) -> list[tuple[int, int, int | None]]:
    """(begin, end, vCPU) in order, idle gaps included; neighbours of one vCPU are one window."""
    found: list[tuple[int, int, int | None]] = []
    at = 0
    rows = sorted(schedule["windows"], key=lambda w: int(w["begin_ns"]))
    for row in [*rows, {"begin_ns": schedule["frame_ns"], "length_ns": 0, "vcpu": None}]:
        if row["begin_ns"] > at:
            found.append((at, row["begin_ns"], None))
        at = row["begin_ns"] + row["length_ns"]
        if row["length_ns"]:
            found.append((row["begin_ns"], at, row["vcpu"]))
    joined: list[tuple[int, int, int | None]] = []
    for begin, end, vcpu in found:
        if joined and joined[-1][2] == vcpu:
            joined[-1] = (joined[-1][0], end, vcpu)
        else:
            joined.append((begin, end, vcpu))
    return joined


def planned_turns(ring: Ring, names: Names) -> list[Turn]:
    """What was planned instead of the turns that are known; [] without a table, or if they are not its."""
    known, schedule = turns(ring), names.schedules.get(ring.pcpu)
    kept = fit(known, schedule) if schedule is not None else None
    if schedule is None or kept is None:
        return []
    frame, begin = schedule["frame_ns"], known[0].begin
    return [
        Turn(pcpu=ring.pcpu, vcpu=vcpu, begin=max(begin, base + first), end=base + last)
        for base in range(begin - (begin - kept.phase) % frame, known[-1].end, frame)
        for first, last, vcpu in planned_windows(schedule)
        if base + last > begin
    ]


def _earliest(offsets: Sequence[int], frame: int) -> int:
    """Of values around a frame that lie close together, the one from which all others follow."""
    ordered = sorted(set(offsets))
    gaps = [
        ((after - before) % frame or frame, after)
        for before, after in zip(ordered, [*ordered[1:], ordered[0]], strict=True)
    ]
    return max(gaps)[1]


def percentile(values: Sequence[int], share: float) -> int:
    """The smallest value that is not below `share` of them."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
