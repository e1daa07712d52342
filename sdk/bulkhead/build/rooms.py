# SPDX-License-Identifier: Apache-2.0
"""What each room of the hypervisor costs in code, constants and variables, from the linked file.

A symbol belongs to the room whose object defines it; what the linker dropped costs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from bulkhead.build.result import ELF
from bulkhead.emit.cost import RoomCost

_TABLES = "generated tables"  # gen/hv_config.c


def room_costs(build_dir: Path) -> list[RoomCost]:
    """Largest first; [] before the first build."""
    linked = build_dir / ELF
    if not linked.is_file():
        return []
    homes = _homes(build_dir)
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name, size, box in _symbols(linked):
        sums[homes.get(name, _TABLES)][box] += size
    found = [
        RoomCost(room=room, text=by["text"], rodata=by["rodata"], data=by["data"])
        for room, by in sums.items()
    ]
    return sorted(found, key=lambda c: (-(c.text + c.rodata + c.data), c.room))


def _homes(build_dir: Path) -> dict[str, str]:
    """Symbol -> room, by the objects under obj/hv/<room>/."""
    homes: dict[str, str] = {}
    folder = build_dir / "obj" / "hv"
    for path in sorted(folder.rglob("*.o")):
        room = path.relative_to(folder).parts[0]
        for name, _, _ in _symbols(path):
            homes.setdefault(name, room)
    return homes


def _symbols(path: Path) -> Iterator[tuple[str, int, str]]:
    """Name, size and box of each function and variable."""
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    with path.open("rb") as file:
        elf = ELFFile(file)
        table = elf.get_section_by_name(".symtab")
        if not isinstance(table, SymbolTableSection):
            return
        symbols = list(table.iter_symbols())
        boxes = {i: _box(s.name) for i, s in enumerate(elf.iter_sections())}
        for symbol in symbols:
            if symbol["st_info"]["type"] in ("STT_FUNC", "STT_OBJECT") and symbol["st_size"]:
                yield symbol.name, int(symbol["st_size"]), boxes.get(symbol["st_shndx"], "")


def _box(section: str) -> str:
    return {".text": "text", ".rodata": "rodata"}.get(section, "data")
