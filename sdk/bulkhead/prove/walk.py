# SPDX-License-Identifier: Apache-2.0
"""Translation tables, read as the MMU reads them: from the manual, without a line of emit/.

Arm DDI 0487, "Translation process" and "Translation table descriptor formats"; 4 KiB granule,
39-bit input, root at level 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

SPAN_BY_LEVEL = {1: 1 << 30, 2: 1 << 21, 3: 1 << 12}
ADDRESS = 0x0000_FFFF_FFFF_F000
_VALID, _TABLE = 1, 2
_TABLE_BITS = ADDRESS | 0b11  # attributes of a whole subtree (bits 63:59) are not used here
_AF = 1 << 10
_SH = 0b11 << 8
_XN = 1 << 54

Table = Callable[[int], "tuple[int, ...]"]  # the 512 entries of the table at a physical address


class Malformed(Exception):
    """What the MMU would fault on, or what this walker does not know."""


class Stage(Enum):
    EL2 = "stage 1 of EL2"
    GUEST = "stage 2"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A block or page: `size` bytes at input address `va` lead to `pa`."""

    va: int
    pa: int
    size: int
    descriptor: int

    @property
    def attributes(self) -> int:
        """The descriptor less its address and type."""
        return self.descriptor & ~(ADDRESS | 0b11)


@dataclass(frozen=True, slots=True)
class Reach:
    """Neighbouring leaves of equal attributes as one range, with what it permits."""

    va: int
    pa: int
    size: int
    read: bool
    write: bool
    execute: bool
    device: bool

    @property
    def end(self) -> int:
        return self.pa + self.size

    @property
    def rights(self) -> str:
        return "".join(
            letter if has else "-"
            for letter, has in zip("rwx", (self.read, self.write, self.execute), strict=True)
        )


def leaves(table: Table, root: int, level: int = 1, va: int = 0) -> Iterator[Leaf]:
    """Every valid leaf below a root, ascending. Raises Malformed."""
    for index, entry in enumerate(table(root)):
        if not entry:
            continue
        at = va + index * SPAN_BY_LEVEL[level]
        if not entry & _VALID:
            raise Malformed(f"the entry {entry:#x} for {at:#x} is neither valid nor zero")
        if entry & _TABLE and level < 3:
            if entry & ~_TABLE_BITS:
                raise Malformed(f"the table entry {entry:#x} for {at:#x} has attributes")
            yield from leaves(table, entry & ADDRESS, level + 1, at)
        elif bool(entry & _TABLE) != (level == 3):
            raise Malformed(f"the entry {entry:#x} for {at:#x} is reserved at level {level}")
        elif entry & ADDRESS & (SPAN_BY_LEVEL[level] - 1):
            raise Malformed(f"the block {entry:#x} for {at:#x} is not aligned to its size")
        else:
            yield Leaf(at, entry & ADDRESS, SPAN_BY_LEVEL[level], entry)


def runs(table: Table, root: int) -> list[tuple[int, int, int, int]]:
    """Neighbouring leaves of equal attributes joined: (va, pa, size, attributes)."""
    joined: list[tuple[int, int, int, int]] = []
    for leaf in leaves(table, root):
        if joined:
            va, pa, size, last = joined[-1]
            if last == leaf.attributes and va + size == leaf.va and pa + size == leaf.pa:
                joined[-1] = (va, pa, size + leaf.size, last)
                continue
        joined.append((leaf.va, leaf.pa, leaf.size, leaf.attributes))
    return joined


def reach(table: Table, root: int, stage: Stage) -> list[Reach]:
    """What a root leads to, and with which rights. Raises Malformed."""
    decode = _el2 if stage is Stage.EL2 else _guest
    return [Reach(va, pa, size, *decode(va, attributes)) for va, pa, size, attributes in runs(table, root)]


def _el2(va: int, attributes: int) -> tuple[bool, bool, bool, bool]:
    """Stage 1 of EL2: AttrIndx 0 is Device, 1 Normal (MAIR_EL2); AP[2] read-only; AP[1] is RES1."""
    index = attributes >> 2 & 0b111
    known = _AF | _SH | _XN | 0b111 << 2 | 1 << 7 | 1 << 6
    if attributes & ~known or not attributes & _AF or not attributes & 1 << 6 or index > 1:
        raise Malformed(f"the attributes {attributes:#x} for {va:#x} are not known at EL2")
    return True, not attributes >> 7 & 1, not attributes & _XN, index == 0


def _guest(va: int, attributes: int) -> tuple[bool, bool, bool, bool]:
    """Stage 2: S2AP (bits 7:6), MemAttr (bits 5:2), XN."""
    memory = attributes >> 2 & 0b1111
    known = _AF | _SH | _XN | 0b11 << 6 | 0b1111 << 2
    if attributes & ~known or not attributes & _AF or (memory >> 2 and memory != 0b1111):
        raise Malformed(f"the attributes {attributes:#x} for {va:#x} are not known in stage 2")
    return bool(attributes >> 6 & 1), bool(attributes >> 7 & 1), not attributes & _XN, not memory >> 2
