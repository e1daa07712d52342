# SPDX-License-Identifier: Apache-2.0
"""A place for every partition's RAM: fixed ones stay, the others come from the top downwards.

The hypervisor lies at the bottom, so that its growth moves no guest. Slot order alone decides,
so the same input gives the same addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bulkhead.diag import Diagnostic, error
from bulkhead.model.sizes import BLOCK, PAGE, round_up, words
from bulkhead.model.system import Claim, Partition

Range = tuple[int, int]  # base and exclusive end
_SMALL_ALIGN = 0x1_0000
_NAMED = 4  # of those that cannot be met together


def free_ranges(memory: Iterable[Range], taken: Iterable[Range]) -> list[Range]:
    """What of `memory` nobody in `taken` has, ascending."""
    free = sorted(r for r in memory if r[0] < r[1])
    for low, high in taken:
        free = [
            part
            for base, end in free
            for part in ((base, min(end, low)), (max(base, high), end))
            if part[0] < part[1]
        ]
    return free


def highest_fit(free: Sequence[Range], size: int) -> int | None:
    """The highest aligned base at which `size` bytes are free."""
    align = alignment(size)
    for base, end in reversed(free):
        place = (end - size) // align * align
        if place >= base:
            return place
    return None


def alignment(size: int) -> int:
    """2 MiB for what a block can map, less for what is smaller."""
    if size >= BLOCK:
        return BLOCK
    return _SMALL_ALIGN if size >= _SMALL_ALIGN else PAGE


def allocate(
    partitions: Sequence[Partition], memory: Sequence[Range], claims: Iterable[Claim]
) -> tuple[list[Partition], list[Diagnostic]]:
    """Partitions with an address each; BH-MEM-004 for each that does not fit (it keeps address 0)."""
    taken = [(c.base, c.end) for c in claims]
    taken += [(p.ram_pa, p.ram_pa + p.ram_size) for p in partitions if p.ram_fixed]
    placed, homeless = _place(partitions, memory, taken)
    if not homeless:
        return placed, []
    left = free_ranges(
        memory, [*taken, *((p.ram_pa, p.ram_pa + round_up(p.ram_size)) for p in placed if p.ram_pa)]
    )
    together = _smallest_infeasible(partitions, memory, taken)
    return placed, [_no_room(p, left, together, free_ranges(memory, taken)) for p in homeless]


def _place(
    partitions: Sequence[Partition], memory: Sequence[Range], taken: Iterable[Range]
) -> tuple[list[Partition], list[Partition]]:
    """All of them, placed where there was room; and those for which there was none."""
    placed, homeless = [], []
    free = free_ranges(memory, taken)
    for p in partitions:
        if p.ram_fixed:
            placed.append(p)
            continue
        size = round_up(p.ram_size)
        base = highest_fit(free, size)
        if base is None:
            homeless.append(p)
            placed.append(p)
            continue
        free = free_ranges(free, [(base, base + size)])
        placed.append(replace(p, ram_pa=base))
    return placed, homeless


def _smallest_infeasible(
    partitions: Sequence[Partition], memory: Sequence[Range], taken: Sequence[Range]
) -> list[Partition]:
    """Demands that cannot be met together, none of which can be left out: without it the rest fits."""
    needed = [p for p in partitions if not p.ram_fixed]
    for p in sorted(needed, key=lambda p: p.ram_size):
        rest = [other for other in needed if other is not p]
        if _place(rest, memory, taken)[1]:
            needed = rest
    return needed


def _no_room(
    p: Partition, left: Sequence[Range], together: list[Partition], at_first: list[Range]
) -> Diagnostic:
    largest = max((end - base for base, end in left), default=0)
    total = sum(end - base for base, end in left)
    others = [other for other in together if other is not p] if p in together else []
    asked = sum(round_up(other.ram_size) for other in together)
    notes = [(o.span("ram_size"), f"'{o.name}' asks for {words(o.ram_size)}") for o in others[:_NAMED]]
    if others:
        room = words(sum(end - base for base, end in at_first))
        more = f" (and {len(others) - _NAMED} more)" if len(others) > _NAMED else ""
        notes.append(
            (p.span("ram_size"), f"together with '{p.name}'{more} {words(asked)}, for which there are {room}")
        )
    fits = _fits(left)
    return error(
        "BH-MEM-004",
        f"no room for the RAM of partition '{p.name}': {words(p.ram_size)} asked, {words(total)} left, "
        f"{words(largest)} of it in one piece",
        p.span("ram_size"),
        *notes,
        help=f"Lower CONFIG_PART_{p.slot}_RAM_SIZE"
        + (f" to {fits:#x}" if fits >= _SMALL_ALIGN * 2 else "")
        + (", or that of the others named here" if others else "")
        + "; see `./bulkhead map`.",
    )


def _fits(left: Sequence[Range]) -> int:
    """The largest RAM that could be placed in what is left; 0 for none."""
    found = 0
    for base, end in left:
        for align in (BLOCK, _SMALL_ALIGN):
            size = (end - round_up(base, align)) // align * align
            found = max(found, size if align == BLOCK or size < BLOCK else 0)
    return found
