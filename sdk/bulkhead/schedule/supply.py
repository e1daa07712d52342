# SPDX-License-Identifier: Apache-2.0
"""How much time a virtual CPU is certain to get in any interval of a given length: supply-bound functions.

The interval may begin at the worst moment. Shin and Lee, "Periodic Resource Model for Compositional
Real-Time Guarantees", RTSS 2003, has the idea; for a table the function is exact.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol


class Supply(Protocol):
    @property
    def frame(self) -> int:
        """After how long it repeats."""

    @property
    def rate(self) -> Fraction:
        """The share of the CPU in the long run."""

    @property
    def delay(self) -> Fraction:
        """`least(t) >= rate * (t - delay)` for every t."""

    def least(self, length: int) -> int:
        """The time that is there in every interval of that length."""

    def within(self, amount: int) -> int:
        """The length of an interval in which that much is certain to be there; it must be positive."""


@dataclass(frozen=True, slots=True)
class WholeCpu:
    """A physical CPU of one's own."""

    frame: int = 1
    rate: Fraction = Fraction(1)
    delay: Fraction = Fraction(0)

    def least(self, length: int) -> int:
        return max(0, length)

    def within(self, amount: int) -> int:
        return amount


class TableSupply:
    """Windows (begin, end) of a frame that repeats. `cost` is lost at the begin of each, to EL2."""

    def __init__(self, frame: int, windows: Iterable[tuple[int, int]], cost: int = 0) -> None:
        """Windows must lie within the frame and not overlap. What touches is one window."""
        self.frame = frame
        self.windows = tuple(
            (begin + cost, end) for begin, end in _joined(frame, windows) if begin + cost < end
        )
        self._ends = [end for _, end in self.windows]
        self._sums = [0]
        for begin, end in self.windows:
            self._sums.append(self._sums[-1] + end - begin)

    @property
    def rate(self) -> Fraction:
        return Fraction(self._sums[-1], self.frame)

    @property
    def delay(self) -> Fraction:
        """A frame: in any interval, only what is more than whole frames is uncertain."""
        return Fraction(self.frame)

    def until(self, time: int) -> int:
        """What is supplied in [0, time)."""
        frames, rest = divmod(time, self.frame)
        index = bisect_right(self._ends, rest)
        partial = 0
        if index < len(self.windows):
            partial = max(0, rest - self.windows[index][0])
        return frames * self._sums[-1] + self._sums[index] + partial

    def least(self, length: int) -> int:
        """The worst intervals begin where a window ends."""
        if length <= 0 or not self.windows:
            return 0
        return min(self.until(end + length) - self.until(end) for end in self._ends)

    def within(self, amount: int) -> int:
        if not self.windows:
            raise ValueError("a virtual CPU without a window gets no time")
        return max(self._after(end, amount) - end for end in self._ends)

    def _after(self, time: int, amount: int) -> int:
        """The moment at which that much was supplied since `time`."""
        wanted = self.until(time) + amount
        frames, rest = divmod(wanted - 1, self._sums[-1])
        index = bisect_right(self._sums, rest) - 1
        return frames * self.frame + self.windows[index][0] + rest - self._sums[index] + 1


def _joined(frame: int, windows: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order, and one where two touch. Around the frame's end nothing is joined: that is pessimistic."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(windows):
        if not 0 <= begin < end <= frame or (found and begin < found[-1][1]):
            raise ValueError(f"the window {begin}..{end} overlaps another, or its frame's end")
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSupply:
    """A budget in every period, done within `deadline` of the period's begin."""

    budget: int
    period: int
    deadline: int

    @property
    def frame(self) -> int:
        return self.period

    @property
    def rate(self) -> Fraction:
        return Fraction(self.budget, self.period)

    @property
    def delay(self) -> Fraction:
        return Fraction(self.period + self.deadline - 2 * self.budget)

    def least(self, length: int) -> int:
        """At worst one period's budget came at its begin, and the next one comes as late as it may."""
        periods, rest = divmod(length - int(self.delay), self.period)
        return max(0, periods * self.budget + min(rest, self.budget))

    def within(self, amount: int) -> int:
        periods, rest = divmod(amount - 1, self.budget)
        return int(self.delay) + periods * self.period + rest + 1
