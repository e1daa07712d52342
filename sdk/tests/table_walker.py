# SPDX-License-Identifier: Apache-2.0
"""Emitted tables as memory, for the walker of prove/, which does not know emit/."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from bulkhead.prove import walk
from bulkhead.prove.walk import Leaf


class Memory:
    def __init__(self, base: int, data: bytes) -> None:
        self.base, self.data = base, data

    def table(self, pa: int) -> tuple[int, ...]:
        assert pa % 4096 == 0
        offset = pa - self.base
        assert 0 <= offset <= len(self.data) - 4096, f"table at {pa:#x} is outside the box"
        return struct.unpack_from("<512Q", self.data, offset)


def leaves(memory: Memory, root: int) -> Iterator[Leaf]:
    return walk.leaves(memory.table, root)


def runs(memory: Memory, root: int) -> list[tuple[int, int, int, int]]:
    """Neighbouring leaves of equal attributes joined: (va, pa, size, attributes)."""
    return walk.runs(memory.table, root)
