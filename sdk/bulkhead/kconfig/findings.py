# SPDX-License-Identifier: Apache-2.0
"""What kconfiglib passes over in silence: unknown symbols, unmet dependencies, bad values.

Each assignment is compared with the value its symbol took. Owners of devices that vanished
are a matter of `check/devices.py`, which knows the tree.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kconfiglib

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.kconfig.boards import lender_of
from bulkhead.kconfig.engine import Engine
from bulkhead.kconfig.lines import Assignment, ConfigLines
from bulkhead.kconfig.meant import TAKES, advice, is_number

SpanOf = Callable[[str], Span]


def find(engine: Engine, lines: ConfigLines, span_of: SpanOf) -> Iterator[Diagnostic]:
    """All findings about the lines of one file, in the order of the lines they are about."""
    found = [
        *_twice(lines),
        *_choices(engine, lines),
        *_unmet(engine, lines, span_of),
    ]
    for line in lines.assignments:
        symbol = engine.syms.get(line.name)
        if symbol is None or not symbol.nodes:
            found += _unknown(engine, line)
        elif not _well_typed(symbol, line):
            found.append(_bad_type(symbol, line))
        else:
            found += _range(symbol, line)
    yield from sorted(found, key=lambda d: d.where)


def _twice(lines: ConfigLines) -> Iterator[Diagnostic]:
    """BH-KCFG-006 for a symbol that is set to two values."""
    first: dict[str, Assignment] = {}
    for line in lines.assignments:
        before = first.setdefault(line.name, line)
        if before.value != line.value:
            yield error(
                "BH-KCFG-006",
                f"CONFIG_{line.name} is set a second time, to another value",
                line.where,
                (before.where, f"first set here, to '{before.value}'"),
                help="Delete one of the two lines; the last one counts.",
            )


def _choices(engine: Engine, lines: ConfigLines) -> Iterator[Diagnostic]:
    """BH-KCFG-006 for a choice in which two options are set."""
    picked: dict[int, Assignment] = {}
    for line in lines.assignments:
        symbol = engine.syms.get(line.name)
        if symbol is None or symbol.choice is None or line.value != "y":
            continue
        before = picked.setdefault(id(symbol.choice), line)
        if before.name != line.name:
            yield error(
                "BH-KCFG-006",
                f"CONFIG_{line.name} and CONFIG_{before.name} exclude each other",
                line.where,
                (before.where, f"CONFIG_{before.name} is set here"),
                help="Keep one of the two lines.",
            )


def _unknown(engine: Engine, line: Assignment) -> Iterator[Diagnostic]:
    if line.unset or line.name.startswith("OWNER_"):
        return
    near = suggest(engine, line.name)
    help = (
        f"Did you mean CONFIG_{near}?"
        if near
        else "`./bulkhead menuconfig` shows every symbol; `/` searches."
    )
    yield error("BH-KCFG-002", f"there is no symbol CONFIG_{line.name}", line.where, help=help)


def suggest(engine: Engine, name: str) -> str:
    """The defined symbol that looks most like `name`, or ""."""
    names = [n for n, s in engine.syms.items() if s.nodes]
    longer = [n for n in names if n.startswith(f"{name}_")]
    return longer[0] if longer else next(iter(difflib.get_close_matches(name, names, n=1, cutoff=0.75)), "")


def _well_typed(symbol: kconfiglib.Symbol, line: Assignment) -> bool:
    if symbol.type == kconfiglib.STRING:
        return line.quoted
    if line.quoted:
        return False
    if symbol.type == kconfiglib.BOOL:
        return line.value in ("y", "n")
    return is_number(line.value, symbol.type)


def _bad_type(symbol: kconfiglib.Symbol, line: Assignment) -> Diagnostic:
    value = f'"{line.value}"' if line.quoted else line.value
    text = f"CONFIG_{line.name}={value}: it takes {TAKES.get(symbol.type, 'another type')}"
    return error("BH-KCFG-003", text, line.where, help=advice(symbol.type, line.value) or _now(symbol))


def _now(symbol: kconfiglib.Symbol) -> str:
    """Where nobody can tell what was meant."""
    return f"Correct the value, or delete the line: {symbol.str_value} counts then."


def _range(symbol: kconfiglib.Symbol, line: Assignment) -> Iterator[Diagnostic]:
    limits = active_range(symbol)
    if limits is None or symbol.visibility == 0:
        return
    low, high = limits
    base = 16 if symbol.type == kconfiglib.HEX else 10
    if low <= int(line.value, base) <= high:
        return
    shape = "{:#x}" if base == 16 else "{}"
    allowed = f"{shape.format(low)} to {shape.format(high)}"
    text = f"CONFIG_{line.name}={line.value} is out of range: {allowed}"
    help = f"Choose a value in this range, or delete the line: {symbol.str_value} counts then."
    yield error("BH-KCFG-004", text, line.where, help=help)


def active_range(symbol: kconfiglib.Symbol) -> tuple[int, int] | None:
    """The range that applies now, if any."""
    if symbol.type not in (kconfiglib.INT, kconfiglib.HEX):
        return None
    for low, high, condition in symbol.ranges:
        if kconfiglib.expr_value(condition):
            base = 16 if symbol.type == kconfiglib.HEX else 10
            return int(low.str_value, base), int(high.str_value, base)
    return None


def _unmet(engine: Engine, lines: ConfigLines, span_of: SpanOf) -> Iterator[Diagnostic]:
    """BH-KCFG-005, one finding for all lines that fail for the same reason."""
    groups: dict[tuple[str, ...], list[Assignment]] = defaultdict(list)
    for line in lines.assignments:
        symbol = engine.syms.get(line.name)
        if symbol is None or not symbol.nodes or line.value == "n" or symbol.visibility > 0:
            continue
        if not has_prompt(symbol):
            if symbol.str_value != line.value and not _names_the_lender(engine, line):
                yield _not_by_hand(symbol, line)
            continue
        groups[failing_clauses(symbol)].append(line)
    for clauses, group in groups.items():
        yield _one_unmet(engine, clauses, group, span_of)


def _names_the_lender(engine: Engine, line: Assignment) -> bool:
    """A system of the board that this one has systems from says so."""
    board = engine.syms["BOARD"].str_value
    return line.name == "BOARD" and lender_of(Path(engine.srctree), board) == line.value


def _one_unmet(
    engine: Engine, clauses: tuple[str, ...], group: list[Assignment], span_of: SpanOf
) -> Diagnostic:
    first = group[0]
    names = [n for clause in clauses for n in _symbols(engine, clause)]
    more = f", nor have {len(group) - 1} more lines" if len(group) > 2 else ""
    more = f", nor has CONFIG_{group[1].name}" if len(group) == 2 else more
    values = " and ".join(f"{c} (now {_value(engine, c)})" for c in clauses)
    return error(
        "BH-KCFG-005",
        f"CONFIG_{first.name} has no effect{more}: it needs {values}",
        first.where,
        *((span_of(n), f"CONFIG_{n} is {engine.syms[n].str_value or 'not set'}") for n in names),
        help=f"{_remedy(engine, clauses, names)}, or delete the line{'s' * (len(group) > 1)}.",
    )


def _remedy(engine: Engine, clauses: tuple[str, ...], names: list[str]) -> str:
    if all(c in engine.syms for c in clauses):
        return "Set " + " and ".join(f"CONFIG_{c}=y" for c in clauses)
    return "Set " + " and ".join(f"CONFIG_{n}" for n in names) + " so that this holds"


def has_prompt(symbol: kconfiglib.Symbol) -> bool:
    return any(node.prompt for node in symbol.nodes)


def _not_by_hand(symbol: kconfiglib.Symbol, line: Assignment) -> Diagnostic:
    text = f"CONFIG_{line.name} is worked out by the SDK (here '{symbol.str_value}') and cannot be set"
    return error("BH-KCFG-005", text, line.where, help="Delete the line.")


def failing_clauses(symbol: kconfiglib.Symbol) -> tuple[str, ...]:
    """The parts of the symbol's dependencies that do not hold, as Kconfig would write them."""
    clauses = [kconfiglib.expr_str(c) for c in clauses_of(symbol.direct_dep) if kconfiglib.expr_value(c) == 0]
    return tuple(dict.fromkeys(clauses))


def clauses_of(dependency: Any) -> Iterator[Any]:
    """The parts of a dependency that must all hold; an option's choice stands for what it needs itself."""
    for clause in kconfiglib.split_expr(dependency, kconfiglib.AND):
        if isinstance(clause, kconfiglib.Choice):
            yield from clauses_of(clause.direct_dep)
        elif not (isinstance(clause, kconfiglib.Symbol) and clause.is_constant):
            yield clause


def _symbols(engine: Engine, clause: str) -> list[str]:
    words = clause.replace("!", " ").replace("(", " ").replace(")", " ").split()
    return [w for w in words if w in engine.syms and engine.syms[w].nodes]


def _value(engine: Engine, clause: str) -> str:
    symbol = engine.syms.get(clause)
    return str(symbol.str_value) if symbol is not None else "false"
