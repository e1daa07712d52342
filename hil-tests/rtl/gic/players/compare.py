# SPDX-License-Identifier: Apache-2.0
"""A player against the reference model, operation by operation, and the shortest way to a difference."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lockstep.generate import Generator
from players.deviations import NOTHING, U64, Deviation
from players.player import Player, seen, state_of
from players.text import read_text
from ref.gic3 import Gic3
from ref.operation import Kind, Op, Reply, describe
from ref.registers import system_registers

CHUNK = 512
SET_UP, KEPT = 64, (1, 8, 32, 128, 512)  # operations at the beginning, and at the end, that are tried alone
SHOWN = 48
_GROUP = re.compile(r"(IAR|EOIR|HPPIR|BPR|IGRPEN|AP)[01]")


@dataclass(frozen=True, slots=True)
class Row:
    op: Op
    expected: Reply
    got: Reply


@dataclass(frozen=True, slots=True)
class Difference:
    """The last of the rows is where they differ; `state` has (name, model's, player's)."""

    player: str
    rows: list[Row]
    state: list[tuple[str, int, int]]

    @property
    def ops(self) -> list[Op]:
        return [row.op for row in self.rows]


class Comparison:
    """One player beside the model, with the deviations that count as explained."""

    def __init__(
        self, player: Player, make_model: Callable[[], Gic3], deviations: Sequence[Deviation]
    ) -> None:
        self.player = player
        self.make_model = make_model
        self.deviations = deviations
        self.seconds = 0.0  # that the player took
        self.first = [op for d in deviations for op in read_text(d.first, d.name)]

    def reset(self) -> Gic3:
        """Both; returns the model."""
        self.player.reset()
        model = self.make_model()
        if self.first:
            self.player.run(self.first)
        for op in self.first:
            model.do(op)
        return model

    def playable(self, op: Op, model: Gic3) -> Op:
        """The operation, or what is played in its place where the player is known to do otherwise."""
        for d in self.deviations:
            op = d.instead(op, model)
        return op

    def same(self, op: Op, expected: Reply, got: Reply) -> bool:
        if expected == got:
            return True
        ignored = 0
        for d in self.deviations:
            ignored |= d.ignored(op)
        return expected._replace(data=expected.data & ~ignored) == got._replace(
            data=got.data & ~ignored & U64
        )

    def play(self, ops: Sequence[Op], expected: Sequence[Reply]) -> tuple[list[Reply], int | None]:
        """The player's answers, and the number of the first that differs."""
        began = time.monotonic()
        got = self.player.run(ops)
        self.seconds += time.monotonic() - began
        rows = zip(ops, expected, got, strict=True)
        return got, next((n for n, row in enumerate(rows) if not self.same(*row)), None)

    def replay(self, ops: Sequence[Op]) -> Difference | None:
        """From a reset. None if nothing differs."""
        model = self.reset()
        played, expected = [], []
        for op in ops:
            op = self.playable(op, model)
            played.append(op)
            expected.append(seen(model.do(op)))
            if any(d.open(model) for d in self.deviations):
                played.pop()
                expected.pop()
                break
        got, at = self.play(played, expected)
        if at is None:
            return None
        rows = [Row(*row) for row in zip(played[: at + 1], expected, got, strict=False)]
        return Difference(self.player.name, rows, self._state(played[: at + 1]))

    def _state(self, ops: Sequence[Op]) -> list[tuple[str, int, int]]:
        """Words of state that differ after them."""
        model = self.reset()
        self.player.run(ops)
        theirs = self.player.state()
        for op in ops:
            model.do(op)
        return [(name, a, b) for (name, a), b in zip(state_of(model), theirs or [], strict=False) if a != b]

    def shrink(self, found: Difference, seconds: float = 120.0) -> Difference:
        """Leaves out what a difference does not need, while there is time: most of what came long before,
        then parts of what is left, from halves down to single operations."""
        deadline = time.monotonic() + seconds
        ops = _something(found.ops)
        for kept in KEPT:
            fewer = (
                self.replay(ops[:SET_UP] + ops[max(SET_UP, len(ops) - kept) :]) if kept < len(ops) else None
            )
            if fewer is not None:
                found, ops = fewer, _something(fewer.ops)
                break
        size = max(1, len(ops) // 2)
        while True:
            at, shorter = 0, False
            while at < len(ops) and time.monotonic() < deadline:
                fewer = self.replay(ops[:at] + ops[at + size :])
                if fewer is None:
                    at += size
                else:
                    found, shorter = fewer, True
                    ops = _something(fewer.ops)
            if time.monotonic() >= deadline or (size == 1 and not shorter):
                return found
            size = max(1, size // 2)


def _something(ops: Sequence[Op]) -> list[Op]:
    return [op for op in ops if op != NOTHING]


class Stream:
    """Endless operations from a seed, without those that some of the comparisons could not make."""

    def __init__(self, generator: Generator, comparisons: Sequence[Comparison]) -> None:
        self.generator = generator
        self.model = generator.model
        self.comparisons = comparisons
        self._first = generator.start()
        self.seconds = 0.0  # that generator and model took

    def chunk(self, count: int) -> tuple[list[Op], list[Reply]]:
        began = time.monotonic()
        ops: list[Op] = []
        replies: list[Reply] = []
        while len(ops) < count:
            op = self._first.pop(0) if self._first else self.generator.next()
            for comparison in self.comparisons:
                op = comparison.playable(op, self.model)
            reply = self.model.do(op)
            self.generator.saw(op, reply)
            ops.append(op)
            replies.append(seen(reply))
        self.seconds += time.monotonic() - began
        return ops, replies


def register_of(op: Op) -> str:
    """Its name in the manual, without number and owner; a guest's interface has names of its own."""
    if op.kind in (Kind.MRS, Kind.MSR):
        name = system_registers().get(op.addr, "")
        return name.replace("ICC_", "ICV_") if op.el1 else name
    if op.kind is Kind.TIME:
        return ""
    return describe(op).split()[1].partition("<")[0].partition("+")[0]


def _any_group(text: str) -> str:
    """A rule that names one of two registers, one a group, is about both; one of an array is about all."""
    return _GROUP.sub(r"\1", text).replace("<n>", "")


def report(found: Difference, rules: dict[str, list[str]]) -> Iterator[str]:
    """Side by side, with what differs in the state and the directed rules about the register that shows it.
    `rules`: the source that a rule names -> names of rules."""
    yield f"{'operation':<58} {'reference model':<34} {found.player}"
    if len(found.rows) > SHOWN:
        yield f"... {len(found.rows) - SHOWN} operations before ..."
    for row in found.rows[-SHOWN:]:
        same = "the same" if row.expected == row.got else str(row.got)
        yield f"{row.op!s:<58} {row.expected!s:<34} {same}"
    for name, model, theirs in found.state:
        yield f"  {name}: 0x{model:x} in the model, 0x{theirs:x} in {found.player}"
    register = register_of(found.rows[-1].op)
    about = {
        source: names
        for source, names in rules.items()
        if register and _any_group(register) in _any_group(source)
    }
    for source, names in about.items():
        yield f"  rule: {source} ({', '.join(names)})"
    if not about:
        yield f"  rule: {register or 'the input lines'}; no directed test names it"
