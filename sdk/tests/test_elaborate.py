# SPDX-License-Identifier: Apache-2.0
"""Allocation, boxes, claims and payloads: what the plan is made of."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead.check import check
from bulkhead.diag import render_text
from bulkhead.elaborate.allocate import alignment, free_ranges, highest_fit
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.payload import BadPayload, load_payload
from bulkhead.elaborate.project import Project, with_board
from bulkhead.elaborate.system import Elaborated
from bulkhead.kconfig.system import DEFCONFIG, System, find_system, system_names
from bulkhead.model.sizes import PCPU_BLOCK_SIZE, HvSizes

RAM = (0x4000_0000, 0x8000_0000)
ranges = st.tuples(st.integers(0x3000, 0x9000), st.integers(0, 0x3000)).map(
    lambda t: (t[0] << 16, (t[0] + t[1]) << 16)
)


@given(st.lists(ranges, max_size=12), st.integers(1, 1 << 29))
def test_what_is_allocated_is_free_and_aligned_and_highest(taken: list[tuple[int, int]], size: int) -> None:
    free = free_ranges([RAM], taken)
    base = highest_fit(free, size)
    if base is None:
        return
    assert base % alignment(size) == 0
    assert RAM[0] <= base and base + size <= RAM[1]
    assert all(base + size <= low or high <= base for low, high in taken)
    higher = base + alignment(size)
    assert not any(b <= higher and higher + size <= e for b, e in free)


@given(st.lists(ranges, max_size=12))
def test_free_is_the_complement_of_taken(taken: list[tuple[int, int]]) -> None:
    free = free_ranges([RAM], taken)
    for point in range(RAM[0], RAM[1], 0x200_0000):
        inside = any(low <= point < high for low, high in taken)
        assert inside != any(low <= point < high for low, high in free)


def project(root: Path, folder: Path, text: str) -> Project:
    (folder / "c").write_text(text, encoding="utf-8")
    return with_board(
        root, folder, System("qemu_virt", "t", folder), read_board(root, "qemu_virt"), folder / "c"
    )


def two(extra: str = "") -> str:
    slots = "".join(f'CONFIG_PART_{n}_ENABLE=y\nCONFIG_PART_{n}_NAME="p{n}"\n' for n in (1, 2))
    return slots + extra


def bases(made: Elaborated) -> list[int]:
    return [p.ram_pa for p in made.plan.partitions]


def test_guests_do_not_move_when_the_hypervisor_grows(root: Path, tmp_path: Path) -> None:
    found = project(root, tmp_path, two())
    small = HvSizes(text=1, rodata=1, tables=1, store=1, data=1)
    large = HvSizes(text=1 << 20, rodata=1 << 20, tables=1 << 20, store=1 << 24, data=1 << 20)
    placed = [bases(found.elaborate(sizes=sizes)) for sizes in (None, small, large)]
    assert placed[0] == placed[1] == placed[2] == [0x7FE0_0000, 0x7FC0_0000]


def test_a_fixed_address_is_honoured_and_the_others_give_way(root: Path, tmp_path: Path) -> None:
    made = project(root, tmp_path, two("CONFIG_PART_2_RAM_BASE=0x7fe00000\n")).elaborate()
    assert bases(made) == [0x7FC0_0000, 0x7FE0_0000]
    assert check(made.plan) == []


def test_boxes_lie_side_by_side_from_the_load_address(root: Path, tmp_path: Path) -> None:
    sizes = HvSizes(text=0x1001, rodata=0x800, tables=0x3000, store=0, data=0x10)
    plan = project(root, tmp_path, two()).elaborate(sizes=sizes).plan
    assert [b.name for b in plan.boxes] == ["text", "rodata", "tables", "store", "data", "pcpu", "record"]
    at = plan.board.boot.image
    for box in plan.boxes:
        assert box.base == at and box.size % 0x1000 == 0 and box.size >= box.used
        at += box.size
    assert plan.box("pcpu").used == 2 * PCPU_BLOCK_SIZE  # pCPU 2 and 3 stay off
    assert plan.box("text").used == 0x1001


def test_what_does_not_fit_is_a_finding_for_each(root: Path, tmp_path: Path) -> None:
    slots = "".join(
        f'CONFIG_PART_{n}_ENABLE=y\nCONFIG_PART_{n}_NAME="p{n}"\nCONFIG_PART_{n}_RAM_SIZE=0x4000000000\n'
        for n in range(1, 9)
    )
    made = project(root, tmp_path, slots).elaborate()
    assert [d.code for d in made.diags] == ["BH-MEM-004"] * 8
    assert "256 GiB asked" in made.diags[0].text


@pytest.mark.parametrize("name", ["qemu_virt/bench", "qemu_virt/demo", "qemu_virt/hello"])
def test_shipped_systems_are_free_of_findings(root: Path, tmp_path: Path, name: str) -> None:
    system = find_system(root, name)
    assert system.folder is not None
    board = read_board(root, system.board, system.overlays)
    made = with_board(root, tmp_path, system, board, system.folder / DEFCONFIG).elaborate()
    assert render_text([*made.diags, *check(made.plan)]) == ""


def test_the_demo_is_what_the_demo_needs(root: Path, tmp_path: Path) -> None:
    assert "qemu_virt/demo" in system_names(root)
    system = find_system(root, "qemu_virt/demo")
    assert system.folder is not None
    board = read_board(root, system.board)
    plan = with_board(root, tmp_path, system, board, system.folder / DEFCONFIG).elaborate().plan
    control, rogue = plan.partitions
    assert (control.name, control.vcpus[0].pcpu, control.devices) == ("control", 0, ("rtc@9010000",))
    assert (rogue.name, rogue.vcpus[0].pcpu, rogue.devices) == ("rogue", 1, ())
    assert plan.features.console_pcpu == 1


def test_flat_image_and_elf() -> None:
    flat = load_payload(b"\x1f\x20\x03\xd5", "f")
    assert (flat.kind, flat.entry, flat.ipa_end) == ("flat", 0x4008_0000, 0x4008_0004)

    def image(text_offset: int, size: int) -> bytes:
        return struct.pack("<IIQQQQQQ4sI", 0, 0, text_offset, size, 0, 0, 0, 0, b"ARM\x64", 0)

    assert load_payload(image(0, 0x5000), "i").entry == 0x4020_0000
    assert load_payload(image(0, 0x5000), "i").ipa_end == 0x4020_5000
    assert load_payload(image(0x8_0000, 0), "i").entry == 0x4008_0000


@given(st.binary(max_size=200))
def test_no_file_breaks_the_loader(data: bytes) -> None:
    for prefix in (b"", b"\x7fELF", b"\x7fELF\x02\x01\x01" + bytes(9)):
        try:
            load_payload(prefix + data, "x")
        except BadPayload as problem:
            assert str(problem)
