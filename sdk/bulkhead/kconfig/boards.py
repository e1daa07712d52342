# SPDX-License-Identifier: Apache-2.0
"""Which boards there are, and which of them is a variant of which."""

from __future__ import annotations

from pathlib import Path


def board_names(root: Path) -> list[str]:
    return sorted(p.parent.name for p in (root / "boards").glob("*/board.yaml"))


def base_of(root: Path, board: str) -> str:
    """The board that `board` is a variant of: it has that one's systems too. "" where it is none.

    A file that cannot be read says nothing here; whoever reads the board itself reports it.
    """
    import yaml

    try:
        text = (root / "boards" / board / "board.yaml").read_text(encoding="utf-8")
        fields = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return ""
    base = fields.get("variant_of") if isinstance(fields, dict) else None
    return base if isinstance(base, str) and base != board else ""
