# SPDX-License-Identifier: Apache-2.0
"""What the configuration in the editor uses of the board, in one line."""

from __future__ import annotations

from bulkhead.kconfig.board_kconfig import assignable
from bulkhead.kconfig.engine import Engine
from bulkhead.kconfig.slots import SLOTS
from bulkhead.model.board import Board


def budget(engine: Engine, board: Board) -> str:
    """`RAM 4/1024 MiB   pCPUs 2/4   interrupts 1/40`; what is overdrawn is marked."""
    used, cpus = 0, set()
    for n in range(1, SLOTS + 1):
        if _value(engine, f"PART_{n}_ENABLE") == "y":
            used += int(_value(engine, f"PART_{n}_RAM_SIZE") or "0", 16)
            cpus |= {p.strip() for p in _value(engine, f"PART_{n}_PCPUS").split(",") if p.strip()}
    devices = [d for d in board.devices if assignable(d)]
    owned = sum(len(d.irqs) for d in devices if _is_owned(engine, d.symbol))
    rows = (
        ("RAM", used >> 20, sum(r.size for r in board.memory) >> 20, " MiB"),
        ("pCPUs", len(cpus), len(board.cpus), ""),
        ("interrupts", owned, sum(len(d.irqs) for d in devices), ""),
    )
    return "   ".join(f"{what} {a}/{b}{unit}{' TOO MUCH' * (a > b)}" for what, a, b, unit in rows)


def _value(engine: Engine, name: str) -> str:
    symbol = engine.syms.get(name)
    return str(symbol.str_value) if symbol is not None else ""


def _is_owned(engine: Engine, device: str) -> bool:
    symbol = engine.syms.get(f"OWNER_{device}_NONE")
    if symbol is None or symbol.choice is None or symbol.choice.selection is None:
        return False
    return "_PART_" in str(symbol.choice.selection.name)
