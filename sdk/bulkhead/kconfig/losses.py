# SPDX-License-Identifier: Apache-2.0
"""What saving would drop or replace of a file without being asked to: kconfiglib does it in silence.

What a user changed on purpose is no loss. Lines that are lost for the same reason stand together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import kconfiglib

from bulkhead.kconfig.engine import Engine
from bulkhead.kconfig.findings import failing_clauses, has_prompt
from bulkhead.kconfig.lines import Assignment, ConfigLines

_NAMED = 3


def losses(engine: Engine, lines: ConfigLines) -> list[str]:
    """A sentence for each thing that is in the file and would not be in the one saved now."""
    found = [f"{d.where}: the line is dropped: {d.text}" for d in lines.diags]
    hidden: dict[tuple[str, ...], list[Assignment]] = defaultdict(list)
    for line in {a.name: a for a in lines.assignments}.values():
        symbol = engine.syms.get(line.name)
        if symbol is None or not symbol.nodes:
            if line.value != "n" and not any(k.startswith(f"CONFIG_{line.name}=") for k in engine.kept):
                found.append(f"{line.where}: CONFIG_{line.name} is dropped: there is no such symbol")
        elif has_prompt(symbol):
            if symbol.visibility == 0 and line.value != "n":
                hidden[failing_clauses(symbol)].append(line)
            else:
                found += _replaced(symbol, line)
    return [*found, *(_hidden(clauses, group) for clauses, group in hidden.items())]


def _replaced(symbol: kconfiglib.Symbol, line: Assignment) -> Iterator[str]:
    choice = symbol.choice
    if choice is not None:
        lost = line.value == "y" and choice.selection is not symbol
        if lost and choice.user_selection in (None, symbol):
            yield f"{line.where}: CONFIG_{line.name}=y becomes CONFIG_{choice.selection.name}=y"
        return
    wanted = symbol.user_value
    if symbol.type == kconfiglib.BOOL and wanted is not None:
        wanted = kconfiglib.TRI_TO_STR[wanted]
    if (line.value if wanted is None else wanted) != symbol.str_value:
        yield f"{line.where}: CONFIG_{line.name}={line.value} becomes {symbol.str_value or 'empty'}"


def _hidden(clauses: tuple[str, ...], group: list[Assignment]) -> str:
    names = ", ".join(f"CONFIG_{line.name}" for line in group[:_NAMED])
    more = f" and {len(group) - _NAMED} more" if len(group) > _NAMED else ""
    verb, it = ("is", "it") if len(group) == 1 else ("are", "them")
    why = f": without {' and '.join(clauses)} there is no place for {it}" if clauses else ""
    return f"{group[0].where}: {names}{more} {verb} dropped{why}"
