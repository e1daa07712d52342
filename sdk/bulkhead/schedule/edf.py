# SPDX-License-Identifier: Apache-2.0
"""The exact demand-bound test for EDF: Baruah, Mok and Rosier 1990, with a supply instead of a CPU.

In every interval, what is released and due within it must not be more than what is certain to be there.
Only lengths at which a deadline falls matter, and only up to a bound that the rates give.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm

from bulkhead.schedule.supply import Supply
from bulkhead.schedule.tasks import Miss, Task, utilisation

DEADLINES_MAX = 200_000  # more are not tested: the set is refused


class TooLong(Exception):
    """The rates are so close to each other that the test would take more steps than it may."""


def demand(tasks: Sequence[Task], interval: int) -> int:
    """The most work that is released and due within an interval of that length."""
    return sum(
        ((interval - task.deadline) // task.period + 1) * task.cost
        for task in tasks
        if interval >= task.deadline
    )


def bound(tasks: Sequence[Task], supply: Supply) -> int:
    """Where every longer interval fits if all shorter ones do; they must not ask for more than there is."""
    asked, rate = utilisation(tasks), supply.rate
    assert asked <= rate
    slack = sum((Fraction(t.cost, t.period) * (t.period - t.deadline) for t in tasks), Fraction(0))
    bounds = []
    if asked < rate:
        bounds.append((slack + rate * supply.delay) / (rate - asked))
    hyperperiod = lcm(supply.frame, *(task.period for task in tasks))
    bounds.append(Fraction(hyperperiod + max(task.deadline for task in tasks)) + supply.delay)
    return int(min(bounds)) + 1


def first_miss(tasks: Sequence[Task], supply: Supply) -> Miss | None:
    """The shortest interval whose demand may not be met; None if there is none. Raises TooLong."""
    if not tasks:
        return None
    if utilisation(tasks) > supply.rate:
        return _first(tasks, supply, None)
    return _first(tasks, supply, bound(tasks, supply))


def _first(tasks: Sequence[Task], supply: Supply, limit: int | None) -> Miss | None:
    total = 0
    for number, (due, tasks_due) in enumerate(_deadlines(tasks)):
        if limit is not None and due > limit:
            return None
        if number > DEADLINES_MAX:
            raise TooLong
        total += sum(task.cost for task in tasks_due)
        supplied = supply.least(due)
        if total > supplied:
            names = ", ".join(task.name for task in tasks_due)
            return Miss(task=names, interval=due, needed=total, supplied=supplied)
    raise AssertionError("deadlines never end")


def _deadlines(tasks: Sequence[Task]) -> Iterator[tuple[int, list[Task]]]:
    """Each length at which deadlines fall, in order, with whose they are."""
    coming = [(task.deadline, place) for place, task in enumerate(tasks)]
    heapq.heapify(coming)
    while True:
        due = coming[0][0]
        found = []
        while coming[0][0] == due:
            task = tasks[coming[0][1]]
            found.append(task)
            heapq.heapreplace(coming, (due + task.period, coming[0][1]))
        yield due, found
