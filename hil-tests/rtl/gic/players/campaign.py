# SPDX-License-Identifier: Apache-2.0
"""Random operations through players in step with the model, and what is said of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lockstep.generate import Generator
from players.compare import CHUNK, Comparison, Difference, Stream, report
from players.player import PlayerFailed
from players.text import write_text
from ref.gic3 import Gic3
from ref.operation import Op

EPOCH = 4096  # operations from one reset to the next: each has another pool of interrupts
REPORT_SECONDS = 10.0
SHRINK_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one player came to; `why` is empty if nothing differs."""

    player: str
    operations: int
    seconds: float  # the player's own
    why: str


@dataclass(slots=True, kw_only=True)
class Campaign:
    """Players that can be compared in the same operations."""

    comparisons: Sequence[Comparison]
    make_generator: Callable[[Gic3, int], Generator]
    say: Callable[[str], None]
    out: Path  # for operations that differ, saved
    rules: dict[str, list[str]]

    def run(self, seed: int, ops: int) -> list[Verdict]:
        """Until the operations are done or no player is left: one that differs or breaks is left out."""
        left = list(self.comparisons)
        found: list[Verdict] = []
        began = last = time.monotonic()
        done, model_seconds = 0, 0.0
        while done < ops and left:
            stream, left = self._begin(left, seed, done, found)
            history: list[Op] = []
            while len(history) < EPOCH and done < ops and left:
                played, expected = stream.chunk(CHUNK)
                history += played
                done += len(played)
                for comparison in list(left):
                    why = self._step(comparison, played, expected, history, seed)
                    if why:
                        left.remove(comparison)
                        found.append(_verdict(comparison, done, why))
                if time.monotonic() - last > REPORT_SECONDS:
                    last = time.monotonic()
                    self.say(f"{done} operations, {done / (last - began):.0f} a second")
            model_seconds += stream.seconds
            seed += 1
        self.say(f"generator and model: {done / max(model_seconds, 1e-6):.0f} operations a second")
        return [*found, *(_verdict(c, done, "") for c in left)]

    def _begin(
        self, left: list[Comparison], seed: int, done: int, found: list[Verdict]
    ) -> tuple[Stream, list[Comparison]]:
        model, started = self.comparisons[0].make_model(), []
        for comparison in left:
            try:
                model = comparison.reset()
                started.append(comparison)
            except PlayerFailed as broken:
                found.append(_verdict(comparison, done, str(broken)))
        firsts = [op for comparison in started for op in comparison.first]
        for comparison in started if len(started) > 1 else ():
            model = self._start_alike(comparison, firsts)
        return Stream(self.make_generator(model, seed), started), started

    @staticmethod
    def _start_alike(comparison: Comparison, firsts: Sequence[Op]) -> Gic3:
        """What one of several players needs after a reset, all get."""
        comparison.first = list(firsts)
        return comparison.reset()

    def _step(
        self,
        comparison: Comparison,
        played: Sequence[Op],
        expected: Sequence[object],
        history: list[Op],
        seed: int,
    ) -> str:
        try:
            _, at = comparison.play(played, expected)  # type: ignore[arg-type]
            if at is None:
                return ""
            whole = history[: len(history) - len(played) + at + 1]
            return self.explain(comparison, whole, f"seed {seed}, operation {len(whole)}")
        except PlayerFailed as broken:
            return str(broken)

    def explain(self, comparison: Comparison, ops: Sequence[Op], where: str) -> str:
        """Played again and shrunk; saved, and said side by side."""
        name = comparison.player.name
        self.say(f"{name} differs at {where}; looking for the shortest way to it")
        found: Difference | None = comparison.replay(ops)
        if found is None:
            return f"{where}: {name} differed from the model, but not when the same was played again"
        found = comparison.shrink(found, SHRINK_SECONDS)
        path = self.out / f"lockstep-{name}.txt"
        path.write_text(write_text(found.ops, f"{name} differs from the model, {where}"), encoding="utf-8")
        lines = "\n".join(report(found, self.rules))
        return f"{where}, shrunk to {len(found.ops)} operations:\n{lines}\nsaved as {path.name}"


def _verdict(comparison: Comparison, done: int, why: str) -> Verdict:
    return Verdict(player=comparison.player.name, operations=done, seconds=comparison.seconds, why=why)
