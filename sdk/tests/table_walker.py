# SPDX-License-Identifier: Apache-2.0
"""Reads translation tables back, from the manual and without a line of emit/: what the MMU does.

Arm DDI 0487, D8.2 (walk) and D8.3 (descriptors); 4 KiB granule, 39-bit input, root at level 1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

SPAN_BY_LEVEL = {1: 1 << 30, 2: 1 << 21, 3: 1 << 12}


@dataclass(frozen=True)
class Leaf:
    va: int
    pa: int
    size: int
    descriptor: int

    @property
    def low(self) -> int:
        """Bits 11:2 of the descriptor."""
        return self.descriptor & 0xFFC

    @property
    def xn(self) -> bool:
        return bool(self.descriptor >> 54 & 1)


class Memory:
    def __init__(self, base: int, data: bytes) -> None:
        self.base, self.data = base, data

    def table(self, pa: int) -> tuple[int, ...]:
        assert pa % 4096 == 0
        offset = pa - self.base
        assert 0 <= offset <= len(self.data) - 4096, f"table at {pa:#x} is outside the box"
        return struct.unpack_from("<512Q", self.data, offset)


def leaves(memory: Memory, root: int, level: int = 1, va: int = 0) -> Iterator[Leaf]:
    for index, descriptor in enumerate(memory.table(root)):
        here = va + index * SPAN_BY_LEVEL[level]
        kind = descriptor & 3
        if kind in (0, 2):
            assert descriptor == 0, "an invalid entry is all zero"
        elif kind == 1 and level == 3:
            raise AssertionError("01 is reserved at level 3")
        elif kind == 3 and level < 3:
            yield from leaves(memory, descriptor & 0xFFFFFFFFF000, level + 1, here)
        else:
            size = SPAN_BY_LEVEL[level]
            pa = descriptor & 0xFFFFFFFFF000
            assert pa % size == 0, f"output {pa:#x} is not aligned to its block"
            yield Leaf(here, pa, size, descriptor)


def runs(memory: Memory, root: int) -> list[tuple[int, int, int, int]]:
    """Neighbouring leaves of equal attributes joined: (va, pa, size, attributes)."""
    joined: list[tuple[int, int, int, int]] = []
    for leaf in leaves(memory, root):
        bits = leaf.descriptor & ~0xFFFFFFFFF003
        if joined:
            va, pa, size, last = joined[-1]
            if last == bits and va + size == leaf.va and pa + size == leaf.pa:
                joined[-1] = (va, pa, size + leaf.size, bits)
                continue
        joined.append((leaf.va, leaf.pa, leaf.size, bits))
    return joined
