# SPDX-License-Identifier: Apache-2.0
"""Two plans (plan.json as read) side by side: what grew, and what moved. For size gates in CI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

JSON_VERSION = 1
Plan = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A size in bytes, or -1 where the thing is not in that plan."""

    what: str
    before: int
    now: int

    @property
    def growth(self) -> int:
        return max(self.now, 0) - max(self.before, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    boxes: tuple[Change, ...]  # the hypervisor's parts, by what they use
    ram: tuple[Change, ...]  # partitions
    moved: tuple[tuple[str, int, int], ...]  # name of a partition, address before, address now

    @property
    def growth(self) -> int:
        """Of everything that the hypervisor occupies."""
        return sum(change.growth for change in self.boxes)


def compare(old: Plan, new: Plan) -> Comparison:
    ram = {name: (plan["ram"]["size"], plan["ram"]["pa"]) for name, plan in _partitions(new)}
    was = {name: (plan["ram"]["size"], plan["ram"]["pa"]) for name, plan in _partitions(old)}
    return Comparison(
        boxes=_changes(_used(old), _used(new)),
        ram=_changes({n: r[0] for n, r in was.items()}, {n: r[0] for n, r in ram.items()}),
        moved=tuple((n, was[n][1], ram[n][1]) for n in ram if n in was and was[n][1] != ram[n][1]),
    )


def emit_comparison(found: Comparison) -> str:
    """The comparison for people."""
    lines = [f"{'':<20}{'before':>12}{'now':>12}{'growth':>10}"]
    lines += [_line(c.what, c) for c in found.boxes]
    total = Change(
        what="hypervisor in all",
        before=sum(max(c.before, 0) for c in found.boxes),
        now=sum(max(c.now, 0) for c in found.boxes),
    )
    lines.append(_line(total.what, total))
    lines += [_line(f"RAM of '{c.what}'", c) for c in found.ram if c.growth]
    lines += [f"'{name}' moved from {before:#x} to {now:#x}" for name, before, now in found.moved]
    return "\n".join(lines) + "\n"


def comparison_object(found: Comparison) -> dict[str, Any]:
    return {
        "version": JSON_VERSION,
        "growth": found.growth,
        "boxes": [{**asdict(c), "growth": c.growth} for c in found.boxes],
        "ram": [{**asdict(c), "growth": c.growth} for c in found.ram],
        "moved": [{"partition": n, "before": before, "now": now} for n, before, now in found.moved],
    }


def _line(name: str, change: Change) -> str:
    before = "-" if change.before < 0 else str(change.before)
    now = "-" if change.now < 0 else str(change.now)
    return f"{name:<20}{before:>12}{now:>12}{change.growth:>+10}"


def _changes(old: Mapping[str, int], new: Mapping[str, int]) -> tuple[Change, ...]:
    return tuple(
        Change(what=n, before=old.get(n, -1), now=new.get(n, -1)) for n in dict.fromkeys((*old, *new))
    )


def _used(plan: Plan) -> dict[str, int]:
    return {box["name"]: box["used"] for box in plan["boxes"]}


def _partitions(plan: Plan) -> Iterator[tuple[str, Any]]:
    return ((p["name"], p) for p in plan["partitions"])
