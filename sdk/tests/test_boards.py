# SPDX-License-Identifier: Apache-2.0
"""The shipped boards beside QEMU's `virt`: what is read from their trees and told to QEMU."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkhead.check import check
from bulkhead.diag import ToolMissing, UserError, render_text
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.board_yaml import parse_board_file
from bulkhead.elaborate.project import with_board
from bulkhead.emit.tables import el2_mappings
from bulkhead.fetch.apt import of_release
from bulkhead.kconfig.system import DEFCONFIG, find_system
from bulkhead.model.system import SystemPlan
from bulkhead.runners import hosttools
from bulkhead.runners.boards import read_qemu_machine
from bulkhead.runners.qemu import QemuOptions, qemu_command

BOARDS = ("zcu102", "rpi4b", "imx8mp_evk")
SYSTEMS = ("demo", "hil", "hello", "bench", "linux_rtos")


def plan_of(root: Path, build_dir: Path, name: str) -> SystemPlan:
    system = find_system(root, name)
    assert system.folder is not None
    made = with_board(
        root, build_dir, system, read_board(root, system.board), system.folder / DEFCONFIG
    ).elaborate()
    assert render_text([d for d in [*made.diags, *check(made.plan)] if d.code != "BH-GST-001"]) == ""
    return made.plan


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_is_consistent(root: Path, tmp_path: Path, board: str, system: str) -> None:
    assert plan_of(root, tmp_path, f"{board}/{system}").board.name == board


def test_consoles_and_their_drivers(root: Path) -> None:
    uarts = {board: read_board(root, board).uart for board in BOARDS}
    assert {b: (u.driver, u.region.base, u.irq.intid) for b, u in uarts.items()} == {
        "zcu102": ("cadence", 0xFF00_0000, 53),
        "rpi4b": ("bcm_mini", 0xFE21_5040, 125),
        "imx8mp_evk": ("imx", 0x3089_0000, 59),
    }
    for uart in uarts.values():
        assert (root / "hv-arm64" / "src" / "dev" / f"uart_{uart.driver}.c").is_file()


def test_spin_tables_are_kept_free_mapped_and_their_cpus_parked(root: Path, tmp_path: Path) -> None:
    plan = plan_of(root, tmp_path, "rpi4b/hello")
    assert [(r.base, r.size) for r in plan.board.reserved] == [(0, 0x1000)]
    assert plan.parked == (0xE0, 0xE8, 0xF0)  # the boot pCPU is in the plan
    assert [(m.va, m.size) for m in el2_mappings(plan) if m.pa == 0] == [(0, 0x1000)]
    assert plan_of(root, tmp_path, "zcu102/hello").parked == ()


def test_nobody_gets_the_word_of_a_cpu_that_is_not_used(root: Path, tmp_path: Path) -> None:
    """Who writes it starts that CPU at EL2."""
    overlay = tmp_path / "overlay.dts"
    overlay.write_text("&{/cpus/cpu@3} { cpu-release-addr = <0x0 0x200000>; };\n", encoding="utf-8")
    system = find_system(root, "rpi4b/hello")
    assert system.folder is not None
    board = read_board(root, "rpi4b", [overlay])
    made = with_board(root, tmp_path, system, board, system.folder / DEFCONFIG).elaborate()
    found = [d for d in check(made.plan) if d.code == "BH-CPU-006"]
    assert [d.text for d in found] == ["hypervisor (text) covers 0x200000, where pCPU 3 waits to be started"]


def test_a_board_without_psci_stays_on(root: Path, tmp_path: Path) -> None:
    plan = plan_of(root, tmp_path, "rpi4b/hello")
    assert (plan.board.psci_method, plan.features.power_off_when_idle) == ("none", False)
    assert plan_of(root, tmp_path, "zcu102/hello").features.power_off_when_idle


def test_what_qemu_is_told(root: Path) -> None:
    options = QemuOptions(image=Path("i"), cpus=4, exact_time=True)
    words = {b: qemu_command("qemu", read_qemu_machine(root, b), options) for b in BOARDS}
    assert "-audiodev none,id=none" in " ".join(words["zcu102"])
    for board in ("rpi4b", "imx8mp_evk"):
        text = " ".join(words[board])
        assert "-serial null -serial chardev:console" in text
    assert "cortex-a72,cntfrq=1000000000" in words["rpi4b"]
    assert "cortex-a53" in words["imx8mp_evk"]  # its counter is QEMU's own


def test_an_older_qemu_is_refused_or_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The installed one where it is new enough, else a fetched one, else the way to get one."""
    installed, fetched = tmp_path / "installed", tmp_path / "fetched" / "qemu" / "qemu-system-aarch64"
    monkeypatch.setenv("BULKHEAD_CACHE", str(tmp_path))
    monkeypatch.setattr(hosttools, "require", lambda _name, _purpose="": installed)
    for found, good in (("10.0.2", 0), ("7.2.18", 0), ("", 0), ("10.0.3", 1), ("10.0.13", 1), ("11.0", 1)):
        monkeypatch.setattr(hosttools, "version", lambda _tool, program=None, found=found: found)
        assert hosttools.require_qemu("") == installed
        if good:
            assert hosttools.require_qemu("10.0.3") == installed
        else:
            with pytest.raises(ToolMissing, match=r"QEMU 10\.0\.3 is missing: .*`./bulkhead fetch qemu`"):
                hosttools.require_qemu("10.0.3")
    fetched.parent.mkdir(parents=True)
    fetched.touch()
    monkeypatch.setattr(hosttools, "version", lambda _tool, program=None: "10.0.13" if program else "10.0.2")
    assert hosttools.require_qemu("10.0.3") == fetched
    with pytest.raises(ToolMissing):
        hosttools.require_qemu("11.0")


def test_the_next_release_comes_from_where_this_one_does() -> None:
    text = (
        "Types: deb\nURIs: http://one/debian\nSuites: bookworm bookworm-updates\nComponents: main\n\n"
        "Types: deb\nURIs: http://two/security\nSuites: bookworm-security\nComponents: main\n"
    )
    assert of_release(text, "bookworm", "trixie") == (
        "Types: deb\nURIs: http://one/debian\nSuites: trixie\nComponents: main"
    )


@pytest.mark.parametrize("named", ["nothing", "odd"])
def test_systems_of_a_board_that_is_not_there(root: Path, tmp_path: Path, named: str) -> None:
    path = tmp_path / "boards" / "odd" / "board.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"name: odd\nsystems_of: {named}\ndts: x.dts\nboot: {{image: 0}}\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        parse_board_file(tmp_path, path)
    text = f"there is no other board '{named}' to have systems from"
    assert [(d.code, d.where.line, d.text) for d in caught.value.diags] == [("BH-BRD-002", 2, text)]
