# SPDX-License-Identifier: Apache-2.0
"""What a physical and a virtual CPU interface share: masks, binary points, active priorities.

IHI 0069, "Priority grouping", "Preemption", "Priority drop", "Active priorities".
"""

from __future__ import annotations

IDLE = 0xFF  # running priority while nothing is active
BPR0_MIN, BPR1_MIN = 2, 3  # with five priority bits; group 1's counts one further


class Interface:
    __slots__ = ("ap", "bpr", "cbpr", "eoi_mode", "group_on", "pmr")

    def __init__(self) -> None:
        self.pmr = 0
        self.bpr = [BPR0_MIN, BPR1_MIN]
        self.cbpr = False
        self.eoi_mode = False
        self.group_on = [False, False]
        self.ap = [0, 0]

    def write_pmr(self, value: int) -> None:
        self.pmr = value & 0xF8

    def write_bpr(self, group: int, value: int) -> None:
        """BPR1 is read-only while CBPR is set."""
        if group and self.cbpr:
            return
        self.bpr[group] = max(value & 7, BPR1_MIN if group else BPR0_MIN)

    def read_bpr(self, group: int) -> int:
        return min(self.bpr[0] + 1, 7) if group and self.cbpr else self.bpr[group]

    def group_priority(self, group: int, priority: int) -> int:
        """The part of a priority that preempts. Group 0: bits 7 to BPR0 + 1; group 1: bits 7 to BPR1."""
        lowest = self.bpr[1] if group and not self.cbpr else self.bpr[0] + 1
        return priority >> lowest << lowest

    @property
    def running(self) -> int:
        low = self.ap[0] & -self.ap[0]
        other = self.ap[1] & -self.ap[1]
        if not low and not other:
            return IDLE
        return (min(x for x in (low, other) if x).bit_length() - 1) * 8

    @property
    def running_group(self) -> int | None:
        """Group of the highest active priority; group 0 of equals."""
        low, other = self.ap[0] & -self.ap[0], self.ap[1] & -self.ap[1]
        if not low and not other:
            return None
        return 1 if other and (not low or other < low) else 0

    def can_signal(self, group: int, priority: int) -> bool:
        if priority >= self.pmr:
            return False
        running = self.running
        return running == IDLE or self.group_priority(group, priority) < self.group_priority(group, running)

    def raise_priority(self, group: int, priority: int) -> None:
        self.ap[group] |= 1 << (self.group_priority(group, priority) >> 3)

    def drop(self, group: int) -> None:
        self.ap[group] &= self.ap[group] - 1
