# SPDX-License-Identifier: Apache-2.0
"""The section of a board's `board.yaml` that tells QEMU how to be that board."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bulkhead.diag import Span, UserError, error
from bulkhead.diag.paths import shown

FIELDS = ("machine", "cpu", "memory")


def read_qemu_machine(root: Path, board: str) -> Mapping[str, str]:
    """`machine`, `cpu` and `memory`, as QEMU's options want them. Raises UserError."""
    import yaml

    path = root / "boards" / board / "board.yaml"
    section = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("qemu")
    if section is None:
        text = f"the board '{board}' is not one that QEMU can be: it has no `qemu:`"
        raise UserError([error("BH-LAB-003", text, Span(shown(path)))])
    missing = [name for name in FIELDS if name not in section]
    if missing:
        text = f"`qemu:` needs {', '.join(f'`{name}:`' for name in missing)}"
        raise UserError([error("BH-LAB-003", text, Span(shown(path)))])
    return {name: str(section[name]) for name in FIELDS}
