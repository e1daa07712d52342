# SPDX-License-Identifier: Apache-2.0
"""The reference model of a controller whose interrupts are there in part, as a partition sees it: those
that it does not own are RAZ/WI, and the trigger of each is what the board's devicetree says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ref.bank import Bank
from ref.gic3 import SPURIOUS, Gic3
from ref.operation import Op, Reply


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


class Taken(NamedTuple):
    """What is in the list register of an active interrupt."""

    cpu: int
    group: int
    priority: int


class PartialGic3(Gic3):
    """`present` and `edge` have a word for each 32 INTIDs. Its CPUs are awake. It remembers which CPU
    acknowledged what is active: that is whose list register has it."""

    def __init__(self, cpus: int, present: Sequence[int], edge: Sequence[int]) -> None:
        self._words = list(zip(present, edge, strict=True))
        super().__init__(cpus, 32 * (len(present) - 1), 0)

    def reset(self) -> None:
        super().reset()
        self._taken: dict[tuple[int, int], Taken] = {}  # by INTID, and CPU of a private one
        self.banks = [PartialBank(*word) for word in self._words[1:]]
        for cpu in self.cpus:
            cpu.asleep = False
            cpu.own = PartialBank(*self._words[0])

    def do(self, op: Op) -> Reply:
        reply = super().do(op)
        for key in [key for key in self._taken if not self._is_active(*key)]:
            del self._taken[key]
        return reply

    def _acknowledge(self, n: int, group: int) -> int:
        intid = super()._acknowledge(n, group)
        if intid < SPURIOUS:
            bank, i = self._at(n, intid)
            self._taken[intid, n if intid < 32 else 0] = Taken(n, group, bank.priority[i])
        return intid

    def _is_active(self, intid: int, cpu: int) -> bool:
        bank, i = self._at(cpu, intid)
        return bool(bank.active >> i & 1)

    def taken(self, cpu: int, intid: int) -> Taken | None:
        """How the CPU acknowledged it, if it is active since."""
        found = self._taken.get((intid, cpu if intid < 32 else 0))
        return found if found is not None and found.cpu == cpu else None

    def held(self, cpu: int) -> int:
        """How many the CPU acknowledged that are active since."""
        return sum(1 for taken in self._taken.values() if taken.cpu == cpu)
