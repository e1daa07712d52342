# SPDX-License-Identifier: Apache-2.0
"""The reference model of a controller whose interrupts are there in part, as a partition sees it: those
that it does not own are RAZ/WI, and the trigger of each is what the board's devicetree says."""

from __future__ import annotations

from collections.abc import Sequence

from ref.bank import Bank
from ref.gic3 import Gic3


class PartialBank(Bank):
    """`edge` stays as it is given."""

    __slots__ = ("present",)

    def __init__(self, present: int, edge: int) -> None:
        super().__init__(edge)
        self.present = present

    def write_bits(self, array: int, value: int) -> None:
        super().write_bits(array, value & self.present)

    def write_config(self, half: int, value: int) -> None:
        return None

    def set_line(self, n: int, level: bool) -> None:
        if self.present >> n & 1:
            super().set_line(n, level)


class PartialGic3(Gic3):
    """`present` and `edge` have a word for each 32 INTIDs. Its CPUs are awake."""

    def __init__(self, cpus: int, present: Sequence[int], edge: Sequence[int]) -> None:
        self._words = list(zip(present, edge, strict=True))
        super().__init__(cpus, 32 * (len(present) - 1), 0)

    def reset(self) -> None:
        super().reset()
        self.banks = [PartialBank(*word) for word in self._words[1:]]
        for cpu in self.cpus:
            cpu.asleep = False
            cpu.own = PartialBank(*self._words[0])
