# SPDX-License-Identifier: Apache-2.0
"""The independent checker accepts what was admitted, and objects to arguments that were tampered with."""

from __future__ import annotations

import random
from typing import Any

import pytest
from test_analysis import random_tasks, random_windows

from bulkhead.schedule.admit import Admitted, admit
from bulkhead.schedule.supply import TableSupply
from bulkhead.schedule.tasks import Order, Task
from bulkhead.schedule.verify import objections


def plan_of(admitted: Admitted, frame: int, windows: list[tuple[int, int]], lost: int) -> dict[str, Any]:
    tasks = [
        {"name": t.name, "cost_ns": t.cost, "period_ns": t.period, "deadline_ns": t.deadline} | response
        for t, response in zip(
            admitted.tasks,
            [{"response_ns": r} for r in admitted.responses] or [{}] * len(admitted.tasks),
            strict=True,
        )
    ]
    rows = [{"begin_ns": a, "length_ns": b - a, "vcpu": 0} for a, b in windows]
    return {
        "partitions": [{"vcpus": [{"id": 0, "pcpu": 1}]}],
        "schedules": [{"pcpu": 1, "frame_ns": frame, "windows": rows}],
        "deadlines": [
            {
                "vcpu": 0,
                "order": admitted.order.value,
                "lost_ns": lost,
                "tasks": tasks,
                "looked_ns": admitted.looked,
            }
        ],
    }


def admitted_ones(order: Order, number: int) -> list[tuple[dict[str, Any], random.Random]]:
    found = []
    seed = 0
    while len(found) < number:
        dice = random.Random(seed)
        seed += 1
        frame, windows = random_windows(dice)
        lost = dice.randint(0, 2)
        supply = TableSupply(frame, windows, lost)
        tasks = random_tasks(dice, float(supply.rate))
        answer = admit(tasks, order, supply)
        if isinstance(answer, Admitted):
            found.append((plan_of(answer, frame, windows, lost), dice))
    return found


@pytest.mark.parametrize("order", Order)
def test_what_was_admitted_is_accepted(order: Order) -> None:
    for plan, _ in admitted_ones(order, 60):
        assert list(objections(plan)) == []


@pytest.mark.parametrize("order", Order)
def test_an_argument_for_more_work_does_not_hold(order: Order) -> None:
    """Work is added until the real analysis would refuse: then the old argument must be objected to."""
    tried = 0
    for plan, dice in admitted_ones(order, 40):
        (claim,) = plan["deadlines"]
        schedule = plan["schedules"][0]
        windows = [(w["begin_ns"], w["begin_ns"] + w["length_ns"]) for w in schedule["windows"]]
        supply = TableSupply(schedule["frame_ns"], windows, claim["lost_ns"])
        task = dice.choice(claim["tasks"])
        while task["cost_ns"] < task["deadline_ns"]:
            task["cost_ns"] += 1
            tasks = [
                Task(name=t["name"], cost=t["cost_ns"], period=t["period_ns"], deadline=t["deadline_ns"])
                for t in claim["tasks"]
            ]
            if not isinstance(admit(tasks, order, supply), Admitted):
                assert list(objections(plan)), plan
                tried += 1
                break
    assert tried > 20


def test_less_time_and_a_short_look_are_objected_to() -> None:
    task = Task(name="a", cost=20, period=100, deadline=100)
    other = Task(name="b", cost=10, period=70, deadline=60)
    windows = [(0, 30), (50, 80)]
    for order in Order:
        answer = admit([task, other], order, TableSupply(100, windows))
        assert isinstance(answer, Admitted)
        good = plan_of(answer, 100, windows, 0)
        assert not list(objections(good))
        assert list(objections(plan_of(answer, 100, [(0, 30)], 0)))
        assert list(objections(plan_of(answer, 100, windows, 25)))
    claim = good["deadlines"][0]
    claim["looked_ns"] = 100
    assert "deadlines were looked at until 100 ns" in next(objections(good))


def test_a_pinned_cpu_has_all_of_its_time() -> None:
    answer = admit(
        [Task(name="a", cost=90, period=100, deadline=100)], Order.FIXED_PRIORITY, TableSupply(10, [(0, 10)])
    )
    assert isinstance(answer, Admitted)
    plan = plan_of(answer, 100, [(0, 10)], 3) | {"schedules": []}
    assert not list(objections(plan))
    plan["deadlines"][0]["tasks"][0]["response_ns"] = 89
    assert list(objections(plan)) == ["vCPU 0: a: 90 ns of work may come in 89 ns, 89 ns are there"]
