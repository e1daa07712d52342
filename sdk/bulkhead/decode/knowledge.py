# SPDX-License-Identifier: Apache-2.0
"""Finds what a build folder and the checkout know about a crash. The one file here that reads files."""

from __future__ import annotations

import json
from pathlib import Path

from elftools.common.exceptions import ELFError

from bulkhead.decode.explain import Knowledge
from bulkhead.decode.registers import read_table
from bulkhead.decode.symbols import Symbols
from bulkhead.diag import UserError
from bulkhead.diag.paths import shown


def gather_knowledge(root: Path, build_dir: Path, elf: Path | None) -> Knowledge:
    """`elf` as the user named it, else the build folder's if it has one, and its plan.json."""
    registers = read_table(root / "hv-arm64" / "src" / "regs" / "el2.def")
    path = elf or build_dir / "bulkhead.elf"
    symbols = None
    if path.is_file():
        try:
            symbols = Symbols(path.read_bytes())
        except ELFError as problem:
            raise UserError(f"{shown(path)} is no ELF file: {problem}") from None
    beside = path.parent / "plan.json"
    try:
        plan = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        plan = None
    return Knowledge(registers=registers, symbols=symbols, plan=plan)
