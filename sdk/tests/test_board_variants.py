# SPDX-License-Identifier: Apache-2.0
"""A board that is a variant of another: what it does not say is that one's, its systems too."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from table_walker import Memory, runs

from bulkhead.check import check
from bulkhead.cli.main import cli
from bulkhead.diag import UserError, render_text
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.board_yaml import parse_board_file, read_board_file
from bulkhead.elaborate.project import with_board
from bulkhead.emit.tables import make_tables
from bulkhead.kconfig.system import DEFCONFIG, System, find_system
from bulkhead.lab.targets import find_target, require_usable
from bulkhead.model.system import SystemPlan
from bulkhead.runners.boards import read_qemu_machine

GICV = 0x0804_0000
GUEST_GICC = 0x0801_0000
S2_DEV = 0x40_0000_0000_04C4  # AF, read-write, Device-nGnRE, XN


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """A checkout with the shipped boards; others can be added."""
    (tmp_path / "boards").mkdir()
    (tmp_path / "dts").symlink_to(root / "dts")
    for board in (root / "boards").iterdir():
        (tmp_path / "boards" / board.name).symlink_to(board)
    return tmp_path


def add_board(folder: Path, name: str, text: str) -> Path:
    path = folder / "boards" / name / "board.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def plan_of(root: Path, build_dir: Path, system: System, overlay: Path | None = None) -> SystemPlan:
    board = read_board(root, system.board, [overlay] if overlay else [])
    assert system.folder is not None
    made = with_board(root, build_dir, system, board, system.folder / DEFCONFIG).elaborate()
    assert render_text([*made.diags, *check(made.plan)]) == ""
    return made.plan


def test_what_is_not_said_is_as_in_the_base(root: Path, folder: Path) -> None:
    add_board(folder, "small", "name: small\nvariant_of: qemu_virt\nqemu: {memory: 512M}\n")
    base, small = read_board_file(root, "qemu_virt"), read_board_file(folder, "small")
    assert (small.name, small.description, small.boot.image) == ("small", "", base.boot.image)
    assert small.dts == folder / "dts" / "qemu_virt.dts"
    assert read_qemu_machine(folder, "small") == {**read_qemu_machine(root, "qemu_virt"), "memory": "512M"}


@pytest.mark.parametrize(
    ("base", "text"),
    [("qemu_virt_gicv2", "'qemu_virt_gicv2' is a variant itself"), ("odd", "'odd' is a variant itself")],
)
def test_a_variant_of_a_variant_is_refused(folder: Path, base: str, text: str) -> None:
    path = add_board(folder, "odd", f"name: odd\nvariant_of: {base}\ndts: x.dts\nboot: {{image: 0}}\n")
    with pytest.raises(UserError) as caught:
        parse_board_file(folder, path)
    assert [(d.code, d.where.line, d.text) for d in caught.value.diags] == [("BH-BRD-002", 2, text)]


def test_an_unknown_base_is_refused_at_its_line(folder: Path) -> None:
    path = add_board(folder, "odd", "name: odd\nvariant_of: qemu_vrit\nboot: {image: 0}\ndts: x.dts\n")
    with pytest.raises(UserError) as caught:
        parse_board_file(folder, path)
    assert [(d.code, d.where.line, d.help) for d in caught.value.diags] == [
        ("BH-BRD-001", 2, "Did you mean 'qemu_virt'?")
    ]


def test_the_bases_systems_are_the_variants(root: Path, tmp_path: Path) -> None:
    system = find_system(root, "qemu_virt_gicv2/demo")
    assert (system.board, system.folder) == ("qemu_virt_gicv2", root / "boards/qemu_virt/systems/demo")
    run = CliRunner().invoke(cli, ["-d", str(tmp_path / "b"), "defconfig", "qemu_virt_gicv2/demo"])
    assert (run.exit_code, run.exception) == (0, None)
    assert 'CONFIG_BOARD="qemu_virt_gicv2"' in (tmp_path / "b" / ".config").read_text(encoding="utf-8")
    checked = CliRunner().invoke(cli, ["-d", str(tmp_path / "b"), "check"])
    assert "system 'demo' on qemu_virt_gicv2 is consistent" in checked.output


def test_qemu_can_be_every_variant(root: Path) -> None:
    target = find_target(root, "qemu")
    require_usable(root, target, "qemu_virt_gicv2")
    with pytest.raises(UserError):
        require_usable(root, target, "another")


@pytest.mark.parametrize("version", [2, 4])
def test_shipped_variants(root: Path, tmp_path: Path, version: int) -> None:
    plan = plan_of(root, tmp_path, find_system(root, f"qemu_virt_gicv{version}/demo"))
    assert plan.board.gic.version == min(version, 3)
    assert plan.board.gic.redistributor_stride == (0x4_0000 if version == 4 else 0x2_0000)
    assert f"gic-version={version}" in read_qemu_machine(root, plan.board.name)["machine"]


def test_a_gicv4s_redistributors_are_mapped_whole(root: Path, tmp_path: Path) -> None:
    plan = plan_of(root, tmp_path, find_system(root, "qemu_virt_gicv4/demo"))
    tables = make_tables(plan)
    mapped = {
        va: size for va, _, size, _ in runs(Memory(plan.box("tables").base, tables.data), tables.el2_root)
    }
    assert mapped[0x080A_0000] == 0x4_0000 * len(plan.pcpus)


@pytest.mark.parametrize(("size", "second"), [(0x2000, 0x1000), (0x1_0000, 0x1000), (0x2_0000, 0x1_0000)])
def test_a_guests_cpu_interface_is_gicv_page_by_page(
    root: Path, tmp_path: Path, size: int, second: int
) -> None:
    """Where the board has it on 128 KiB, its second page is 64 KiB away."""
    overlay = tmp_path / "overlay.dts"
    overlay.write_text(
        "&gic { reg = <0 0x8000000 0 0x1000>, <0 0x8010000 0 0x2000>, <0 0x8030000 0 0x1000>, "
        f"<0 {GICV:#x} 0 {size:#x}>; }};\n",
        encoding="utf-8",
    )
    plan = plan_of(root, tmp_path / "b", find_system(root, "qemu_virt_gicv2/demo"), overlay)
    tables = make_tables(plan)
    memory = Memory(plan.box("tables").base, tables.data)
    for partition in plan.partitions:
        found = {
            va + offset: (pa + offset, attributes)
            for va, pa, length, attributes in runs(memory, tables.stage2_roots[partition.id])
            for offset in range(0, length, 0x1000)
            if 0x0800_0000 <= va < 0x0900_0000
        }
        assert found == {
            GUEST_GICC: (GICV, S2_DEV),
            GUEST_GICC + 0x1000: (GICV + second, S2_DEV),
        }


def test_el2_has_the_pages_of_its_own_cpu_interface(root: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.dts"
    overlay.write_text(
        "&gic { reg = <0 0x8000000 0 0x1000>, <0 0x8010000 0 0x20000>, <0 0x8030000 0 0x1000>, "
        "<0 0x8040000 0 0x20000>; };\n",
        encoding="utf-8",
    )
    plan = plan_of(root, tmp_path / "b", find_system(root, "qemu_virt_gicv2/demo"), overlay)
    tables = make_tables(plan)
    found = runs(Memory(plan.box("tables").base, tables.data), tables.el2_root)
    gic = [(va, size) for va, _, size, _ in found if va < 0x0900_0000]
    assert gic == [(0x0800_0000, 0x1000), (0x0801_0000, 0x1000), (0x0802_0000, 0x1000), (0x0803_0000, 0x1000)]
