# SPDX-License-Identifier: Apache-2.0
"""A stream of operations, the model's answers, and where a player's differ from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lockstep.coverage import Coverage
from lockstep.generate import Generator, Profile
from lockstep.generate2 import Generator2
from ref.gic2 import Gic2
from ref.gic3 import Gic3
from ref.operation import Op, Reply

HISTORY = 16


@dataclass(frozen=True, slots=True)
class Step:
    op: Op
    expected: Reply


class Stream:
    """Endless steps from a seed, in chunks."""

    def __init__(self, model: Gic3 | Gic2, seed: int, profile: Profile) -> None:
        self.model = model
        self.generator = (
            Generator2(model, seed, profile) if isinstance(model, Gic2) else Generator(model, seed, profile)
        )
        self.observer: Coverage | None = None
        self._first = self.generator.start()

    def chunk(self, count: int) -> list[Step]:
        steps: list[Step] = []
        while len(steps) < count:
            op = self._first.pop(0) if self._first else self.generator.next()
            if self.observer is not None:
                self.observer.before(op)
            reply = self.model.do(op)
            if self.observer is not None:
                self.observer.after(op, reply)
            self.generator.saw(op, reply)
            steps.append(Step(op, reply))
        return steps


def first_difference(steps: list[Step], replies: list[Reply]) -> int | None:
    for n, (step, reply) in enumerate(zip(steps, replies, strict=True)):
        if step.expected != reply:
            return n
    return None


def side_by_side(rows: list[tuple[Op, Reply, Reply]], left: str, right: str) -> Iterator[str]:
    """The last of them is where they differ."""
    yield f"{'operation':<58} {left:<34} {right}"
    for op, a, b in rows[-HISTORY:]:
        yield f"{op!s:<58} {a!s:<34} {'the same' if a == b else str(b)}"
