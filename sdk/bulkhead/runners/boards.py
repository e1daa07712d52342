# SPDX-License-Identifier: Apache-2.0
"""The section of a board's `board.yaml` that tells QEMU how to be that board."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bulkhead.diag import Span, UserError, error
from bulkhead.diag.paths import shown
from bulkhead.kconfig.boards import base_of, board_folder

FIELDS = ("machine", "cpu", "memory")
OPTIONAL = ("serial", "options", "counter_hz", "version")


def read_qemu_machine(root: Path, board: str) -> Mapping[str, str]:
    """`machine`, `cpu` and `memory`, as QEMU's options want them; what a variant leaves out is its base's.

    `serial` is the number of the UART that is the console, `options` are more words of the command
    line, `counter_hz` is what its counter runs at where that cannot be changed, `version` the first
    QEMU that is the board well enough. Where they are not given they are not there. Raises UserError.
    """
    path = board_folder(root, board) / "board.yaml"
    section = _section(path)
    base = base_of(root, board)
    if base:
        section = {**(_section(board_folder(root, base) / "board.yaml") or {}), **(section or {})}
    if not section:
        text = f"the board '{board}' is not one that QEMU can be: it has no `qemu:`"
        raise UserError([error("BH-LAB-003", text, Span(shown(path)))])
    missing = [name for name in FIELDS if name not in section]
    if missing:
        text = f"`qemu:` needs {', '.join(f'`{name}:`' for name in missing)}"
        raise UserError([error("BH-LAB-003", text, Span(shown(path)))])
    serial = section.get("serial", 0)
    if not isinstance(serial, int) or not 0 <= serial < 8:
        text = f"`serial:` is {serial!r}; it is the number of the console's UART, 0 for QEMU's first"
        raise UserError([error("BH-LAB-003", text, Span(shown(path)))])
    return {name: str(section[name]) for name in (*FIELDS, *OPTIONAL) if name in section}


def _section(path: Path) -> dict[str, object] | None:
    import yaml

    if not path.is_file():
        return None
    found = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("qemu")
    return found if isinstance(found, dict) else None
