# SPDX-License-Identifier: Apache-2.0
"""Change symbols one by one, and say so where a value does not take."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import kconfiglib

from bulkhead.diag import UserError
from bulkhead.kconfig.engine import SPDX, Engine
from bulkhead.kconfig.findings import active_range, failing_clauses, has_prompt, suggest
from bulkhead.kconfig.meant import TAKES, advice, is_number
from bulkhead.kconfig.system import DEFCONFIG


def find_symbol(engine: Engine, name: str) -> kconfiglib.Symbol:
    """By name, `CONFIG_` or not. Raises UserError with the nearest name."""
    plain = symbol_of(name)
    symbol = engine.syms.get(plain)
    if symbol is None or not symbol.nodes:
        near = suggest(engine, plain.upper())
        hint = f"; did you mean {near}?" if near else "; `./bulkhead menuconfig` searches with `/`"
        raise UserError(f"there is no symbol {plain}{hint}")
    return symbol


def set_symbol(engine: Engine, name: str, value: str) -> None:
    """Set one symbol. Raises UserError where the value does not take, with the reason."""
    symbol = find_symbol(engine, name)
    wanted = _plain(symbol, value)
    if wanted is None:
        hint = advice(symbol.type, value).removesuffix(".")
        takes = f"it takes {TAKES[symbol.type]}" + (f"; {hint[0].lower()}{hint[1:]}" if hint else "")
        raise UserError(f"{symbol.name}={value}: {takes}")
    symbol.set_value(wanted)
    if symbol.str_value != wanted:
        raise UserError(f"{symbol.name}={value} does not take: {_reason(symbol, wanted)}")


def set_symbols(engine: Engine, assignments: Iterable[str]) -> None:
    """Each `NAME=VALUE`, in their order. Raises UserError at the first that does not take."""
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise UserError(f"'{assignment}' has no '='; write {name}=VALUE")
        set_symbol(engine, name, value)


def symbol_of(text: str) -> str:
    """The symbol that `NAME`, `CONFIG_NAME` or `NAME=VALUE` is about."""
    return text.partition("=")[0].strip().removeprefix("CONFIG_")


def header_of(folder: Path) -> str:
    """The comment at the top of a system's defconfig, so that it survives being written anew."""
    path = folder / DEFCONFIG
    if not path.is_file():
        return SPDX
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if not line.startswith("#") or line.startswith("# CONFIG_"):
            break
        lines.append(line)
    return "".join(lines) or SPDX


def _plain(symbol: kconfiglib.Symbol, value: str) -> str | None:
    """The value as kconfiglib wants it; None where it is of the wrong type."""
    value = value.strip()
    if symbol.type == kconfiglib.STRING:
        quoted = len(value) >= 2 and value[0] == value[-1] == '"'
        return value[1:-1] if quoted else value
    if symbol.type == kconfiglib.BOOL:
        return {"y": "y", "n": "n"}.get(value.lower())
    if not is_number(value, symbol.type):
        return None
    number = int(value, _base(symbol))
    return hex(number) if symbol.type == kconfiglib.HEX else str(number)


def _base(symbol: kconfiglib.Symbol) -> int:
    return 16 if symbol.type == kconfiglib.HEX else 10


def _reason(symbol: kconfiglib.Symbol, wanted: str) -> str:
    if not has_prompt(symbol):
        return f"the SDK works it out itself ('{symbol.str_value}')"
    clauses = failing_clauses(symbol)
    if clauses:
        return f"it needs {' and '.join(clauses)}"
    limits = active_range(symbol)
    if limits is not None and not limits[0] <= int(wanted, _base(symbol)) <= limits[1]:
        shape = "{:#x}" if symbol.type == kconfiglib.HEX else "{}"
        return f"the range is {shape.format(limits[0])} to {shape.format(limits[1])}"
    if symbol.choice is not None and wanted == "n":
        others = [s.name for s in symbol.choice.syms if s is not symbol and s.visibility]
        return f"one option of a choice is always set; set another to y ({', '.join(others[:4])}, ...)"
    return f"it is '{symbol.str_value}'"
