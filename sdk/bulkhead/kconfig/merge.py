# SPDX-License-Identifier: Apache-2.0
"""A configuration and fragments of one, as if written one below the other: the later line wins.

What a fragment overrides is reported with both places. Contradictions within one file stay in,
so that they are found as anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bulkhead.kconfig.engine import Engine, open_engine
from bulkhead.kconfig.findings import find
from bulkhead.kconfig.lines import Assignment, ConfigLines, read_lines
from bulkhead.kconfig.load import Config
from bulkhead.kconfig.slots import need_of
from bulkhead.model.board import Board


@dataclass(frozen=True, slots=True)
class Override:
    old: Assignment
    new: Assignment

    def __str__(self) -> str:
        """In the shape of a compiler's note, so that editors find the place."""
        what = f"{_words(self.new)} overrides {_words(self.old)} of {self.old.where}"
        return f"{self.new.where}: note: {what}"


def load_merged(
    root: Path, board: Board, paths: Sequence[Path], build_dir: Path
) -> tuple[Config, list[Override]]:
    """The configuration that `paths` give together, and what one overrides in those before it.

    Raises UserError(BH-KCFG-007) where one cannot be read.
    """
    layers = [read_lines(path) for path in paths]
    names = [a.name for layer in layers for a in layer.assignments if a.value != "n"]
    engine = open_engine(root, board, build_dir, need_of(names))
    lines, overridden = merge(engine, layers)
    engine.load_text("".join(_text(a) for a in lines.assignments))
    config = Config(engine, lines)
    config.diags = (*lines.diags, *find(engine, lines, config.span))
    return config, overridden


def merge(engine: Engine, layers: Sequence[ConfigLines]) -> tuple[ConfigLines, list[Override]]:
    merged: list[Assignment] = []
    overrides: list[Override] = []
    for layer in layers:
        new = _by_key(engine, layer.assignments)
        kept = []
        for old in merged:
            by = _replaced_by(engine, old, new)
            if by is None:
                kept.append(old)
            elif _differs(old, by):
                overrides.append(Override(old, by))
        merged = [*kept, *layer.assignments]
    diags = tuple(d for layer in layers for d in layer.diags)
    return ConfigLines(layers[0].path, tuple(merged), diags), overrides


def _by_key(engine: Engine, assignments: Iterable[Assignment]) -> dict[object, Assignment]:
    """The last line of a file for each symbol, and for each choice in which it picks an option."""
    found: dict[object, Assignment] = {}
    for line in assignments:
        found[line.name] = line
        choice = _choice(engine, line)
        if choice is not None and line.value == "y":
            found[choice] = line
    return found


def _replaced_by(engine: Engine, old: Assignment, new: dict[object, Assignment]) -> Assignment | None:
    choice = _choice(engine, old)
    if choice is not None and old.value == "y" and choice in new:
        return new[choice]
    return new.get(old.name)


def _choice(engine: Engine, line: Assignment) -> object | None:
    symbol = engine.syms.get(line.name)
    return symbol.choice if symbol is not None else None


def _differs(old: Assignment, new: Assignment) -> bool:
    """Whether anybody would call it an override. An option that another one replaces is, one that
    was not set is not."""
    if old.name == new.name:
        return old.value != new.value and not (old.unset and new.value == "y")
    return True


def _words(line: Assignment) -> str:
    return _text(line).strip().removeprefix("# ")


def _text(line: Assignment) -> str:
    if line.unset:
        return f"# CONFIG_{line.name} is not set\n"
    escaped = line.value.replace("\\", "\\\\").replace('"', '\\"')
    return f'CONFIG_{line.name}="{escaped}"\n' if line.quoted else f"CONFIG_{line.name}={line.value}\n"
