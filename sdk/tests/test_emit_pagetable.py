# SPDX-License-Identifier: Apache-2.0
"""emit/pagetable.py: an independent walker reads back what went in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from table_walker import Memory, leaves, runs

from bulkhead.emit.pagetable import Mapping, TableSet

BASE = 0x4030_0000
GIB, MIB2, PAGE = 1 << 30, 1 << 21, 1 << 12
RW = 1 << 10 | 0b11 << 6


def one(va: int, pa: int, size: int, attributes: int = RW) -> Mapping:
    return Mapping(va=va, pa=pa, size=size, attributes=attributes)


def built(*mappings: Mapping) -> tuple[Memory, int]:
    tables = TableSet(BASE)
    root = tables.add_root(mappings)
    return Memory(BASE, tables.to_bytes()), root


def sizes(memory: Memory, root: int) -> list[int]:
    return [leaf.size for leaf in leaves(memory, root)]


def test_an_aligned_gibibyte_is_one_block() -> None:
    memory, root = built(one(GIB, 2 * GIB, GIB))
    assert sizes(memory, root) == [GIB]
    assert len(memory.data) == PAGE


def test_blocks_need_the_output_aligned_too() -> None:
    memory, root = built(one(MIB2, MIB2 + PAGE, MIB2))
    assert sizes(memory, root) == [PAGE] * 512


def test_the_edges_of_a_big_range_are_pages_and_its_middle_blocks() -> None:
    memory, root = built(one(GIB - PAGE, GIB - PAGE, GIB + MIB2 + 2 * PAGE))
    assert sizes(memory, root) == [PAGE, GIB, MIB2, PAGE]


def test_equal_tables_are_made_once() -> None:
    tables = TableSet(BASE)
    low, extra = one(0, 0, PAGE), one(4 * GIB, 4 * GIB, PAGE)
    first = tables.add_root([low])
    again = tables.add_root([low])
    more = tables.add_root([low, extra])
    assert first == again != more
    # one root and its two tables; another root that shares them and has two of its own
    assert len(tables.to_bytes()) == (3 + 3) * PAGE


@pytest.mark.parametrize(
    "mappings",
    [
        [one(0, 0, PAGE + 1)],
        [one(8, 0, PAGE)],
        [one(0, 0, 2 * PAGE), one(PAGE, 0, PAGE)],
        [one((1 << 39) - PAGE, 0, 2 * PAGE)],
        [one(0, 0, PAGE, attributes=1)],
    ],
)
def test_what_makes_no_sense_is_refused(mappings: list[Mapping]) -> None:
    with pytest.raises(ValueError):
        built(*mappings)


@st.composite
def address_spaces(draw: st.DrawFn) -> list[Mapping]:
    """Up to six ranges that do not touch one another, of every alignment."""
    unit = st.sampled_from([PAGE, 7 * PAGE, MIB2, MIB2 + PAGE, GIB, GIB - PAGE])
    found, va = [], 0
    for number in range(draw(st.integers(0, 6))):
        size = draw(unit)
        align = draw(st.sampled_from([MIB2, GIB] if size > GIB // 2 else [PAGE, MIB2, GIB]))
        va = -(-(va + draw(unit)) // align) * align
        # A whole GiB in pages is 262144 entries: slow, and no other case than some MiB of them.
        pa_align = draw(st.sampled_from([MIB2, GIB] if size > GIB // 2 else [PAGE, MIB2, GIB]))
        pa = draw(st.integers(0, 64)) * pa_align
        found.append(one(va, pa, size, RW | number << 54))
        va += size
    return found


@given(address_spaces())
def test_the_walker_reads_back_exactly_what_was_mapped(space: list[Mapping]) -> None:
    memory, root = built(*space)
    assert runs(memory, root) == [(m.va, m.pa, m.size, m.attributes) for m in space]


@given(address_spaces())
def test_the_order_of_the_input_does_not_matter(space: list[Mapping]) -> None:
    forward, _ = built(*space)
    backward, _ = built(*reversed(space))
    assert forward.data == backward.data
