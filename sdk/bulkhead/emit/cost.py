# SPDX-License-Identifier: Apache-2.0
"""What each part of a system costs in the hypervisor's memory: page tables, payloads, per-CPU blocks.

Every byte of the tables and store boxes is charged to somebody. A page table that several roots
share is charged to the first that needed it; what code and variables cost is read from the linked
file by build/rooms.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from bulkhead.emit.store import Stored, stored_segments
from bulkhead.emit.tables import make_tables
from bulkhead.model.sizes import PAGE, PCPU_BLOCK_SIZE
from bulkhead.model.system import SystemPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`box` is where the bytes lie; `owner` is a partition's name or "hv"."""

    owner: str
    what: str
    box: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCost:
    """A room of the hypervisor's source, as linked."""

    room: str
    text: int
    rodata: int
    data: int


def costs(plan: SystemPlan) -> list[Cost]:
    tables, stored = make_tables(plan), stored_segments(plan)
    count = len(plan.partitions)
    found = [Cost(owner="hv", what="EL2's page tables", box="tables", size=tables.pages[0] * PAGE)]
    for p in plan.partitions:
        mine = [s for s in stored if s.partition == p.id]
        loader, stage2 = tables.pages[1 + p.id], tables.pages[1 + count + p.id]
        for what, box, size in (
            ("stage-2 page tables", "tables", stage2 * PAGE),
            ("page tables of its loader root", "tables", loader * PAGE),
            ("guest", "store", _stored(stored, [s for s in mine if s.name != "dtb"])),
            ("devicetree", "store", _stored(stored, [s for s in mine if s.name == "dtb"])),
        ):
            found.append(Cost(owner=p.name, what=what, box=box, size=size))
    for cpu in plan.pcpus:
        owner = next((p.name for p in plan.partitions for v in p.vcpus if v.pcpu == cpu.index), "hv")
        what = f"stacks and block of pCPU {cpu.index}"
        found.append(Cost(owner=owner, what=what, box="pcpu", size=PCPU_BLOCK_SIZE))
    return found


def _stored(stored: tuple[Stored, ...], mine: list[Stored]) -> int:
    """With the padding behind each, up to the next one."""
    end = {s.offset: s.offset + len(s.data) for s in stored}
    following = dict(pairwise(s.offset for s in stored))
    return sum(following.get(s.offset, end[s.offset]) - s.offset for s in mine)


def emit_costs(found: Sequence[Cost], rooms: Sequence[RoomCost]) -> str:
    """Two tables for people; the second is empty before the first build."""
    lines = [f"{'for':<24}{'what':<34}{'box':<8}{'bytes':>9}"]
    lines += [f"{c.owner:<24}{c.what:<34}{c.box:<8}{c.size:>9}" for c in found]
    if rooms:
        lines += ["", f"{'hv-arm64/src/':<24}{'text':>9}{'rodata':>9}{'data':>9}"]
        lines += [f"{r.room:<24}{r.text:>9}{r.rodata:>9}{r.data:>9}" for r in rooms]
    return "\n".join(lines) + "\n"


def costs_object(found: Sequence[Cost], rooms: Sequence[RoomCost]) -> dict[str, Any]:
    return {"costs": [asdict(c) for c in found], "rooms": [asdict(r) for r in rooms]}
