# SPDX-License-Identifier: Apache-2.0
"""What the suites came to on each board: hil-tests/boards.json, and the table of the README made from it.

`./bulkhead test --record` writes the rows of the boards whose suites it ran; the others' stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from bulkhead.lab.cases import FAIL, PASS, SKIP, CaseResult

FILE = "hil-tests/boards.json"
VERSION = 1
DEFAULT_BOARD = "qemu_virt"  # whose suites have no board in their names
_PREFIX = "hil.qemu."
# Column of the table -> the suites that it counts; "": all others.
COLUMNS = {"attacks": "isolation", "linux": "linux_beside_an_rtos", "suites": ""}
_TITLES = {
    "attacks": "attacks contained",
    "linux": "[Linux beside an RTOS](docs/guests.md)",
    "suites": "other HIL tests",
}


def summarise(
    cases: Iterable[CaseResult], boards: Iterable[str], qemu: Callable[[str], str]
) -> dict[str, Any]:
    """By board: the version of its QEMU (`qemu` tells it), and [passed, failed, skipped] by column.

    Only what ran over TCP counts.
    """
    known = set(boards)
    found: dict[str, dict[str, Any]] = {}
    for case in cases:
        if not case.suite.startswith(_PREFIX):
            continue
        board, _, suite = case.suite.removeprefix(_PREFIX).rpartition(".")
        board = board or DEFAULT_BOARD
        if board not in known:
            continue
        if board not in found:
            found[board] = {"qemu": qemu(board), **{name: [0, 0, 0] for name in COLUMNS}}
        found[board][_column(suite)][(PASS, FAIL, SKIP).index(case.status)] += 1
    return found


def _column(suite: str) -> str:
    return next((name for name, of in COLUMNS.items() if of == suite), "suites")


def record(path: Path, rows: Mapping[str, Any]) -> None:
    """Write these boards' rows; those of other boards stay as they are."""
    merged = {**read(path), **rows}
    data = {"version": VERSION, "boards": {name: merged[name] for name in sorted(merged)}}
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["boards"]
    return found


def table(rows: Mapping[str, Any], descriptions: Mapping[str, str]) -> str:
    """As Markdown: every board that there is, also one that was never run."""
    lines = [
        "| board | what | " + " | ".join(_TITLES[name] for name in COLUMNS) + " | QEMU |",
        "|---|---|" + "---|" * len(COLUMNS) + "---|",
    ]
    for board, description in descriptions.items():
        row = rows.get(board)
        cells = [_cell(row[name]) if row else "-" for name in COLUMNS]
        lines.append(f"| `{board}` | {description} | {' | '.join(cells)} | {row['qemu'] if row else '-'} |")
    return "\n".join(lines)


def _cell(counts: list[int]) -> str:
    passed, failed, _ = counts
    return f"{passed} of {passed + failed}" if passed + failed else "-"
