# SPDX-License-Identifier: Apache-2.0
"""How much of Kconfig a configuration needs: which slots, and which owners to choose from.

A board with 200 devices and 128 slots has 30000 symbols. The editor shows them all; what only
reads a configuration parses those that it speaks of, and the first few.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

SLOTS = 128
_ALWAYS = frozenset(range(1, 9))
_SLOT = re.compile(r"(?:OWNER_(?P<device>[A-Z0-9_]+)_)?PART_(?P<slot>[1-9]\d{0,2})(?:_[A-Z0-9_]+)?")


@dataclass(frozen=True, slots=True)
class Need:
    """`options` are the slots that own a device, by its symbol; None: any slot may own any."""

    slots: tuple[int, ...]
    options: Mapping[str, frozenset[int]] | None = None

    def owners_of(self, device: str) -> Iterator[int]:
        """The slots to choose from, ascending."""
        if self.options is None:
            yield from self.slots
        else:
            yield from sorted(_ALWAYS | self.options.get(device, frozenset()))


EVERYTHING = Need(tuple(range(1, SLOTS + 1)))


def need_of(names: Iterable[str]) -> Need:
    """What is needed to understand the symbols in `names`."""
    slots = set(_ALWAYS)
    options: dict[str, set[int]] = defaultdict(set)
    for name in names:
        found = _SLOT.fullmatch(name)
        slot = int(found["slot"]) if found else 0
        if found and slot <= SLOTS:
            slots.add(slot)
            if found["device"]:
                options[found["device"]].add(slot)
    return Need(tuple(sorted(slots)), {device: frozenset(s) for device, s in options.items()})


def emit_slots_kconfig(need: Need) -> str:
    """The template, once per slot. Slots after the first eight stand in menus of eight."""
    lines = ["# SPDX-License-Identifier: Apache-2.0", "# Generated. Do not edit.", ""]
    menu = 0
    for n in need.slots:
        wanted = (n - 1) // len(_ALWAYS)
        if wanted != menu:
            lines += [*(["endmenu", ""] if menu else []), _menu(wanted), ""]
            menu = wanted
        lines += [f"n := {n}", f"cpu := {n - 1}", 'source "sdk/bulkhead/kconfig/Kconfig.partition"', ""]
    if menu:
        lines += ["endmenu", ""]
    return "\n".join(lines)


def _menu(index: int) -> str:
    first = index * len(_ALWAYS) + 1
    return f'menu "Partitions {first} to {first + len(_ALWAYS) - 1}"'
