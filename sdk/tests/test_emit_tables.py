# SPDX-License-Identifier: Apache-2.0
"""emit/tables.py: the tables of a plan grant what the plan says and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import make_plan, with_ram
from table_walker import Memory, leaves, runs

from bulkhead.emit.tables import TCR_EL2, VTCR_EL2, Tables, make_tables
from bulkhead.model.system import SystemPlan

# Descriptors written out by hand from the manual, not computed.
EL2_CODE = 0x7C4  # AF, inner shareable, read-only, AP[1], Normal
EL2_CONST = 0x40_0000_0000_07C4  # the same and XN
EL2_RW = 0x40_0000_0000_0744
EL2_DEV = 0x40_0000_0000_0440
S2_RAM = 0x7FC  # AF, inner shareable, read-write, write-back
S2_DEV = 0x40_0000_0000_04C4  # AF, read-write, Device-nGnRE, XN


def walk(plan: SystemPlan) -> tuple[Tables, Memory]:
    tables = make_tables(plan)
    return tables, Memory(plan.box("tables").base, tables.data)


def test_they_fill_their_box() -> None:
    plan = make_plan()
    assert len(make_tables(plan).data) <= plan.box("tables").size


def test_control_registers() -> None:
    assert TCR_EL2 == 0x80823519
    assert VTCR_EL2 == 0x80023559


def test_el2_maps_itself_and_its_devices_only() -> None:
    plan = make_plan()
    tables, memory = walk(plan)
    block = plan.box("pcpu").base
    assert runs(memory, tables.el2_root) == [
        (0x0800_0000, 0x0800_0000, 0x1_0000, EL2_DEV),
        (0x080A_0000, 0x080A_0000, 0x4_0000, EL2_DEV),
        (0x0900_0000, 0x0900_0000, 0x1000, EL2_DEV),
        (0x4020_0000, 0x4020_0000, 0x8000, EL2_CODE),
        (0x4020_8000, 0x4020_8000, 0x1_A000, EL2_CONST),  # rodata, tables, store
        (0x4022_2000, 0x4022_2000, 0x2000, EL2_RW),
        (block + 0x1000, block + 0x1000, 0x2000, EL2_RW),
        (block + 0x4000, block + 0x4000, 0x2000, EL2_RW),
        (block + 0x7000, block + 0x7000, 0x2000, EL2_RW),
        # panic stack and struct pcpu of the last block, then the record page
        (block + 0xA000, block + 0xA000, 0x3000, EL2_RW),
    ]


def test_nothing_at_el2_is_writable_and_executable() -> None:
    plan = make_plan()
    tables, memory = walk(plan)
    for root in (tables.el2_root, *tables.loader_roots):
        for leaf in leaves(memory, root):
            read_only = bool(leaf.descriptor >> 7 & 1)
            assert leaf.descriptor >> 54 & 1 or read_only
            assert leaf.va == leaf.pa


def test_a_loader_root_adds_the_ram_of_its_partition() -> None:
    plan = make_plan()
    tables, memory = walk(plan)
    usual = set(leaves(memory, tables.el2_root))
    for partition, root in zip(plan.partitions, tables.loader_roots, strict=True):
        added = set(leaves(memory, root)) - usual
        assert usual <= set(leaves(memory, root))
        assert sum(leaf.size for leaf in added) == partition.ram_size
        assert min(leaf.pa for leaf in added) == partition.ram_pa
        assert {leaf.descriptor & ~0xFFFFFFFFF003 for leaf in added} == {EL2_RW}


def test_stage_2_is_ram_and_owned_devices() -> None:
    plan = make_plan()
    tables, memory = walk(plan)
    assert runs(memory, tables.stage2_roots[0]) == [
        (0x0901_0000, 0x0901_0000, 0x1000, S2_DEV),
        (0x4000_0000, 0x7FE0_0000, 0x20_0000, S2_RAM),
    ]
    assert runs(memory, tables.stage2_roots[1]) == [
        (0x4000_0000, 0x7FDC_0000, 0x4_0000, S2_RAM),
    ]


def test_vttbr_holds_root_and_vmid() -> None:
    tables, _ = walk(make_plan())
    assert tables.vttbr(1) == tables.stage2_roots[1] | 2 << 48


def test_loader_roots_share_what_does_not_differ() -> None:
    tables, memory = walk(make_plan())
    first = [memory.table(r) for r in (tables.el2_root, tables.loader_roots[0])]
    assert first[0][0] == first[1][0]  # the first GiB: devices
    assert first[0][1] != first[1][1]  # the second: RAM


@given(
    page=st.integers(0x4100_0, 0x7000_0),
    pages=st.integers(16, 40_000),
)
def test_a_partitions_tables_hold_its_ram_wherever_it_lies(page: int, pages: int) -> None:
    plan = with_ram(make_plan(), 1, ram_pa=page << 12, ram_size=pages << 12)
    tables, memory = walk(plan)
    assert runs(memory, tables.stage2_roots[1]) == [(0x4000_0000, page << 12, pages << 12, S2_RAM)]
    assert tables.data == walk(plan)[1].data


def test_two_boxes_at_one_place_are_refused() -> None:
    plan = make_plan()
    with pytest.raises(ValueError, match="mapped twice"):
        make_tables(with_ram(plan, 0, ram_pa=plan.boxes[0].base, ram_size=0x20_0000))
