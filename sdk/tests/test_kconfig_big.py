# SPDX-License-Identifier: Apache-2.0
"""128 partitions and 200 devices: still read, checked and opened in the editor without a wait."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from big_plan import DEVICES, PARTITIONS, make_big_board

from bulkhead.check import check
from bulkhead.elaborate.project import Project, with_board
from bulkhead.kconfig.engine import Engine, open_engine
from bulkhead.kconfig.slots import EVERYTHING, SLOTS, emit_slots_kconfig, need_of
from bulkhead.kconfig.system import System
from bulkhead.model.board import Board

# 1 s and 1.5 s are what is wanted; a machine that does something else besides gets more.
PATIENCE = 3.0


@pytest.fixture(scope="module")
def board() -> Board:
    return make_big_board(DEVICES)


@pytest.fixture(scope="module")
def opened(root: Path, board: Board, tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, float]:
    """All of it in the editor's engine, and the seconds of CPU that took."""
    folder = tmp_path_factory.mktemp("opened")
    (folder / ".config").write_text(big_configuration(board), encoding="utf-8")
    began = time.process_time()
    engine = open_engine(root, board, folder)
    engine.load_config(str(folder / ".config"))
    return engine, time.process_time() - began


def big_configuration(board: Board) -> str:
    lines = ['CONFIG_BOARD="small"']
    for n in range(1, PARTITIONS + 1):
        lines += [f"CONFIG_PART_{n}_ENABLE=y", f'CONFIG_PART_{n}_NAME="p{n}"']
    devices = [d for d in board.devices if not d.hypervisor_only]
    lines += [
        f"CONFIG_OWNER_{d.symbol}_PART_{i % PARTITIONS + 1}=y" for i, d in enumerate(devices) if not d.dma
    ]
    return "\n".join(lines) + "\n"


def read(root: Path, board: Board, folder: Path) -> Project:
    (folder / ".config").write_text(big_configuration(board), encoding="utf-8")
    return with_board(root, folder, System("qemu_virt", "big", None), board, folder / ".config")


def test_128_partitions_are_read_and_checked_within_a_second(
    root: Path, board: Board, tmp_path: Path
) -> None:
    began = time.process_time()
    made = read(root, board, tmp_path).elaborate()
    found = [*made.diags, *check(made.plan)]
    spent = time.process_time() - began
    assert [d for d in found if d.is_error] == []
    assert len(made.plan.partitions) == SLOTS == PARTITIONS
    assert sum(len(p.devices) for p in made.plan.partitions) == DEVICES
    assert spent < 1.0 * PATIENCE


def test_the_editor_of_128_slots_opens_within_1500_ms(opened: tuple[Engine, float]) -> None:
    engine, spent = opened
    assert engine.syms["PART_128_NAME"].str_value == "p128"
    assert engine.warnings == []
    assert spent < 1.5 * PATIENCE


def test_devices_of_one_kind_stand_in_menus_that_fit_a_screen(opened: tuple[Engine, float]) -> None:
    engine, _ = opened
    choices = [c.nodes[0] for c in engine.unique_choices if c.syms[0].name.startswith("OWNER_TIMER")]
    assert len(choices) == DEVICES
    by_menu: dict[int, int] = {}
    for node in choices:
        by_menu[id(node.parent)] = by_menu.get(id(node.parent), 0) + 1
        assert node.parent.prompt[0].startswith("timer@")
        assert node.parent.parent.prompt[0] == f"timer: {DEVICES} devices"
    assert max(by_menu.values()) <= 32


def test_only_what_is_spoken_of_is_parsed() -> None:
    need = need_of(["PART_77_ENABLE", "OWNER_RTC_9010000_PART_100", "PART_129_ENABLE", "CONSOLE_PCPU"])
    assert need.slots == (*range(1, 9), 77, 100)
    assert list(need.owners_of("RTC_9010000")) == [*range(1, 9), 100]
    assert emit_slots_kconfig(need).count("Kconfig.partition") == 10
    assert emit_slots_kconfig(EVERYTHING).count("endmenu") == 15


def test_a_slot_beyond_the_last_is_refused(root: Path, board: Board, tmp_path: Path) -> None:
    config = tmp_path / "c"
    config.write_text("CONFIG_PART_129_ENABLE=y\n", encoding="utf-8")
    made = with_board(root, tmp_path, System("qemu_virt", "x", None), board, config).elaborate()
    assert any("PART_129_ENABLE" in d.text and d.is_error for d in made.diags)


def test_a_full_configuration_is_read_and_checked_within_a_second(
    root: Path, board: Board, tmp_path: Path, opened: tuple[Engine, float]
) -> None:
    """As menuconfig saves it: 30000 lines, of which the owners are most."""
    engine, _ = opened
    engine.write_config(str(tmp_path / ".config"))
    began = time.process_time()
    made = with_board(root, tmp_path, System("qemu_virt", "big", None), board, tmp_path / ".config")
    assert not [d for d in check(made.elaborate().plan) if d.is_error]
    assert time.process_time() - began < 1.0 * PATIENCE
