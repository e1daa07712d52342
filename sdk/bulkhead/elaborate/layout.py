# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's boxes, one after the other from the address the boot loader loads it at."""

from __future__ import annotations

from collections.abc import Sequence

from bulkhead.model.board import Board
from bulkhead.model.sizes import (
    BLOCK,
    DEFAULT_DATA,
    DEFAULT_GUEST,
    DEFAULT_RODATA,
    DEFAULT_TEXT,
    GUEST_DTB_ROOM,
    PAGE,
    PCPU_BLOCK_SIZE,
    RECORD_SIZE,
    HvSizes,
    round_up,
)
from bulkhead.model.system import Box, Partition

_STORE_ALIGN = 64
_GIB = 1 << 30


def default_sizes(board: Board, partitions: Sequence[Partition], pcpu_count: int) -> HvSizes:
    """Sizes that a first link certainly fits into."""
    store = sum(_stored(p) for p in partitions)
    image = DEFAULT_TEXT + DEFAULT_RODATA + DEFAULT_DATA + store + pcpu_count * PCPU_BLOCK_SIZE
    return HvSizes(
        text=DEFAULT_TEXT,
        rodata=DEFAULT_RODATA,
        tables=_tables(board, partitions, image) * PAGE,
        store=store,
        data=DEFAULT_DATA,
    )


def make_boxes(board: Board, sizes: HvSizes, pcpu_count: int) -> tuple[Box, ...]:
    used = {
        "text": sizes.text,
        "rodata": sizes.rodata,
        "tables": sizes.tables,
        "store": sizes.store,
        "data": sizes.data,
        "pcpu": pcpu_count * PCPU_BLOCK_SIZE,
        "record": RECORD_SIZE,
    }
    boxes, base = [], board.boot.image
    for name, size in used.items():
        boxes.append(Box(name=name, base=base, size=max(round_up(size), PAGE), used=size))
        base += boxes[-1].size
    return tuple(boxes)


def _stored(partition: Partition) -> int:
    if partition.payload is None:
        return min(DEFAULT_GUEST, partition.ram_size) + GUEST_DTB_ROOM
    sizes = (round_up(len(s.data), _STORE_ALIGN) for s in partition.payload.segments)
    return sum(sizes) + GUEST_DTB_ROOM


def _tables(board: Board, partitions: Sequence[Partition], image: int) -> int:
    """An upper bound of page-table pages: per root what each of its ranges can need at each level."""
    el2_ranges = [image, *(r.size for d in board.devices if d.hypervisor_only for r in d.regions)]
    el2 = 1 + sum(_pages_for(size) for size in el2_ranges)
    total = el2
    for p in partitions:
        devices = [r.size for d in board.devices if d.name in p.devices for r in d.regions]
        total += el2 + _pages_for(p.ram_size)  # its loader root
        total += 1 + sum(_pages_for(size) for size in devices)  # its stage 2
        total += _pages_for(p.ram_size, scattered=p.ram_fixed and p.ram_pa % BLOCK != 0)
    return total


def _pages_for(size: int, scattered: bool = False) -> int:
    """Level-2 tables of a range, and the level-3 tables at its two ends, or all along it where its
    physical address is not aligned as its guest address is."""
    return size // _GIB + 2 + (size // BLOCK + 2 if scattered else 2)
