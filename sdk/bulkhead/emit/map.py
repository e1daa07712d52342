# SPDX-License-Identifier: Apache-2.0
"""Who owns which memory, CPU, device and interrupt: for people (map.txt, `./bulkhead map`) and as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bulkhead.emit.schedule_text import IDLE, shares
from bulkhead.model.board import Device
from bulkhead.model.sizes import GUEST_DTB_ROOM, words
from bulkhead.model.system import (
    GUEST_GICC_IPA,
    GUEST_GICC_SIZE,
    GUEST_GICD_IPA,
    GUEST_GICD_SIZE,
    GUEST_GICR_IPA,
    GUEST_GICR_STRIDE,
    GUEST_RAM_IPA,
    GUEST_UART_INTID,
    GUEST_UART_IPA,
    GUEST_UART_SIZE,
    Partition,
    Schedule,
    SystemPlan,
)
from bulkhead.model.times import us, us_number

JSON_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A range of addresses and what is there. `kind` is a claim's, "free", "device" or "virtual"."""

    base: int
    size: int
    kind: str
    label: str
    note: str = ""

    @property
    def end(self) -> int:
        return self.base + self.size


def emit_map(plan: SystemPlan, everything: bool = False) -> str:
    """The map as text; `everything` also lists the devices that nobody owns."""
    sections = [
        ("Physical memory", _rows(memory_rows(plan))),
        ("Physical CPUs", _cpus(plan)),
        *((f"Frame of pCPU {s.pcpu}", _windows(plan, s)) for s in plan.schedules),
        *((_title(p), _rows(partition_rows(plan, p))) for p in plan.partitions),
        ("Devices", _devices(plan, everything)),
        ("Interrupts", _interrupts(plan)),
    ]
    lines = [f"System '{plan.system}' on board {plan.board.name}"]
    for title, body in sections:
        lines += ["", title, *(f"  {line}".rstrip() for line in body)]
    return "\n".join(lines) + "\n"


def map_object(plan: SystemPlan) -> dict[str, Any]:
    """The same for machines: `./bulkhead map --format json`, described in docs/formats.md."""
    return {
        "version": JSON_VERSION,
        "system": plan.system,
        "board": plan.board.name,
        "memory": [_as_json(r) for r in memory_rows(plan)],
        "cpus": [{"pcpu": c.index, "mpidr": c.mpidr, **_on_cpu(plan, c.index)} for c in plan.board.cpus],
        "partitions": [
            {"name": p.name, "guest": p.guest, "view": [_as_json(r) for r in partition_rows(plan, p)]}
            for p in plan.partitions
        ],
        "devices": [
            {
                "name": d.name,
                "owner": _owner(plan, d),
                "regions": [{"base": r.base, "size": r.size} for r in d.regions],
                "interrupts": [{"intid": i.intid, "text": i.text} for i in d.irqs],
                "enabled": d.enabled,
            }
            for d in plan.board.devices
        ],
    }


def memory_rows(plan: SystemPlan) -> list[Row]:
    """RAM from bottom to top, holes included. What overlaps is listed and says so."""
    used = {b.name: b.used for b in plan.boxes if b.used != b.size}
    claims = [c for c in plan.claims if c.kind != "device"]
    rows: list[Row] = []
    for bank in plan.board.memory:
        at = bank.base
        for c in claims:
            if not bank.base <= c.base < bank.end:
                continue
            if c.base > at:
                rows.append(_free(at, c.base))
            box = c.label.partition("(")[2].rstrip(")")
            notes = [f"{words(used[box])} used"] if c.owner == "hv" and box in used else []
            notes += ["OVERLAPS what is above"] if c.base < at else []
            rows.append(Row(base=c.base, size=c.size, kind=c.kind, label=c.label, note=", ".join(notes)))
            at = max(at, c.end)
        if at < bank.end:
            rows.append(_free(at, bank.end))
    outside = [c for c in claims if not any(r.base <= c.base < r.end for r in plan.board.memory)]
    rows += [Row(base=c.base, size=c.size, kind=c.kind, label=c.label, note="NOT IN MEMORY") for c in outside]
    return rows


def partition_rows(plan: SystemPlan, p: Partition) -> list[Row]:
    """What a partition sees at which of its own addresses."""
    rows = [Row(base=GUEST_GICD_IPA, size=GUEST_GICD_SIZE, kind="virtual", label="interrupt distributor")]
    if plan.board.gic.version == 2:
        rows.append(Row(base=GUEST_GICC_IPA, size=GUEST_GICC_SIZE, kind="virtual", label="GIC CPU interface"))
    else:
        size = GUEST_GICR_STRIDE * max(1, len(p.vcpus))
        rows.append(Row(base=GUEST_GICR_IPA, size=size, kind="virtual", label="interrupt redistributors"))
    if p.console:
        note = _intid(GUEST_UART_INTID)
        rows.append(
            Row(base=GUEST_UART_IPA, size=GUEST_UART_SIZE, kind="virtual", label="PL011 UART", note=note)
        )
    for name in p.devices:
        device = plan.device(name)
        note = ", ".join(i.text for i in device.irqs)
        rows += [Row(base=r.base, size=r.size, kind="device", label=name, note=note) for r in device.regions]
    return sorted([*rows, *_ram_rows(p)], key=lambda r: r.base)


def _ram_rows(p: Partition) -> Iterator[Row]:
    """A partition's RAM from bottom to top: what it finds there at its start, and what is left to it."""
    base, end = GUEST_RAM_IPA, GUEST_RAM_IPA + p.ram_size
    found = [(base, min(base + GUEST_DTB_ROOM, end), "devicetree", "")]
    if p.payload is not None and p.payload.ipa_base >= base:
        entry = f"entered at {p.payload.entry:#010x}"
        found.append((p.payload.ipa_base, min(p.payload.ipa_end, end), f"guest {p.guest}", entry))
    found += [(end, end, "", "")]
    place = f"physically at {p.ram_pa:#010x}" if p.ram_pa else "has no place"
    at = base
    for low, high, what, note in found:
        if low > at:
            yield Row(base=at, size=low - at, kind="partition", label="RAM: the guest's own")
        if high > max(low, at):
            notes = ", ".join(n for n in (place if low == base else "", note) if n)
            yield Row(base=low, size=high - low, kind="partition", label=f"RAM: {what}", note=notes)
        at = max(at, high)


def _rows(rows: list[Row]) -> Iterator[str]:
    width = max((len(_label(r)) for r in rows), default=0)
    for r in rows:
        yield f"{_range(r.base, r.end)} {words(r.size):>10}  {_label(r):<{width}}  {r.note}"


def _label(row: Row) -> str:
    return f"virtual {row.label}" if row.kind == "virtual" else row.label


def _free(base: int, end: int) -> Row:
    return Row(base=base, size=end - base, kind="free", label="free")


def _title(p: Partition) -> str:
    pcpus = ", ".join(str(v.pcpu) for v in p.vcpus)
    kind = f" ({p.payload.kind})" if p.payload else ""
    return f"Partition '{p.name}': guest {p.guest}{kind} on pCPU {pcpus or 'none'}"


def _on_cpu(plan: SystemPlan, index: int) -> dict[str, Any]:
    return {
        "vcpus": [
            {"partition": p.name, "vcpu": v.index}
            for p in plan.partitions
            for v in p.vcpus
            if v.pcpu == index
        ],
        "console": plan.features.console_pcpu == index,
        **_schedule_object(plan, index),
    }


def _schedule_object(plan: SystemPlan, index: int) -> dict[str, Any]:
    schedule = plan.schedule(index)
    if schedule is None:
        return {"policy": "pinned"}
    return {
        "policy": schedule.policy.name.lower(),
        "frame_ns": schedule.frame_ns,
        "windows": [
            {
                "begin_ns": w.begin_ns,
                "length_ns": w.length_ns,
                "who": "" if w.vcpu is None else plan.vcpu_name(w.vcpu),
            }
            for w in schedule.windows
        ],
    }


def _windows(plan: SystemPlan, schedule: Schedule) -> Iterator[str]:
    """Each window, and what share of the frame each vCPU has."""
    for w in schedule.windows:
        who = "idle" if w.vcpu is None else plan.vcpu_name(w.vcpu)
        yield f"{us_number(w.begin_ns):>12} us + {us_number(w.length_ns):>11} us  {who}"
    text = ", ".join(
        f"{name} {100 * float(share):.4g} %" for name, share in shares(plan, schedule).items() if name != IDLE
    )
    yield f"{us(schedule.frame_ns)} in all: {text or 'idle'}"


def _cpus(plan: SystemPlan) -> Iterator[str]:
    for cpu in plan.board.cpus:
        there = [
            f"'{p.name}' vCPU {v.index}" for p in plan.partitions for v in p.vcpus if v.pcpu == cpu.index
        ]
        there += ["console"] if plan.features.console_pcpu == cpu.index else []
        yield f"pCPU {cpu.index}  MPIDR {cpu.mpidr:#x}  {', '.join(there) or 'off'}"


def _devices(plan: SystemPlan, everything: bool) -> Iterator[str]:
    shown = [d for d in plan.board.devices if everything or _owner(plan, d)]
    width = max((len(d.name) for d in shown), default=0)
    for d in shown:
        owner = _owner(plan, d)
        who = {"": "nobody", "hv": "hypervisor"}.get(owner, owner) if d.enabled else "disabled"
        yield from (f"{_range(r.base, r.end)}  {d.name:<{width}}  {who}" for r in d.regions)
    hidden = len(plan.board.devices) - len(shown)
    if hidden:
        yield f"and {hidden} more that nobody owns (./bulkhead map --all)"


def _interrupts(plan: SystemPlan) -> Iterator[str]:
    """Those that somebody takes, by number."""
    found = [(i, d) for d in plan.board.devices for i in d.irqs if _owner(plan, d)]
    for irq, device in sorted(found, key=lambda pair: (pair[0].intid, pair[1].name)):
        owner = _owner(plan, device)
        yield f"{irq.text:<20}  {device.name}  {'hypervisor' if owner == 'hv' else owner}"


def _owner(plan: SystemPlan, device: Device) -> str:
    return plan.owner(device.name).owner


def _intid(intid: int) -> str:
    return f"SPI {intid - 32} (INTID {intid})"


def _range(base: int, end: int) -> str:
    return f"{base:#010x}..{end - 1:#010x}"


def _as_json(row: Row) -> dict[str, Any]:
    return {"base": row.base, "size": row.size, "kind": row.kind, "label": row.label, "note": row.note}
