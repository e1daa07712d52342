# SPDX-License-Identifier: Apache-2.0
"""32 interrupts and their state machine: IHI 0069, "Interrupt handling state machine"; IHI 0048, "Interrupt
handling state machine"."""

from __future__ import annotations

WORD = 0xFFFF_FFFF
PRIORITY_MASK = 0xF8  # five implemented bits


class Bank:
    """Each attribute has a bit an interrupt, but for `priority`."""

    __slots__ = ("active", "edge", "edge_fixed", "enabled", "group", "latch", "line", "priority")

    def __init__(self, edge_fixed: int = 0) -> None:
        self.group = self.enabled = self.latch = self.active = self.line = 0
        self.edge = self.edge_fixed = edge_fixed
        self.priority = [0] * 32

    @property
    def pending(self) -> int:
        """Of a level-triggered interrupt the line counts, and what software wrote."""
        return self.latch | (self.line & ~self.edge)

    def set_line(self, n: int, level: bool) -> None:
        bit = 1 << n
        if level and not self.line & bit and self.edge & bit:
            self.latch |= bit
        self.line = self.line | bit if level else self.line & ~bit

    def activate(self, n: int) -> None:
        """Acknowledged. A level that is still high makes it active and pending."""
        self.latch &= ~(1 << n)
        self.active |= 1 << n

    def deactivate(self, n: int) -> None:
        self.active &= ~(1 << n)

    # ---- arrays: IGROUPR (1), ISENABLER, ICENABLER, ISPENDR, ICPENDR, ISACTIVER, ICACTIVER (7) ----

    def read_bits(self, array: int) -> int:
        return (
            0,
            self.group,
            self.enabled,
            self.enabled,
            self.pending,
            self.pending,
            self.active,
            self.active,
        )[array]

    def write_bits(self, array: int, value: int) -> None:
        if array == 1:
            self.group = value
        elif array == 2:
            self.enabled |= value
        elif array == 3:
            self.enabled &= ~value
        elif array == 4:
            self.latch |= value
        elif array == 5:
            self.latch &= ~value
        elif array == 6:
            self.active |= value
        elif array == 7:
            self.active &= ~value

    def read_config(self, half: int) -> int:
        """ICFGR of 16 interrupts: the upper bit of two is 1 for an edge, the lower one is 0."""
        return sum(2 << 2 * i for i in range(16) if self.edge >> 16 * half + i & 1)

    def write_config(self, half: int, value: int) -> None:
        for i in range(16):
            bit = 1 << 16 * half + i
            self.edge = self.edge | bit if value >> 2 * i + 1 & 1 else self.edge & ~bit
        self.edge |= self.edge_fixed

    def read_priority(self, first: int, size: int) -> int:
        return sum(self.priority[first + i] << 8 * i for i in range(size))

    def write_priority(self, first: int, size: int, value: int) -> None:
        for i in range(size):
            self.priority[first + i] = value >> 8 * i & PRIORITY_MASK


def bits_of(mask: int) -> list[int]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
