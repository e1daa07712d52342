# SPDX-License-Identifier: Apache-2.0
"""Why a symbol has the value it has: who set it, what it needs and which clause fails, who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import kconfiglib

from bulkhead.diag import Span
from bulkhead.kconfig.edit import find_symbol
from bulkhead.kconfig.findings import active_range, clauses_of, has_prompt
from bulkhead.kconfig.load import Config, default_span, place

_SHOWN = 8  # who reads it: so many are named


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a dependency, as Kconfig would write it. `symbols`: name, value, where it is set."""

    text: str
    holds: bool
    symbols: tuple[tuple[str, str, Span], ...]


@dataclass(frozen=True, slots=True)
class Why:
    name: str
    value: str
    prompt: str
    type: str
    limits: str
    origin: str  # "set", "default", "ignored" (set, but the value is another one), "computed"
    where: Span
    asked: str  # what the line says where it is ignored
    defined: Span
    chosen: tuple[str, Span] | None  # of an option of a choice: the one that is set, where it is another
    needs: tuple[Clause, ...]
    readers: tuple[tuple[str, Span], ...]


def explain_symbol(config: Config, name: str) -> Why:
    """Raises UserError with the nearest name where there is no such symbol."""
    symbol = find_symbol(config.engine, name)
    line = config.lines.last(symbol.name)
    origin, where = "default", default_span(config.engine, symbol)
    if not has_prompt(symbol):
        origin = "computed"
    elif line is not None and (line.value != "n" or symbol.choice is None):
        took = symbol.visibility > 0 and _same(symbol, line.value)
        origin, where = ("set" if took else "ignored"), line.where
    return Why(
        name=symbol.name,
        value=symbol.str_value,
        prompt=next((node.prompt[0] for node in symbol.nodes if node.prompt), ""),
        type=kconfiglib.TYPE_TO_STR[symbol.type],
        limits=_limits(symbol),
        origin=origin,
        where=where,
        asked=line.value if line else "",
        defined=place(config.engine, symbol.nodes[0].filename, symbol.nodes[0].linenr),
        chosen=_chosen(config, symbol),
        needs=tuple(_clause(config, c) for c in clauses_of(symbol.direct_dep)),
        readers=tuple(_readers(config, symbol)),
    )


def render_why(why: Why) -> str:
    return "\n".join(_lines(why)) + "\n"


def why_object(why: Why) -> dict[str, Any]:
    return {
        "version": 1,
        "symbol": why.name,
        "value": why.value,
        "prompt": why.prompt,
        "type": why.type,
        "range": why.limits,
        "origin": why.origin,
        "where": str(why.where),
        "asked": why.asked,
        "defined": str(why.defined),
        "chosen": {"name": why.chosen[0], "where": str(why.chosen[1])} if why.chosen else None,
        "needs": [
            {
                "clause": c.text,
                "holds": c.holds,
                "symbols": [{"name": n, "value": v, "where": str(s)} for n, v, s in c.symbols],
            }
            for c in why.needs
        ],
        "read_by": [{"name": name, "where": str(span)} for name, span in why.readers],
    }


def _lines(why: Why) -> Iterator[str]:
    about = ", ".join(
        part for part in (f'"{why.prompt}"' if why.prompt else "", why.type, why.limits) if part
    )
    yield f"CONFIG_{why.name} is {why.value or 'not set'}"
    yield f"  {about}; defined at {why.defined}"
    applies = all(clause.holds for clause in why.needs)
    default = f"the default at {why.where}" if applies else "it does not apply"
    yield {
        "set": f"  set at {why.where}",
        "default": f"  nobody set it: {default}",
        "computed": f"  the SDK works it out; it cannot be set: {why.where}",
        "ignored": f"  set to '{why.asked}' at {why.where}, but that has no effect",
    }[why.origin]
    if why.chosen:
        yield f"  one of a choice, in which CONFIG_{why.chosen[0]} is set: {why.chosen[1]}"
    for clause in why.needs:
        yield f"  needs {clause.text}: {'holds' if clause.holds else 'FAILS'}"
        for name, value, where in clause.symbols:
            yield f"    CONFIG_{name} is {value or 'not set'}: {where}"
    if why.origin == "ignored" and applies:
        yield "  what it needs holds, so the value itself is the reason: `./bulkhead check` says which"
    if why.readers:
        yield f"  read by {len(why.readers)}:"
        yield from (f"    {name}: {where}" for name, where in why.readers[:_SHOWN])
        if len(why.readers) > _SHOWN:
            yield f"    and {len(why.readers) - _SHOWN} more (--format json names them)"


def _chosen(config: Config, symbol: kconfiglib.Symbol) -> tuple[str, Span] | None:
    choice = symbol.choice
    if choice is None or choice.selection in (None, symbol):
        return None
    return choice.selection.name, config.span(choice.selection.name)


def _same(symbol: kconfiglib.Symbol, value: str) -> bool:
    if symbol.type in (kconfiglib.INT, kconfiglib.HEX):
        base = 16 if symbol.type == kconfiglib.HEX else 10
        try:
            return int(symbol.str_value or "0", base) == int(value, base)
        except ValueError:
            return False
    return bool(symbol.str_value == value)


def _limits(symbol: kconfiglib.Symbol) -> str:
    limits = active_range(symbol)
    if limits is None:
        return ""
    shape = "{:#x}" if symbol.type == kconfiglib.HEX else "{}"
    return f"{shape.format(limits[0])} to {shape.format(limits[1])}"


def _clause(config: Config, clause: Any) -> Clause:
    names = sorted(item.name for item in kconfiglib.expr_items(clause) if getattr(item, "nodes", None))
    symbols = tuple((name, config.get(name), config.span(name)) for name in names)
    return Clause(kconfiglib.expr_str(clause), kconfiglib.expr_value(clause) > 0, symbols)


def _readers(config: Config, symbol: kconfiglib.Symbol) -> Iterator[tuple[str, Span]]:
    """Whose definition names the symbol, each once."""
    seen = set()
    for node in config.engine.node_iter():
        if symbol in node.referenced and node.item is not symbol:
            name = getattr(node.item, "name", None) or (f'"{node.prompt[0]}"' if node.prompt else "a comment")
            if name not in seen:
                seen.add(name)
                yield name, place(config.engine, node.filename, node.linenr)
