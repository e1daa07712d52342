# SPDX-License-Identifier: Apache-2.0
"""A configuration as the rest of the SDK reads it: values, and where each was set."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import kconfiglib

from bulkhead.diag import Diagnostic, Span
from bulkhead.diag.paths import shown
from bulkhead.kconfig.engine import Engine, open_engine
from bulkhead.kconfig.findings import find
from bulkhead.kconfig.lines import Assignment, ConfigLines, read_lines
from bulkhead.kconfig.slots import need_of
from bulkhead.model.board import Board


@dataclass(slots=True)
class Config:
    """Values by symbol name, without `CONFIG_`. `diags` is what kconfiglib passes over in silence."""

    engine: Engine
    lines: ConfigLines
    diags: tuple[Diagnostic, ...] = field(default=())

    @property
    def path(self) -> Path:
        return self.lines.path

    def get(self, name: str) -> str:
        """The value in effect; "" for a symbol that does not apply or does not exist."""
        symbol = self.engine.syms.get(name)
        return str(symbol.str_value) if symbol is not None else ""

    def is_set(self, name: str) -> bool:
        return self.get(name) == "y"

    def number(self, name: str) -> int:
        """0 for what does not apply. A hexadecimal value is one without `0x`, too."""
        symbol = self.engine.syms.get(name)
        base = 16 if symbol is not None and symbol.type == kconfiglib.HEX else 10
        return int(self.get(name) or "0", base)

    def chosen(self, stem: str, *options: str) -> str:
        """Which option of a choice is set: `chosen("OPTIMISE", "SPEED", "SIZE")`."""
        return next((o for o in options if self.is_set(f"{stem}_{o}")), options[0])

    def span(self, name: str) -> Span:
        """The line that set the symbol, or the Kconfig default it has instead."""
        line = self.lines.last(name)
        if line is not None and self._took(line):
            return line.where
        symbol = self.engine.syms.get(name)
        if symbol is None or not symbol.nodes:
            return line.where if line else Span(shown(self.path))
        return default_span(self.engine, symbol)

    def unknown(self) -> list[Assignment]:
        """Assignments to symbols that do not exist and that say something (y or a value)."""
        return [a for a in self.lines.assignments if a.name not in self.engine.syms and a.value != "n"]

    def _took(self, line: Assignment) -> bool:
        symbol = self.engine.syms.get(line.name)
        return symbol is not None and symbol.user_value is not None and symbol.visibility > 0


def load(root: Path, board: Board, config_path: Path, build_dir: Path, also: Iterable[str] = ()) -> Config:
    """Read a `.config` or defconfig for `board`. `also` are symbols that are asked for besides.

    Raises UserError(BH-KCFG-007) where there is none; everything else is in `Config.diags`.
    """
    lines = read_lines(config_path)
    names = (a.name for a in lines.assignments if a.value != "n")
    engine = open_engine(root, board, build_dir, need_of((*names, *also)))
    engine.load_config(str(config_path))
    config = Config(engine, lines)
    config.diags = (*lines.diags, *find(engine, lines, config.span))
    _without_bad_types(config)
    return config


def _without_bad_types(config: Config) -> None:
    """A number that Kconfig would take for another than was meant: nothing else is said of it."""
    bad = {d.where for d in config.diags if d.code == "BH-KCFG-003"}
    for line in config.lines.assignments:
        if line.where in bad:
            config.engine.syms[line.name].unset_value()


def default_span(engine: Engine, symbol: kconfiglib.Symbol) -> Span:
    """The line of the symbol's default in Kconfig, or of its definition (kconfiglib keeps only that)."""
    node = symbol.choice.nodes[0] if symbol.choice is not None else symbol.nodes[0]
    path = Path(engine.srctree) / node.filename
    for offset, line in enumerate(_lines_of(path)[node.linenr :], start=1):
        if re.match(r"\s+default\s", line):
            return Span(shown(path), node.linenr + offset)
        if line and not line[0].isspace():
            break
    return place(engine, node.filename, node.linenr)


def place(engine: Engine, filename: str, line: int) -> Span:
    """A line of Kconfig as kconfiglib names it."""
    return Span(shown(Path(engine.srctree) / filename), line)


@cache
def _lines_of(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8").splitlines())
