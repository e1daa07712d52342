# SPDX-License-Identifier: Apache-2.0
"""The files of an imported board: its tree as source, board.yaml, and a first system."""

from __future__ import annotations

import json
from pathlib import Path

from bulkhead.diag import UserError
from bulkhead.diag.paths import shown, write_atomically
from bulkhead.elaborate.import_board import Survey
from bulkhead.emit.dts_source import source_text
from bulkhead.kconfig.system import DEFCONFIG

_OURS = "SPDX-License-Identifier: Apache-2.0"
SYSTEM = "first"


def board_files(found: Survey, name: str, source: str) -> dict[str, str]:
    """By their paths in the board's folder. `source` is the name of the file that was read."""
    return {
        f"{name}.dts": source_text(found.tree, _head(found, source), found.notes),
        "board.yaml": _board_yaml(found, name, source),
        f"systems/{SYSTEM}/{DEFCONFIG}": _defconfig(name),
    }


def write_board(files: dict[str, str], folder: Path) -> list[Path]:
    """Refuses a folder that has something in it: a person's decisions may be there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{shown(folder)} exists already and is not empty")
    for file, text in files.items():
        write_atomically(folder / file, text)
    return [folder / file for file in files]


def _head(found: Survey, source: str) -> list[str]:
    licence = found.licence or "No licence line stands in the source; its licence applies."
    return [f"// {licence}", f"// {found.model}: made from {source} by import-board, to be changed by hand."]


def _board_yaml(found: Survey, name: str, source: str) -> str:
    lines = [
        f"# {_OURS}",
        f"# Made from {source} by `./bulkhead import-board`. Decide:",
        *(f"# - {decision}" for decision in found.decisions),
        f"name: {name}",
        f"description: {json.dumps(found.model)}",
        f"dts: {name}.dts",
        "",
        "boot:",
        f"  image: {found.image:#x}",
        "  areas: []",
    ]
    return "\n".join(lines) + "\n"


def _defconfig(name: str) -> str:
    return f"""# {_OURS}
# The smallest system: one guest that says hello.
CONFIG_BOARD="{name}"
CONFIG_PART_1_ENABLE=y
CONFIG_PART_1_NAME="hello"
"""
