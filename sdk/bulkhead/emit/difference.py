# SPDX-License-Identifier: Apache-2.0
"""Two systems -> what changed, in the words of who changed it: "linux: RAM 256 -> 512 MiB"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bulkhead.emit.snapshot import Part, Snapshot
from bulkhead.model.sizes import words

_FAULTS = {
    "stage2": "an access outside what it owns",
    "undefined": "a forbidden instruction",
    "call": "a forbidden call",
}
_ACTIONS = {
    "log": "go on",
    "inject_abort": "give the guest the exception",
    "stop": "stop",
    "restart": "restart",
    "restart_limit": "restart with a limit",
}
_FEATURES = {
    "console_pcpu": "console served by CPU",
    "console_period_us": "console period in us",
    "console_budget_bytes": "console budget in bytes",
    "power_off_when_idle": "power off when idle",
    "monitor": "monitor",
    "confirm_after_ms": "milliseconds until an essential partition is healthy",
    "short_paths": "short paths",
    "toolchain": "toolchain",
    "optimisation": "optimisation",
}


@dataclass(frozen=True, slots=True)
class Change:
    """`subject` is a partition, a device, "hypervisor" or "board"."""

    kind: str  # "partition", "device", "hypervisor", "board"
    subject: str
    field: str
    old: Any
    new: Any
    text: str


def differences(old: Snapshot, new: Snapshot) -> list[Change]:
    found = []
    if old.board != new.board:
        found.append(Change("board", "board", "name", old.board, new.board, f"{old.board} -> {new.board}"))
    pairs = _pairs(old.parts, new.parts)
    renamed = {a.name: b.name for a, b in pairs if a and b}
    for before, after in pairs:
        found += _partition(before, after)
    found += _devices(old.owners, new.owners, renamed)
    for name, label in _FEATURES.items():
        a, b = old.features.get(name), new.features.get(name)
        if a != b:
            found.append(Change("hypervisor", "hypervisor", name, a, b, f"{label} {_yes(a)} -> {_yes(b)}"))
    return found


def render_changes(changes: Sequence[Change]) -> str:
    """A line per partition, device or room that changed; "" for none."""
    lines: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        lines.setdefault((change.kind, change.subject), []).append(change.text)
    return "".join(f"{subject}: {', '.join(texts)}\n" for (_, subject), texts in lines.items())


def changes_object(changes: Sequence[Change]) -> dict[str, Any]:
    return {"version": 1, "changes": [asdict(change) for change in changes]}


def _pairs(old: Sequence[Part], new: Sequence[Part]) -> list[tuple[Part | None, Part | None]]:
    """The same partition before and after: by its name, else by its slot."""
    names = {p.name: p for p in old}
    slots = {p.slot: p for p in old if p.name not in {q.name for q in new}}
    pairs: list[tuple[Part | None, Part | None]] = []
    for after in new:
        before = names.pop(after.name, None)
        if before is None and after.slot in slots:
            before = names.pop(slots[after.slot].name, None)
        pairs.append((before, after))
    return [*pairs, *((gone, None) for gone in names.values())]


def _partition(old: Part | None, new: Part | None) -> Iterator[Change]:
    if old is None and new is not None:
        text = f"new, {words(new.ram_size)} RAM, CPUs {_list(new.pcpus)}, guest '{new.guest}'"
        yield Change("partition", new.name, "partition", None, new.name, text)
    elif new is None and old is not None:
        yield Change("partition", old.name, "partition", old.name, None, "gone")
    elif old is not None and new is not None:
        for field, a, b, text in _fields(old, new):
            if a != b:
                yield Change("partition", new.name, field, a, b, text)


def _fields(old: Part, new: Part) -> Iterator[tuple[str, Any, Any, str]]:
    yield "name", old.name, new.name, f"was called '{old.name}'"
    yield "slot", old.slot, new.slot, f"slot {old.slot} -> {new.slot}"
    yield "guest", old.guest, new.guest, f"guest '{old.guest}' -> '{new.guest}'"
    yield "ram_size", old.ram_size, new.ram_size, f"RAM {_sizes(old.ram_size, new.ram_size)}"
    yield "ram_pa", old.ram_pa, new.ram_pa, f"moved to {new.ram_pa:#x}"
    yield "pcpus", old.pcpus, new.pcpus, f"CPUs {_list(old.pcpus)} -> {_list(new.pcpus)}"
    yield "console", old.console, new.console, "virtual UART added" if new.console else "virtual UART removed"
    start = "starts at power on" if new.autostart else "no longer starts at power on"
    yield "autostart", old.autostart, new.autostart, start
    essential = "is essential" if new.essential else "is no longer essential"
    yield "essential", old.essential, new.essential, essential
    monitors = "performance monitors given" if new.pmu else "performance monitors taken away"
    yield "pmu", old.pmu, new.pmu, monitors
    yield "bootargs", old.bootargs, new.bootargs, f"boot arguments '{old.bootargs}' -> '{new.bootargs}'"
    for fault, what in _FAULTS.items():
        a, b = old.faults.get(fault, ""), new.faults.get(fault, "")
        yield f"fault_{fault}", a, b, f"after {what}: {_ACTIONS.get(a, a)} -> {_ACTIONS.get(b, b)}"
    limits = old.restart_limit, new.restart_limit
    yield "restart_limit", *limits, f"at most {limits[0]} -> {limits[1]} restarts"


def _devices(old: Mapping[str, str], new: Mapping[str, str], renamed: Mapping[str, str]) -> Iterator[Change]:
    for device in sorted({*old, *new}):
        if device not in new:
            yield Change("device", device, "device", device, None, "no longer on the board")
            continue
        a, b = old.get(device, ""), new[device]
        if device not in old and not b:
            yield Change("device", device, "device", None, device, "new on the board")
        elif renamed.get(a, a) != b:
            yield Change("device", device, "owner", a, b, f"{_owner(a)} -> {_owner(b)}")


def _owner(owner: str) -> str:
    return {"": "nobody", "hv": "the hypervisor"}.get(owner, owner)


def _sizes(old: int, new: int) -> str:
    """The unit once where it is the same."""
    (a, unit_a), (b, unit_b) = words(old).rsplit(" ", 1), words(new).rsplit(" ", 1)
    return f"{a} -> {b} {unit_b}" if unit_a == unit_b else f"{a} {unit_a} -> {b} {unit_b}"


def _list(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers)) or "none"


def _yes(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
