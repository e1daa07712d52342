# SPDX-License-Identifier: Apache-2.0
"""Which boards there are, which is a variant of which, and whose systems they have."""

from __future__ import annotations

import os
from pathlib import Path


def board_folders(root: Path) -> list[Path]:
    """Where boards are: the checkout's, then those that BULKHEAD_BOARDS names, separated by colons."""
    own = os.environ.get("BULKHEAD_BOARDS", "")
    return [root / "boards", *(Path(folder).absolute() for folder in own.split(":") if folder)]


def board_folder(root: Path, board: str) -> Path:
    """The folder of `board`, of the first that has one of that name; whether there is any or not."""
    found = [folder / board for folder in board_folders(root)]
    return next((folder for folder in found if (folder / "board.yaml").is_file()), found[0])


def board_names(root: Path) -> list[str]:
    return sorted({p.parent.name for folder in board_folders(root) for p in folder.glob("*/board.yaml")})


def base_of(root: Path, board: str) -> str:
    """The board that `board` is a variant of: it has that one's systems too. "" where it is none."""
    return _board_named(root, board, "variant_of")


def lender_of(root: Path, board: str) -> str:
    """The board whose systems `board` has beside its own: `systems_of`, or what it is a variant of."""
    return _board_named(root, board, "systems_of") or base_of(root, board)


def _board_named(root: Path, board: str, field: str) -> str:
    """What a field of board.yaml names. A file that cannot be read says nothing here; whoever reads
    the board itself reports it."""
    import yaml

    try:
        text = (board_folder(root, board) / "board.yaml").read_text(encoding="utf-8")
        fields = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return ""
    named = fields.get(field) if isinstance(fields, dict) else None
    return named if isinstance(named, str) and named != board else ""
