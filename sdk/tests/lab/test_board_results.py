# SPDX-License-Identifier: Apache-2.0
"""The table of boards: counted from results, merged board by board, drawn for the README."""

from __future__ import annotations

from pathlib import Path

from bulkhead.lab.board_results import read, record, summarise, table
from bulkhead.lab.cases import FAIL, PASS, SKIP, CaseResult

CASES = (
    CaseResult("hil.qemu.isolation", "a", PASS),
    CaseResult("hil.qemu.boot", "b", SKIP),
    CaseResult("hil.qemu.zcu102.isolation", "a", PASS),
    CaseResult("hil.qemu.zcu102.isolation", "b", FAIL),
    CaseResult("hil.qemu.zcu102.linux_beside_an_rtos", "c", PASS),
    CaseResult("hil.qemu.zcu102.restart", "d", PASS),
    CaseResult("hil.qemu.unheard_of.restart", "d", PASS),
    CaseResult("hil.qemu-pty.boot", "b", FAIL),  # the same once more
    CaseResult("sdk.tests.test_x", "e", FAIL),
)
BOARDS = ("qemu_virt", "rpi4b", "zcu102")


def test_results_are_counted_by_board() -> None:
    assert summarise(CASES, BOARDS, lambda _board: "10.0.2") == {
        "qemu_virt": {"qemu": "10.0.2", "attacks": [1, 0, 0], "linux": [0, 0, 0], "suites": [0, 0, 1]},
        "zcu102": {"qemu": "10.0.2", "attacks": [1, 1, 0], "linux": [1, 0, 0], "suites": [1, 0, 0]},
    }


def test_a_run_replaces_its_own_boards_alone(tmp_path: Path) -> None:
    path = tmp_path / "boards.json"
    record(path, summarise(CASES[:2], BOARDS, lambda _board: "10.0.2"))
    record(path, summarise(CASES[2:], BOARDS, lambda _board: "10.0.13"))
    assert {board: row["qemu"] for board, row in read(path).items()} == {
        "qemu_virt": "10.0.2",
        "zcu102": "10.0.13",
    }


def test_the_table_tells_failures_and_what_never_ran(tmp_path: Path) -> None:
    path = tmp_path / "boards.json"
    assert read(path) == {}
    record(path, summarise(CASES, BOARDS, lambda _board: "10.0.2"))
    rows = table(read(path), dict.fromkeys(BOARDS, "a board")).splitlines()[2:]
    assert rows == [
        "| `qemu_virt` | a board | 1 of 1 | - | - | 10.0.2 |",
        "| `rpi4b` | a board | - | - | - | - |",
        "| `zcu102` | a board | 1 of 2 | 1 of 1 | 1 of 1 | 10.0.2 |",
    ]
