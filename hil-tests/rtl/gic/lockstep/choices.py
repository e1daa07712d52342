# SPDX-License-Identifier: Apache-2.0
"""What both generators of random operations choose alike: interrupts, priorities, and the level of a line."""

from __future__ import annotations

import random
from typing import Protocol

from ref.operation import Line

SGIS, PRIVATE = 16, 32  # INTIDs below are SGIs, and a CPU's own
FROM_POOL = 0.95


class Size(Protocol):
    """Of a controller's model."""

    cpu_count: int
    spi_count: int


class Choices:
    def __init__(self, size: Size, seed: int) -> None:
        self.rng = random.Random(seed)
        self.level: dict[tuple[int, int], bool] = {}  # of each line that ever changed
        self.pool: list[int] = []  # INTIDs that come often
        self._size = size

    def interrupt(self, lines: bool = False) -> tuple[int, int]:
        """INTID and the CPU whose it is. `lines`: of those that have one."""
        rng = self.rng
        first = SGIS if lines else 0
        intid = (
            rng.choice([i for i in self.pool if i >= first])
            if rng.random() < FROM_POOL
            else rng.randrange(first, PRIVATE + self._size.spi_count)
        )
        return intid, rng.randrange(self._size.cpu_count) if intid < PRIVATE else 0

    def some_priority(self) -> int:
        return self.rng.choice(
            (0x00, 0x40, 0x80, 0x80, 0xA0, 0xA8, 0xC0, 0xF0, 0xF8, self.rng.randrange(32) * 8)
        )

    def toggle(self, intid: int, cpu: int) -> Line:
        return Line(intid, not self.level.get((intid, cpu), False), cpu)

    def note_level(self, op_line: Line | None) -> None:
        """A line that changes is remembered."""
        if op_line is not None:
            self.level[op_line.intid, op_line.cpu if op_line.intid < PRIVATE else 0] = op_line.level
