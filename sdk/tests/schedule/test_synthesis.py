# SPDX-License-Identifier: Apache-2.0
"""Tables made from requests: every budget is in every period, or the answer says who does not fit."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import pytest

from bulkhead.schedule.synthesis import NoTable, Table, make_table
from bulkhead.schedule.tasks import Request


def request(
    name: str, budget: int, period: int, deadline: int | None = None, jitter: int | None = None
) -> Request:
    return Request(name=name, budget=budget, period=period, deadline=deadline or period, jitter=jitter)


def wrong_with(table: Table, requests: list[Request], shortest: int) -> list[str]:
    """What the table owes to somebody, counted window by window."""
    found = [f"{a} and {b} overlap" for a, b in pairwise(table.parts) if b.begin < a.end]
    found += [f"{part} is too short" for part in table.parts if part.end - part.begin < shortest]
    found += [
        f"{part} is not in the frame" for part in table.parts if not 0 <= part.begin < part.end <= table.frame
    ]
    for r in requests:
        begins = []
        for begin in range(0, table.frame, r.period):
            inside = [
                (max(p.begin, begin), min(p.end, begin + r.deadline))
                for p in table.parts
                if p.name == r.name and p.begin < begin + r.deadline and p.end > begin
            ]
            if sum(b - a for a, b in inside) != r.budget:
                found.append(f"{r.name} has {inside} in the period at {begin}")
            begins.append(inside[0][0] - begin if inside else -1)
        if r.jitter is not None and max(begins) - min(begins) > r.jitter:
            found.append(f"{r.name} begins at {begins}")
    return found


def test_a_table_by_hand() -> None:
    table = make_table([request("a", 2, 10), request("b", 5, 20)], 1)
    assert isinstance(table, Table) and table.frame == 20
    assert [(p.begin, p.end, p.name) for p in table.parts] == [(0, 2, "a"), (2, 7, "b"), (10, 12, "a")]


def test_who_may_not_begin_late_has_one_offset() -> None:
    requests = [request("a", 4, 10), request("b", 3, 20, jitter=0), request("c", 2, 10, jitter=0)]
    table = make_table(requests, 1)
    assert isinstance(table, Table) and not wrong_with(table, requests, 1)


def test_too_much_is_told_with_who_and_when() -> None:
    found = make_table([request("a", 6, 10), request("b", 5, 10), request("c", 1, 100)], 1)
    assert isinstance(found, NoTable)
    assert (found.names, found.begin, found.end, found.needed) == (("a", "b"), 0, 10, 11)


def test_periods_without_a_short_multiple() -> None:
    found = make_table([request("a", 1, 999_999_937), request("b", 1, 999_999_929)], 1)
    assert isinstance(found, NoTable) and "common multiple" in found.why


def test_no_offset_is_left() -> None:
    found = make_table([request("a", 6, 10, jitter=0), request("b", 6, 20, jitter=0)], 1)
    assert isinstance(found, NoTable) and "no offset is free" in found.why and found.names == ("b", "a")


@pytest.mark.parametrize("shortest", [1, 3])
def test_random_requests(shortest: int) -> None:
    made = none = 0
    for seed in range(400):
        dice = random.Random(seed)
        requests = []
        for index in range(dice.randint(1, 5)):
            period = dice.choice((20, 40, 50, 100))
            budget = dice.randint(shortest, max(shortest, period // 3))
            jitter = dice.choice((None, None, None, 0))
            requests.append(
                request(f"r{index}", budget, period, dice.randint(max(budget, period // 2), period), jitter)
            )
        table = make_table(requests, shortest)
        assert table == make_table(requests, shortest)
        if isinstance(table, Table):
            made += 1
            assert not wrong_with(table, requests, shortest), seed
        else:
            none += 1
            asked = sum(Fraction(r.budget, r.period) for r in requests)
            if shortest == 1 and all(
                r.jitter is None for r in requests
            ):  # EDF finds a place where there is one
                assert table.needed > table.end - table.begin, (seed, float(asked))
    print(f"{made} tables, {none} refused")
    assert made > 100 and none > 30
