# SPDX-License-Identifier: Apache-2.0
"""A virtual CPU's tasks admitted in its supply, with the argument that an independent checker can follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulkhead.schedule import edf
from bulkhead.schedule.fixed_priority import response_times
from bulkhead.schedule.supply import Supply
from bulkhead.schedule.tasks import Miss, Order, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """`responses`: of each task the longest time to its end, under fixed priorities. `looked`: the longest
    interval whose demand was compared, under EDF.
    """

    tasks: tuple[Task, ...]
    order: Order
    responses: tuple[int, ...] = ()
    looked: int = 0


def admit(tasks: Sequence[Task], order: Order, supply: Supply) -> Admitted | list[Miss]:
    """Every deadline that is not guaranteed, or the argument that all are. Raises edf.TooLong."""
    if order is Order.EDF:
        miss = edf.first_miss(tasks, supply)
        return [miss] if miss else Admitted(
            tasks=tuple(tasks), order=order, looked=edf.bound(tasks, supply) if tasks else 0
        )  # fmt: skip
    answers = response_times(tasks, supply)
    misses = [answer for answer in answers if isinstance(answer, Miss)]
    if misses:
        return misses
    return Admitted(
        tasks=tuple(tasks), order=order, responses=tuple(a for a in answers if not isinstance(a, Miss))
    )
