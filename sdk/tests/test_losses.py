# SPDX-License-Identifier: Apache-2.0
"""What saving would lose is told; what was changed on purpose is not. The budget counts what is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkhead.elaborate.board import read_board
from bulkhead.kconfig.budget import budget
from bulkhead.kconfig.edit import set_symbol
from bulkhead.kconfig.editor import last_good
from bulkhead.kconfig.engine import Engine, open_engine, write_board_kconfig
from bulkhead.kconfig.lines import ConfigLines, parse_lines
from bulkhead.kconfig.losses import losses
from bulkhead.kconfig.slots import need_of
from bulkhead.model.board import Board

BASE = (
    "CONFIG_PART_1_ENABLE=y\nCONFIG_PART_1_RAM_SIZE=0x400000\n"
    'CONFIG_PART_1_PCPUS="0,1"\nCONFIG_OWNER_RTC_9010000_PART_1=y\n'
)


@pytest.fixture(scope="module")
def board(root: Path) -> Board:
    return read_board(root, "qemu_virt")


def opened(root: Path, board: Board, folder: Path, text: str) -> tuple[Engine, ConfigLines]:
    engine = open_engine(root, board, folder, need_of([]))
    engine.load_text(text)
    return engine, parse_lines(text, Path("c"))


def lost(root: Path, board: Board, folder: Path, text: str, **changes: str) -> list[str]:
    engine, lines = opened(root, board, folder, text)
    for name, value in changes.items():
        set_symbol(engine, name, value)
    return [sentence.replace(str(Path("c").absolute()), "c") for sentence in losses(engine, lines)]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_nothing_is_lost_of_a_good_file_or_by_intent(root: Path, board: Board, tmp_path: Path) -> None:
    assert lost(root, board, tmp_path, BASE) == []
    assert lost(root, board, tmp_path, BASE, PART_1_RAM_SIZE="0x200000") == []
    assert lost(root, board, tmp_path, BASE, OWNER_RTC_9010000_HV="y") == []
    assert lost(root, board, tmp_path, BASE + "CONFIG_OWNER_CAN_1234_PART_1=y\n") == []  # it is kept


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("CONFIG_NO_SUCH=5", "c:5:16: CONFIG_NO_SUCH is dropped: there is no such symbol"),
        ("nonsense", "c:5:1: the line is dropped: 'nonsense' is not a configuration line"),
        ("CONFIG_CONSOLE_PCPU=9", "c:5:21: CONFIG_CONSOLE_PCPU=9 becomes 0"),
        ("CONFIG_CONSOLE_PERIOD_US=x", "c:5:26: CONFIG_CONSOLE_PERIOD_US=x becomes 1000"),
        (
            "CONFIG_PART_2_VCPUS=2",
            "c:5:21: CONFIG_PART_2_VCPUS is dropped: without PART_2_ENABLE there is no place for it",
        ),
    ],
)
def test_what_is_lost_is_told(root: Path, board: Board, tmp_path: Path, line: str, told: str) -> None:
    # answers zephyr#20697: what Kconfig does not take is dropped without a word that helps
    assert lost(root, board, tmp_path, f"{BASE}{line}\n") == [told]


def test_what_a_disabled_partition_takes_along(root: Path, board: Board, tmp_path: Path) -> None:
    assert lost(root, board, tmp_path, BASE, PART_1_ENABLE="n") == [
        "c:2:24: CONFIG_PART_1_RAM_SIZE, CONFIG_PART_1_PCPUS, CONFIG_OWNER_RTC_9010000_PART_1 are dropped: "
        "without PART_1_ENABLE there is no place for them"
    ]


def test_the_budget(root: Path, board: Board, tmp_path: Path) -> None:
    engine, _ = opened(root, board, tmp_path, BASE)
    assert budget(engine, board).startswith("RAM 4/1024 MiB   pCPUs 2/4   interrupts 1/")
    set_symbol(engine, "PART_1_RAM_SIZE", "0x50000000")
    set_symbol(engine, "OWNER_RTC_9010000_HV", "y")
    assert budget(engine, board).startswith("RAM 1280/1024 MiB TOO MUCH   pCPUs 2/4   interrupts 0/")


def test_the_last_good_device_menu(board: Board, tmp_path: Path) -> None:
    assert last_good(tmp_path) is None
    short = write_board_kconfig(board, tmp_path, need_of([]))
    assert last_good(tmp_path) == short
    full = write_board_kconfig(board, tmp_path)
    assert last_good(tmp_path) == full
    devices = short / "Kconfig.devices"
    devices.write_text(devices.read_text(encoding="utf-8").replace("RTC_", "CLOCK_"), encoding="utf-8")
    assert last_good(tmp_path) == short  # the full menus are of an older tree
