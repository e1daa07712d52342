# SPDX-License-Identifier: Apache-2.0
"""Page tables of any plan: an independent walker reads back exactly what was planned, nothing more."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from plans import IMAGE_BASE, make_boxes, make_partition, make_plan, region
from table_walker import Memory, leaves, runs

from bulkhead.elaborate.allocate import allocate
from bulkhead.emit.tables import make_tables
from bulkhead.model.board import Device
from bulkhead.model.sizes import BLOCK
from bulkhead.model.system import Claim, SystemPlan

Range = tuple[int, int]
_BOXES = {"text": 0x8000, "rodata": 0x3000, "tables": 0x40_0000, "store": 0x3000, "data": 0x2000}
_BOXES |= {"pcpu": 0xC000, "record": 0x1000}
sizes = st.one_of(
    st.sampled_from([0x2_0000, BLOCK, 4 * BLOCK, 33 * BLOCK]),
    st.integers(0x20, 0x4000).map(lambda pages: pages << 12),
)
# Pages of devices, relative to each other: some side by side, some apart, some in one page.
gaps = st.lists(st.tuples(st.sampled_from([0, 0x200, 0x1000, 0x20_0000]), st.integers(1, 0x3000)), max_size=6)


def plan_of(ram: list[int], devices: list[tuple[int, int]]) -> SystemPlan:
    """Partitions of these sizes, all devices owned by the first."""
    small, boxes = make_plan(), make_boxes(_BOXES)
    taken = Claim(
        base=IMAGE_BASE,
        size=sum(_BOXES.values()),
        kind="hypervisor",
        owner="hv",
        label="hv",
        where=small.where,
    )
    wanted = [make_partition(i, f"p{i}", ram_pa=0, ram_size=size) for i, size in enumerate(ram)]
    placed, _ = allocate(wanted, [(r.base, r.end) for r in small.board.memory], [taken])
    owned, at = [], 0x0A00_0000
    for number, (gap, size) in enumerate(devices):
        at += gap
        owned.append(replace(small.device("rtc@9010000"), name=f"d{number}", regions=(region(at, size),)))
        at += size
    partitions = [replace(p, devices=()) for p in placed if p.ram_pa]
    partitions[0] = replace(partitions[0], devices=tuple(d.name for d in owned))
    board = replace(small.board, devices=(*small.board.devices, *owned))
    ids = (replace(p, id=i) for i, p in enumerate(partitions))
    return replace(small, board=board, boxes=boxes, partitions=tuple(ids))


def pages_of(devices: list[Device]) -> set[int]:
    return {page for d in devices for r in d.regions for page in range(r.base >> 12 << 12, r.end, 0x1000)}


@given(st.lists(sizes, min_size=1, max_size=6), gaps)
def test_each_partition_reaches_its_own_and_nothing_else(ram: list[int], devices: list[Range]) -> None:
    plan = plan_of(ram, devices)
    tables = make_tables(plan)
    memory = Memory(plan.box("tables").base, tables.data)
    for p in plan.partitions:
        reached = list(leaves(memory, tables.stage2_roots[p.id]))
        own = [leaf for leaf in reached if leaf.va >= 0x4000_0000]
        assert sum(leaf.size for leaf in own) == p.ram_size
        assert all(leaf.pa - leaf.va == p.ram_pa - 0x4000_0000 for leaf in own)
        low = {
            at
            for leaf in reached
            if leaf.va < 0x4000_0000
            for at in range(leaf.pa, leaf.pa + leaf.size, 0x1000)
        }
        assert low == pages_of([plan.device(name) for name in p.devices])
        assert all(
            leaf.va == leaf.pa and leaf.descriptor >> 54 & 1 for leaf in reached if leaf.va < 0x4000_0000
        )
    assert len(tables.data) == 0x1000 * sum(tables.pages)


@given(st.lists(sizes, min_size=2, max_size=6))
def test_el2_never_sees_a_guest_but_in_its_loader_root(ram: list[int]) -> None:
    plan = plan_of(ram, [])
    tables = make_tables(plan)
    memory = Memory(plan.box("tables").base, tables.data)
    usual = runs(memory, tables.el2_root)
    for p, root in zip(plan.partitions, tables.loader_roots, strict=True):
        mine = {at for leaf in leaves(memory, root) for at in range(leaf.pa, leaf.pa + leaf.size, 0x1000)}
        assert set(range(p.ram_pa, p.ram_pa + p.ram_size, 0x1000)) <= mine
        for other in plan.partitions:
            if other is not p:
                assert other.ram_pa not in mine and other.ram_pa + other.ram_size - 0x1000 not in mine
        assert not any(pa <= p.ram_pa < pa + size for _, pa, size, _ in usual)
