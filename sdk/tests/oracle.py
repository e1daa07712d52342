# SPDX-License-Identifier: Apache-2.0
"""What "unsafe" means, written plainly and without a line of check/: a list of who has which pages.

Reads the lines of the configuration itself, the board, and the translation tables of the image back.
A plan that check/ accepts and in which this finds anything is a bug of check/.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from table_walker import Memory, leaves

from bulkhead.emit.tables import make_tables
from bulkhead.model.system import SystemPlan

PAGE = 4096
GUEST_RAM = 0x4000_0000
VIRTUAL = ((0x0800_0000, 0x1_0000), (0x080A_0000, 8 * 0x2_0000), (0x0900_0000, 0x1000))
_LINE = re.compile(r"CONFIG_(\w+)=(.*)")


def unsafe(plan: SystemPlan, text: str) -> list[str]:
    """Everything that must not be, in words; empty for a safe plan."""
    asked = dict(found.groups() for found in map(_LINE.fullmatch, map(str.strip, text.splitlines())) if found)
    wrong = [
        *_what_was_asked(plan, asked),
        *_names(plan),
        *_cpus(plan),
        *_pages(plan),
        *_interrupts(plan),
        *_devices(plan, asked),
    ]
    return wrong or _tables(plan)


def pages(base: int, size: int) -> range:
    return range(base // PAGE, -(-(base + size) // PAGE))


def joined(ranges: Iterable[range]) -> list[range]:
    """The same pages, ascending, neighbours as one."""
    found: list[range] = []
    for r in sorted((r for r in ranges if r), key=lambda r: r.start):
        if found and r.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, r.stop))
        else:
            found.append(r)
    return found


def _what_was_asked(plan: SystemPlan, asked: dict[str, str]) -> list[str]:
    """Each line had its effect."""
    by_slot = {p.slot: p for p in plan.partitions}
    wrong = []
    for name, value in asked.items():
        part = re.fullmatch(r"PART_(\d+)_(ENABLE|RAM_SIZE|RAM_BASE|PCPUS)", name)
        owner = re.fullmatch(r"OWNER_(\w+?)_PART_(\d+)", name)
        if part and part[2] == "ENABLE":
            wrong += [name] if (value == "y") != (int(part[1]) in by_slot) else []
        elif part and int(part[1]) in by_slot:
            p = by_slot[int(part[1])]
            took = {
                "RAM_SIZE": lambda p=p, v=value: p.ram_size == int(v, 16),
                "RAM_BASE": lambda p=p, v=value: int(v, 16) in (0, p.ram_pa),
                "PCPUS": lambda p=p, v=value: (
                    [int(n) for n in v.strip('"').split(",")] == [x.pcpu for x in p.vcpus]
                ),
            }[part[2]]
            wrong += [] if took() else [name]
        elif owner and value == "y":
            device = next((d.name for d in plan.board.devices if d.symbol == owner[1]), None)
            p = by_slot.get(int(owner[2]))
            wrong += [] if p and device in p.devices else [name]
    return [f"CONFIG_{name} had no effect" for name in wrong]


def _names(plan: SystemPlan) -> list[str]:
    names = [p.name for p in plan.partitions]
    bad = [n for n in names if not re.fullmatch(r"[a-z][a-z0-9-]{0,22}", n) or n == "hv"]
    return [f"name {n!r}" for n in [*bad, *(n for n in set(names) if names.count(n) > 1)]]


def _cpus(plan: SystemPlan) -> list[str]:
    used = [v.pcpu for p in plan.partitions for v in p.vcpus]
    wrong = [f"CPU {n} twice" for n in set(used) if used.count(n) > 1]
    wrong += [f"no CPU {n}" for n in used if n >= len(plan.board.cpus)]
    return wrong + [f"{p.name} has no CPU" for p in plan.partitions if not p.vcpus]


def _pages(plan: SystemPlan) -> list[str]:
    """One owner per page of RAM and of devices, and RAM only where there is RAM."""
    memory = joined(pages(r.base, r.size) for r in plan.board.memory)
    has = [(pages(b.base, b.size), "hypervisor") for b in plan.boxes]
    has += [(pages(r.base, r.size), "reserved") for r in plan.board.reserved]
    wrong = []
    for p in plan.partitions:
        if p.ram_pa % PAGE or p.ram_size % PAGE or not p.ram_size:
            wrong.append(f"RAM of {p.name} is not made of pages")
        ram = pages(p.ram_pa, p.ram_size)
        has.append((ram, p.name))
        if not any(m.start <= ram.start and ram.stop <= m.stop for m in memory):
            wrong.append(f"RAM of {p.name} where there is none: {p.ram_pa:#x}")
    owner = {d: p.name for p in plan.partitions for d in p.devices}
    for d in plan.board.devices:
        who = "hypervisor" if d.hypervisor_only else owner.get(d.name)
        has += [(pages(r.base, r.size), who) for r in d.regions if who]
    return wrong + [
        f"page {max(a.start, b.start) * PAGE:#x}: {sorted((one, other))}"
        for i, (a, one) in enumerate(has)
        for b, other in has[:i]
        if one != other and max(a.start, b.start) < min(a.stop, b.stop)
    ]


def _interrupts(plan: SystemPlan) -> list[str]:
    board = plan.board
    has: dict[int, set[str]] = defaultdict(set)
    for intid in (board.gic.maintenance_intid, board.uart.irq.intid, *board.timer_intids):
        has[intid].add("hypervisor")
    for p in plan.partitions:
        for d in board.devices:
            for irq in d.irqs if d.name in p.devices else ():
                has[irq.intid].add(p.name)
    return [f"INTID {n}: {sorted(who)}" for n, who in has.items() if len(who) > 1]


def _devices(plan: SystemPlan, asked: dict[str, str]) -> list[str]:
    wrong = []
    owned = [(p, d) for p in plan.partitions for d in plan.board.devices if d.name in p.devices]
    for p, d in owned:
        if d.hypervisor_only or not d.enabled:
            wrong.append(f"{p.name} has {d.name}, which nobody may have")
        if d.dma and asked.get("ALLOW_UNPROTECTED_DMA") != "y":
            wrong.append(f"{p.name} has {d.name}, which reaches all memory")
        taken = [pages(base, size) for base, size in (*VIRTUAL, (GUEST_RAM, p.ram_size))]
        own = [pages(r.base, r.size) for r in d.regions]
        if any(max(a.start, b.start) < min(a.stop, b.stop) for a in own for b in taken):
            wrong.append(f"{d.name} hides a part of the machine that {p.name} sees")
    names = [d.name for _, d in owned]
    return wrong + [f"{n} has two owners" for n in set(names) if names.count(n) > 1]


def _tables(plan: SystemPlan) -> list[str]:
    """What each guest can reach is its RAM and the pages of its devices."""
    tables = make_tables(plan)
    memory = Memory(plan.box("tables").base, tables.data)
    wrong = []
    for p in plan.partitions:
        regions = [r for d in plan.board.devices if d.name in p.devices for r in d.regions]
        own = joined([pages(p.ram_pa, p.ram_size), *(pages(r.base, r.size) for r in regions)])
        reached = joined(pages(leaf.pa, leaf.size) for leaf in leaves(memory, tables.stage2_roots[p.id]))
        if reached != own:
            wrong.append(f"{p.name} reaches {reached}, and should reach {own}")
    return wrong
