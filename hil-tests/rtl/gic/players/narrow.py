# SPDX-License-Identifier: Apache-2.0
"""Random operations for a controller whose interrupts are there in part."""

from __future__ import annotations

from lockstep.generate import Generator, Profile
from players.deviations import NOTHING
from players.partial import PartialGic3
from ref.operation import Kind, Op
from ref.registers import system_registers

PROFILE = Profile(virtual=False, traps=False)


class NarrowGenerator(Generator):
    """Lines of devices alone: a CPU's own come from its timers."""

    def __init__(self, model: PartialGic3, seed: int) -> None:
        super().__init__(model, seed, PROFILE)

    def next(self) -> Op:
        """What EL2 alone can do is not for a guest, nor what its own guest would do."""
        op = super().next()
        is_el2s = op.kind in (Kind.MRS, Kind.MSR) and system_registers()[op.addr].endswith("_EL2")
        return NOTHING if op.el1 or is_el2s else op

    def _choose_pool(self) -> list[int]:
        words = [self.model.cpus[0].own, *self.model.banks]
        owned = [32 * w + i for w, bank in enumerate(words) for i in range(32) if bank.present >> i & 1]
        spis = self.rng.sample([i for i in owned if i >= 32], 10)
        return [0, 1, 7, 15, *(i for i in owned if 16 <= i < 32), *spis, *spis]

    def interrupt(self, lines: bool = False) -> tuple[int, int]:
        choose = [i for i in self.pool if i >= 34] if lines else self.pool
        intid = self.rng.choice(choose)
        return intid, self.rng.randrange(self.model.cpu_count) if intid < 32 else 0
