# SPDX-License-Identifier: Apache-2.0
"""What is to be scheduled, as the analysis sees it. Every time is a whole number of nanoseconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Sporadic: its jobs are released at least `period` apart, run for at most `cost`, and must be done
    within `deadline` of their release, which is not longer than the period.
    """

    name: str
    cost: int
    period: int
    deadline: int

    def __post_init__(self) -> None:
        if not 0 < self.cost <= self.deadline <= self.period:
            raise ValueError(f"{self.name}: 0 < cost <= deadline <= period must hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a virtual CPU asks of a shared CPU: `budget` in every `period`, done within `deadline` of its
    begin.

    `jitter`: by how much the begin of its first window may differ from period to period; None: at will.
    A request with a jitter is never divided within a period.
    """

    name: str
    period: int
    budget: int
    deadline: int
    jitter: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.budget <= self.deadline <= self.period:
            raise ValueError(f"{self.name}: 0 < budget <= deadline <= period must hold")


class Order(Enum):
    """Which of the ready jobs runs."""

    FIXED_PRIORITY = "fixed-priority"  # tasks are listed from the highest priority to the lowest
    EDF = "edf"  # the one with the earliest deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A deadline that nothing guarantees: `task` would be done `late` too late, counted from its release.

    `needed` is the work that must be done within `interval`, `supplied` what is certain to be there.
    """

    task: str
    interval: int
    needed: int
    supplied: int


def utilisation(tasks: Iterable[Task]) -> Fraction:
    """The share of a CPU that they ask for."""
    return sum((Fraction(task.cost, task.period) for task in tasks), Fraction(0))
