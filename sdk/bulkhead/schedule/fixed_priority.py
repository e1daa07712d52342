# SPDX-License-Identifier: Apache-2.0
"""Response times under fixed priorities: of tasks in a supply, and of servers on a physical CPU.

A response time is the smallest interval whose certain supply covers what can come before the job is done:
Joseph and Pandya 1986 for a whole CPU; with a supply the sum is compared with what the supply is certain
to give. Jobs are sporadic and their deadlines are not longer than their periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulkhead.schedule.supply import Supply
from bulkhead.schedule.tasks import Miss, Task


def response_times(tasks: Sequence[Task], supply: Supply) -> list[int | Miss]:
    """Of each task, from the highest priority to the lowest; a Miss where it may be after the deadline."""
    return [_response(task, tasks[:place], supply) for place, task in enumerate(tasks)]


def work(task: Task, above: Sequence[Task], interval: int) -> int:
    """What must be done before a job of `task` is, if it takes that long: itself and all above it."""
    return task.cost + sum(-(-interval // other.period) * other.cost for other in above)


def _response(task: Task, above: Sequence[Task], supply: Supply) -> int | Miss:
    interval = supply.within(task.cost) if supply.rate else task.deadline + 1
    while interval <= task.deadline:
        longer = supply.within(work(task, above, interval))
        if longer <= interval:
            return longer
        interval = longer
    return Miss(
        task=task.name, interval=task.deadline, needed=work(task, above, task.deadline),
        supplied=supply.least(task.deadline),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A budget per period for one virtual CPU. A deferrable one keeps its budget until the period's end, so
    that it can use two in a row; a sporadic one gets back what it used a period after it began to use it.
    """

    name: str
    budget: int
    period: int
    deadline: int
    deferrable: bool


def server_responses(servers: Sequence[Server], cost: int) -> list[int | Miss]:
    """How late after its release a whole budget is used up at worst, from the highest priority to the
    lowest. `cost`: what EL2 takes for each budget, switching to and from it included.
    """
    return [_server_response(server, servers[:place], cost) for place, server in enumerate(servers)]


def server_work(server: Server, above: Sequence[Server], cost: int, interval: int) -> int:
    """Budgets and costs that can come in `interval` before `server` has had its own."""
    total = server.budget + cost
    for other in above:
        early = other.period - other.budget if other.deferrable else 0
        total += -(-(interval + early) // other.period) * (other.budget + cost)
    return total


def _server_response(server: Server, above: Sequence[Server], cost: int) -> int | Miss:
    interval = server.budget + cost
    while interval <= server.deadline:
        longer = server_work(server, above, cost, interval)
        if longer == interval:
            return interval
        interval = longer
    needed = server_work(server, above, cost, server.deadline)
    return Miss(task=server.name, interval=server.deadline, needed=needed, supplied=server.deadline)
