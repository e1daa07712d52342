# SPDX-License-Identifier: Apache-2.0
"""Armv8 translation tables as bytes: 4 KiB granule, 39-bit input, root at level 1.

Knows descriptors and alignment, not what is mapped: `tables.py` says that. A table that
comes out equal to one already made is that one, so roots that differ in a corner share the
rest. Same mappings in the same order give the same bytes.
Arm DDI 0487, D8.3 "Translation table descriptor formats".
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

PAGE = 0x1000
ENTRIES = 512
INPUT_BITS = 39
ROOT_LEVEL = 1
ADDRESS_MASK = 0x0000_FFFF_FFFF_F000

DESC_TABLE = 0b11  # levels 0 to 2
DESC_BLOCK = 0b01  # levels 1 and 2
DESC_PAGE = 0b11  # level 3


def entry_size(level: int) -> int:
    """Bytes one entry of a table at `level` covers: 1 GiB, 2 MiB, 4 KiB."""
    return PAGE << (9 * (3 - level))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """`size` bytes at input address `va` lead to `pa`. `attributes` are a leaf's upper and
    lower attribute bits as they stand in the descriptor, AF included."""

    va: int
    pa: int
    size: int
    attributes: int

    @property
    def end(self) -> int:
        return self.va + self.size


class TableSet:
    """Tables of several roots in one run of pages that starts at physical address `base`."""

    def __init__(self, base: int) -> None:
        if base % PAGE:
            raise ValueError(f"tables at {base:#x} are not page aligned")
        self._base = base
        self._pages: dict[bytes, int] = {}  # content -> address, in order of making

    def add_root(self, mappings: Iterable[Mapping]) -> int:
        """Make the tables of one root; its physical address."""
        return self._table(ROOT_LEVEL, 0, _Space(mappings))

    @property
    def page_count(self) -> int:
        return len(self._pages)

    def to_bytes(self) -> bytes:
        return b"".join(self._pages)

    def _table(self, level: int, base: int, space: _Space) -> int:
        step = entry_size(level)
        entries = [0] * ENTRIES
        for index in space.touched(base, step):
            entries[index] = self._entry(level, base + index * step, space)
        content = struct.pack(f"<{ENTRIES}Q", *entries)
        return self._pages.setdefault(content, self._base + len(self._pages) * PAGE)

    def _entry(self, level: int, va: int, space: _Space) -> int:
        step = entry_size(level)
        mapping = space.covering(va, step)
        if mapping is not None:
            pa = mapping.pa + (va - mapping.va)
            if pa % step == 0:
                kind = DESC_PAGE if level == 3 else DESC_BLOCK
                return pa | mapping.attributes | kind
        return self._table(level + 1, va, space) | DESC_TABLE


class _Space:
    """Sorted mappings of one root; refuses what the builder above must never be asked."""

    def __init__(self, mappings: Iterable[Mapping]) -> None:
        self._sorted = sorted((m for m in mappings if m.size), key=lambda m: m.va)
        self._starts = [m.va for m in self._sorted]
        end = 0
        for m in self._sorted:
            if (m.va | m.pa | m.size) % PAGE:
                raise ValueError(f"mapping at {m.va:#x} is not made of pages")
            if m.va < end:
                raise ValueError(f"{m.va:#x} is mapped twice")
            if m.attributes & (ADDRESS_MASK | 0b11):
                raise ValueError(f"attributes {m.attributes:#x} reach into the address or type")
            end = m.end
        if end > 1 << INPUT_BITS:
            raise ValueError(f"mapping ends at {end:#x}, above {INPUT_BITS} bits")

    def touched(self, base: int, step: int) -> list[int]:
        """Indices of a table's entries in which something is mapped, ascending."""
        found: set[int] = set()
        limit = base + ENTRIES * step
        for m in self._sorted[max(0, bisect_right(self._starts, base) - 1) :]:
            if m.va >= limit:
                break
            first, last = max(m.va, base), min(m.end, limit)
            if first < last:
                found.update(range((first - base) // step, (last - 1 - base) // step + 1))
        return sorted(found)

    def covering(self, va: int, size: int) -> Mapping | None:
        """The one mapping that holds all of [va, va + size), if there is one."""
        index = bisect_right(self._starts, va) - 1
        if index < 0:
            return None
        mapping = self._sorted[index]
        return mapping if va + size <= mapping.end else None
