# SPDX-License-Identifier: Apache-2.0
"""How many bytes the hypervisor's boxes hold: measured in the first link, guessed before it."""

from __future__ import annotations

from dataclasses import dataclass

PAGE = 0x1000
BLOCK = 0x20_0000  # what one level-2 descriptor maps
ADDRESS_LIMIT = 1 << 39  # input and output addresses of all tables lie below

# include/hv/config.h; the generated tables assert that both say the same.
PCPU_BLOCK_SIZE = 0x6000
RECORD_SIZE = 0x1000

# Before anything was linked: room for any first link, so that `check` alone errs on the safe side.
DEFAULT_TEXT = 0x2_0000
DEFAULT_RODATA = 0x2_0000
DEFAULT_DATA = 0x2_0000
DEFAULT_GUEST = 0x4_0000  # of a guest that is not built yet
GUEST_DTB_ROOM = 0x1_0000  # from the start of a guest's RAM: its devicetree, nothing of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class HvSizes:
    """Bytes used per box. `pcpu` and `record` follow from config.h, not from a link."""

    text: int
    rodata: int
    tables: int
    store: int
    data: int


def round_up(value: int, granule: int = PAGE) -> int:
    return -(-value // granule) * granule


def addresses(base: int, end: int) -> str:
    """A range for people, its last address included: `0x40000000..0x7fffffff`."""
    return f"{base:#010x}..{end - 1:#010x}"


def words(size: int) -> str:
    """A size for people: `2 MiB`, `256 KiB`, `1.5 MiB`, `24 bytes`."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} bytes"
