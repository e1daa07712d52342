# SPDX-License-Identifier: Apache-2.0
"""Allocation as properties: whatever is asked for, what comes out is apart, aligned and the same again."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from plans import make_partition, make_plan

from bulkhead.check.memory import nothing_overlaps
from bulkhead.elaborate.allocate import Range, alignment, allocate, free_ranges
from bulkhead.model.sizes import round_up
from bulkhead.model.system import Partition

MIB = 1 << 20
BANKS = [(0x4000_0000, 0x4400_0000), (0x8000_0000, 0x8200_0000)]  # 64 and 32 MiB
ranges = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda r: (r[0], r[0] + r[1])), max_size=8
)
sizes = st.sampled_from([0x2_0000, 0x4_1000, 2 * MIB, 3 * MIB, 5 * MIB, 16 * MIB, 30 * MIB, 40 * MIB])
demands = st.lists(sizes, min_size=1, max_size=10)


def partitions(asked: list[int]) -> list[Partition]:
    return [make_partition(i, f"p{i}", ram_pa=0, ram_size=size) for i, size in enumerate(asked)]


def fits(asked: list[int]) -> bool:
    return not allocate(partitions(asked), BANKS, [])[1]


@given(demands)
def test_places_are_apart_aligned_and_in_memory(asked: list[int]) -> None:
    placed, diags = allocate(partitions(asked), BANKS, [])
    homes = sorted((p.ram_pa, p.ram_pa + round_up(p.ram_size)) for p in placed if p.ram_pa)
    assert all(a[1] <= b[0] for a, b in pairwise(homes))
    assert all(any(low <= base and end <= high for low, high in BANKS) for base, end in homes)
    assert all(p.ram_pa % alignment(p.ram_size) == 0 for p in placed)
    assert len(diags) == sum(p.ram_pa == 0 for p in placed)
    assert allocate(partitions(asked), BANKS, []) == (placed, diags)


@given(demands)
def test_what_was_pinned_stays_and_everybody_else_too(asked: list[int]) -> None:
    """The places of one run, fixed for the next, give the same plan."""
    placed, diags = allocate(partitions(asked), BANKS, [])
    if diags:
        return
    for count in range(len(placed) + 1):
        pinned = [
            replace(p, ram_pa=q.ram_pa, ram_fixed=True)
            for p, q in zip(partitions(asked), placed, strict=True)
        ]
        again, _ = allocate([*pinned[:count], *partitions(asked)[count:]], BANKS, [])
        assert [p.ram_pa for p in again] == [p.ram_pa for p in placed]


@given(demands)
def test_a_later_slot_moves_no_earlier_one(asked: list[int]) -> None:
    placed, _ = allocate(partitions(asked), BANKS, [])
    fewer, _ = allocate(partitions(asked)[:-1], BANKS, [])
    assert [p.ram_pa for p in placed[:-1]] == [p.ram_pa for p in fewer]


@given(demands)
def test_what_cannot_be_met_together_is_the_smallest_set(asked: list[int]) -> None:  # answers microkit#250
    """Those named do not fit; without any one of them the others do."""
    wanted = partitions(asked)
    _, diags = allocate(wanted, BANKS, [])
    for finding in diags:
        named = [p for p in wanted if any(span == p.span("ram_size") for span, _ in finding.notes)]
        if not named or len(named) > 4:
            continue
        assert not fits([p.ram_size for p in named])
        for out in named:
            assert fits([p.ram_size for p in named if p is not out])


@given(ranges, ranges)
def test_what_is_free_is_what_nobody_has(memory: list[Range], taken: list[Range]) -> None:
    """Against a list of every single address."""
    there = {n for base, end in memory for n in range(base, end)}
    gone = {n for base, end in taken for n in range(base, end)}
    found = free_ranges(memory, taken)
    assert {n for base, end in found for n in range(base, end)} == there - gone
    assert all(base < end for base, end in found)


@given(ranges)
def test_the_map_finds_every_overlap(asked: list[Range]) -> None:
    """BH-MEM-002, against each pair looked at."""
    plan = make_plan()
    base = 0x5000_0000  # where nothing else is
    claims = [
        replace(
            plan.claims[0],
            base=base + low * 0x1000,
            size=(high - low) * 0x1000,
            kind="reserved",
            owner="",
            label=f"r{i}",
        )
        for i, (low, high) in enumerate(asked)
        if low < high
    ]
    found = nothing_overlaps(
        replace(plan, claims=tuple(sorted([*plan.claims, *claims], key=lambda c: c.base)))
    )
    pairs = {
        frozenset((a.label, b.label))
        for a in claims
        for b in claims
        if a is not b and a.base < b.end and b.base < a.end
    }
    said = [frozenset(re.findall(r"\br\d+\b", d.text)) for d in found]
    assert sorted(map(sorted, said)) == sorted(map(sorted, pairs))
