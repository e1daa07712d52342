# SPDX-License-Identifier: Apache-2.0
"""The section of a board's `board.yaml` that tells QEMU how to be that board."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bulkhead.diag import Span, UserError, error
from bulkhead.diag.paths import shown
from bulkhead.kconfig.boards import base_of

FIELDS = ("machine", "cpu", "memory")


def read_qemu_machine(root: Path, board: str) -> Mapping[str, str]:
    """`machine`, `cpu` and `memory`, as QEMU's options want them; what a variant leaves out is its base's.

    Raises UserError.
    """
    path = root / "boards" / board / "board.yaml"
    section = _section(path)
    base = base_of(root, board)
    if base:
        section = {**(_section(root / "boards" / base / "board.yaml") or {}), **(section or {})}
    if not section:
        text = f"the board '{board}' is not one that QEMU can be: it has no `qemu:`"
        raise UserError([error("BH-LAB-003", text, Span(shown(path)))])
    missing = [name for name in FIELDS if name not in section]
    if missing:
        text = f"`qemu:` needs {', '.join(f'`{name}:`' for name in missing)}"
        raise UserError([error("BH-LAB-003", text, Span(shown(path)))])
    return {name: str(section[name]) for name in FIELDS}


def _section(path: Path) -> dict[str, object] | None:
    import yaml

    found = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("qemu")
    return found if isinstance(found, dict) else None
