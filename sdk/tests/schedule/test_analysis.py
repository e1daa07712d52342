# SPDX-License-Identifier: Apache-2.0
"""The analysis against an exact simulator: what it admits never misses, what it refuses as EDF does."""

from __future__ import annotations

import random
from fractions import Fraction
from math import lcm

import pytest
from simulator import first_late_job

from bulkhead.schedule.edf import TooLong, bound, demand, first_miss
from bulkhead.schedule.fixed_priority import Server, response_times, server_responses
from bulkhead.schedule.supply import ServerSupply, Supply, TableSupply, WholeCpu
from bulkhead.schedule.tasks import Miss, Order, Task, utilisation

PERIODS = (20, 40, 50, 80, 100, 200, 400)
SAMPLE, ALL = 120, 1000


def random_windows(dice: random.Random) -> tuple[int, list[tuple[int, int]]]:
    frame = dice.choice((40, 50, 80, 100))
    edges = sorted(dice.sample(range(frame + 1), 2 * dice.randint(1, 4)))
    return frame, list(zip(edges[::2], edges[1::2], strict=True))


def random_tasks(dice: random.Random, rate: float) -> list[Task]:
    number = dice.randint(1, 4)
    tasks = []
    for index in range(number):
        period = dice.choice(PERIODS)
        cost = max(1, int(period * rate * dice.uniform(0.2, 1.1) / number))
        cost = min(cost, period)
        tasks.append(
            Task(
                name=f"t{index}",
                cost=cost,
                period=period,
                deadline=dice.randint(max(cost, period // 2), period),
            )
        )
    return sorted(tasks, key=lambda task: task.deadline)


def brute_least(frame: int, windows: list[tuple[int, int]], length: int) -> int:
    is_open = [any(a <= n % frame < b for a, b in windows) for n in range(2 * frame + length)]
    return min(sum(is_open[start : start + length]) for start in range(frame))


@pytest.mark.parametrize("seed", range(20))
def test_the_supply_of_a_table_is_exact(seed: int) -> None:
    dice = random.Random(seed)
    frame, windows = random_windows(dice)
    supply = TableSupply(frame, windows)
    for length in range(0, 3 * frame):
        least = brute_least(frame, windows, length)
        assert supply.least(length) == least, (frame, windows, length)
        assert least >= supply.rate * (length - supply.delay)
        if least:
            assert supply.within(least) <= length
            assert brute_least(frame, windows, supply.within(least)) == least
            assert brute_least(frame, windows, supply.within(least) - 1) == least - 1


def test_what_el2_takes_is_taken_from_each_window() -> None:
    supply = TableSupply(100, [(0, 10), (10, 30), (50, 53)], cost=5)
    assert supply.windows == ((5, 30),)  # what touches is one window; one shorter than the cost is none
    assert supply.rate == Fraction(25, 100)


def test_a_servers_supply_is_that_of_its_worst_table() -> None:
    server = ServerSupply(budget=3, period=10, deadline=8)
    worst = TableSupply(20, [(0, 3), (15, 18)])  # early in one period, late in the next
    for length in range(1, 15):
        assert server.least(length) == brute_least(20, list(worst.windows), length) or length > 12
    assert [server.least(n) for n in (12, 13, 15, 22, 23)] == [0, 1, 3, 3, 4]
    assert all(server.least(server.within(n)) == n > server.least(server.within(n) - 1) for n in range(1, 20))


def starts_and_offsets(
    dice: random.Random, tasks: list[Task], frame: int, windows: list[tuple[int, int]]
) -> list[tuple[int, list[int]]]:
    """Everything at once where a window ends, and some at random."""
    found = [(end, [0] * len(tasks)) for _, end in windows]
    for _ in range(3):
        found.append((dice.randrange(frame), [dice.randrange(task.period) for task in tasks]))
    return found


def misses(
    dice: random.Random, tasks: list[Task], order: Order, frame: int, windows: list[tuple[int, int]]
) -> list[tuple[str, int]]:
    horizon = 2 * lcm(frame, *(task.period for task in tasks))
    found = [
        first_late_job(tasks, order, frame, windows, offsets, start, start + horizon)
        for start, offsets in starts_and_offsets(dice, tasks, frame, windows)
    ]
    return [miss for miss in found if miss is not None]


@pytest.mark.parametrize("order", Order)
def test_what_is_admitted_never_misses(order: Order, request: pytest.FixtureRequest) -> None:
    admitted = refused = refuted = 0
    for seed in range(ALL if request.config.getoption("--long") else SAMPLE):
        dice = random.Random(seed)
        frame, windows = random_windows(dice)
        supply = TableSupply(frame, windows)
        tasks = random_tasks(dice, float(supply.rate))
        found = misses(dice, tasks, order, frame, windows)
        if is_admitted(tasks, supply, order):
            admitted += 1
            assert not found, f"seed {seed}: {tasks} in {windows} of {frame}"
        else:
            refused += 1
            refuted += bool(found)
            if order is Order.EDF:  # the test is exact
                assert found, f"seed {seed}: {tasks} in {windows} of {frame} never misses"
    print(
        f"{order.value}: {admitted} sets admitted, {refused} refused, {refuted} of these miss when simulated"
    )
    assert admitted > 20 and refused > 20 and refuted > refused / 2


def is_admitted(tasks: list[Task], supply: Supply, order: Order) -> bool:
    if order is Order.EDF:
        return first_miss(tasks, supply) is None
    return not any(isinstance(answer, Miss) for answer in response_times(tasks, supply))


def test_known_response_times() -> None:
    tasks = [
        Task(name="a", cost=1, period=4, deadline=4),
        Task(name="b", cost=2, period=6, deadline=6),
        Task(name="c", cost=3, period=13, deadline=13),
    ]
    assert response_times(tasks, WholeCpu()) == [1, 3, 10]
    assert first_miss(tasks, WholeCpu()) is None
    tasks[2] = Task(name="c", cost=3, period=13, deadline=9)
    assert response_times(tasks, WholeCpu())[2] == Miss(task="c", interval=9, needed=10, supplied=9)


def test_edf_refuses_at_the_first_interval() -> None:
    tasks = [Task(name="a", cost=3, period=6, deadline=4), Task(name="b", cost=3, period=8, deadline=5)]
    assert utilisation(tasks) == Fraction(7, 8)
    assert first_miss(tasks, WholeCpu()) == Miss(task="b", interval=5, needed=6, supplied=5)
    assert demand(tasks, 5) == 6 and bound(tasks, WholeCpu()) >= 5
    assert first_miss([], WholeCpu()) is None


def test_a_set_that_would_take_too_long_is_not_guessed_at() -> None:
    tasks = [
        Task(name="often", cost=1, period=10, deadline=10),
        Task(name="rarely", cost=899_999_990, period=1_000_000_000, deadline=999_999_999),
    ]
    with pytest.raises(TooLong):
        first_miss(tasks, WholeCpu())


def test_servers_answer_in_time_with_what_el2_takes() -> None:
    def server(name: str, budget: int, period: int, deferrable: bool = False) -> Server:
        return Server(name=name, budget=budget, period=period, deadline=period, deferrable=deferrable)

    assert server_responses([server("a", 2, 10), server("b", 3, 10)], 0) == [2, 5]
    assert server_responses([server("a", 2, 10), server("b", 3, 10)], 1) == [3, 7]
    assert server_responses([server("a", 2, 10, True), server("b", 6, 20)], 0) == [2, 10]  # twice in a row
    assert server_responses([server("a", 6, 10), server("b", 5, 10)], 0)[1] == Miss(
        task="b", interval=10, needed=11, supplied=10
    )
