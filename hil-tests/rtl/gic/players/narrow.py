# SPDX-License-Identifier: Apache-2.0
"""Random operations for a controller whose interrupts are there in part."""

from __future__ import annotations

from lockstep.generate import SGI_FRAME, Generator, Profile
from players.deviations import NOTHING
from players.partial import PartialGic3
from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Op, read, write
from ref.registers import offset, system_registers

LEVELS = range(0, 256, 8)
FIRST_LINE = 34  # 33 is the virtual UART's
PROFILE = Profile(virtual=False, traps=False)


class NarrowGenerator(Generator):
    """Lines of devices alone: a CPU's own come from its timers. No two interrupts of one priority wait for a
    CPU: which list register comes first then is nobody's rule, and the vGIC's choice is not the model's."""

    model: PartialGic3

    def __init__(self, model: PartialGic3, seed: int) -> None:
        super().__init__(model, seed, PROFILE)

    def start(self) -> list[Op]:
        levels = self.rng.sample(LEVELS, len(LEVELS))
        first = [write(self._priority_at(*owner), levels.pop(), 0) for owner in self._owners()]
        return first + super().start()

    def next(self) -> Op:
        """What EL2 alone can do is not for a guest, nor what its own guest would do."""
        op = super().next()
        if op.el1 or (op.kind in (Kind.MRS, Kind.MSR) and system_registers()[op.addr].endswith("_EL2")):
            return NOTHING
        if op.line is not None and op.line.intid < FIRST_LINE:
            op = op._replace(line=None)
        return self._of_the_pool(op)

    def _of_the_pool(self, op: Op) -> Op:
        """Others are never made pending: they all have one priority."""
        word = next((w for w in range(3) if op.addr in self._pending_at(w)), None)
        if op.kind is not Kind.WRITE or word is None:
            return op
        return op._replace(data=op.data & sum(1 << i % 32 for i in set(self.pool) if i // 32 == word))

    def _pending_at(self, word: int) -> list[int]:
        return [self.array("ISPENDR", 32 * word, cpu) for cpu in range(self.model.cpu_count)]

    def _choose_pool(self) -> list[int]:
        words = [self.model.cpus[0].own, *self.model.banks]
        owned = [32 * w + i for w, bank in enumerate(words) for i in range(32) if bank.present >> i & 1]
        spis = self.rng.sample([i for i in owned if i >= 32], 10)
        return [0, 1, 7, 15, *(i for i in owned if 16 <= i < 32), *spis, *spis]

    def _owners(self) -> list[tuple[int, int]]:
        cpus = range(self.model.cpu_count)
        return [(i, cpu) for i in sorted(set(self.pool)) for cpu in (cpus if i < 32 else (0,))]

    def _priority_at(self, intid: int, cpu: int) -> int:
        base = GICR_BASE + cpu * GICR_STRIDE + SGI_FRAME if intid < 32 else 0
        return base + offset("GICD_IPRIORITYR") + intid

    def interrupt(self, lines: bool = False) -> tuple[int, int]:
        choose = [i for i in self.pool if i >= FIRST_LINE] if lines else self.pool
        intid = self.rng.choice(choose)
        return intid, self.rng.randrange(self.model.cpu_count) if intid < 32 else 0

    def priority(self, cpu: int) -> Op:
        """A free one, or the reading of what is there."""
        intid, cpu = self.interrupt()
        at = self._priority_at(intid, cpu)
        if self.rng.random() < 0.3:
            return read(at, 0) if self.rng.random() < 0.5 else read(at & ~3)
        taken = {self.model.bus_read(self._priority_at(*owner), 0) for owner in self._owners()}
        return write(at, self.rng.choice([level for level in LEVELS if level not in taken]), 0)
