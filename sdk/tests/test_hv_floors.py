# SPDX-License-Identifier: Apache-2.0
"""The rooms of hv-arm64/ stand on floors: what a file includes proves where it may look.

A room includes its own files and those of lower floors. Only src/arch has inline assembly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

FLOORS = {
    "include": 0, "lib": 0, "regs": 0,
    "arch": 1,
    "dev": 2, "config": 2, "trace": 2,
    "mem": 3, "console": 3,
    "vdev": 4,
    "part": 5, "sched": 5, "ipc": 5, "health": 5,
    "trap": 6, "monitor": 6, "confirm": 6,
    "start": 7,
}  # fmt: skip
GENERATED = {"hv_counts.h": "include"}
FREESTANDING = {"stdatomic.h", "stdbool.h", "stddef.h", "stdint.h"}  # what a C11 compiler brings
# Rooms that may look at one beside them on the same floor, each with its reason.
BESIDE = {
    ("dev", "config"),  # drivers read where their device is
    ("trap", "monitor"),  # the console's interrupt brings what is typed to it
    ("trap", "confirm"),  # and its timer calls it
}
LINES_MAX = 500
SOURCES = {".c", ".h", ".S", ".def", ".ld"}

_INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
_ASSEMBLY = re.compile(r"\b(?:__asm__|__asm|asm)\b")


def room_of(header: str) -> str | None:
    """The room that an include names; None if it is not one of ours."""
    first = header.split("/", 1)[0]
    if header in GENERATED:
        return GENERATED[header]
    if first == "hv":
        return "include"
    return first if "/" in header and first in FLOORS else None


def looks_up(room: str, other: str) -> bool:
    """A room sees itself, lower floors, all of floor 0 and what BESIDE says."""
    if room == other or FLOORS[other] == 0 or (room, other) in BESIDE:
        return False
    return FLOORS[other] >= FLOORS[room]


def complaints(path: str, room: str, text: str) -> list[str]:
    """What one file does against the floors."""
    found = []
    for bracket, header in _INCLUDE.findall(text):
        other = room_of(header)
        if other is None:
            if not (bracket == "<" and header in FREESTANDING):
                found.append(f"{path} includes {header}, which is no room's")
        elif looks_up(room, other):
            found.append(f"{path} (floor {FLOORS[room]}) includes {header} (floor {FLOORS[other]})")
    if room != "arch" and _ASSEMBLY.search(_without_comments(text)):
        found.append(f"{path} has inline assembly, which belongs in src/arch")
    return found


def _without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


def sources(root: Path) -> Iterable[tuple[Path, str]]:
    """Every file of the hypervisor with its room."""
    for path in sorted((root / "hv-arm64" / "src").rglob("*")):
        if path.suffix in SOURCES:
            yield path, path.relative_to(root / "hv-arm64" / "src").parts[0]
    for path in sorted((root / "hv-arm64" / "include").rglob("*.h")):
        yield path, "include"


def test_every_folder_is_a_room(root: Path) -> None:
    rooms = {p.name for p in (root / "hv-arm64" / "src").iterdir() if p.is_dir()}
    assert rooms <= set(FLOORS), "a new room needs a floor here and in hv-arm64/README.md"


def test_no_file_looks_up(root: Path) -> None:
    found = [
        c
        for path, room in sources(root)
        for c in complaints(str(path.relative_to(root)), room, path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


def test_no_file_is_too_long(root: Path) -> None:
    long = {
        str(path.relative_to(root)): lines
        for path, _ in sources(root)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) >= LINES_MAX
    }
    assert not long, f"which two things is each of these? {long}"


def test_every_file_names_its_licence(root: Path) -> None:
    folders = ("src", "include", "link", "test")
    files = [p for f in folders for p in (root / "hv-arm64" / f).rglob("*") if p.suffix in SOURCES]
    assert len(files) > 60
    without = [
        str(p.relative_to(root))
        for p in files
        if "SPDX-License-Identifier: Apache-2.0" not in p.read_text(encoding="utf-8")[:200]
    ]
    assert not without


def test_the_host_machine_offers_every_operation(root: Path) -> None:
    """test/fake/arch has the names of src/arch, so that rooms compile for the host unchanged."""
    names = re.compile(r"\b(op_\w+|mmio_(?:read|write)\w*|sysreg_(?:read|write))\b")
    for header in ("ops.h", "mmio.h"):
        real = (root / "hv-arm64" / "src" / "arch" / header).read_text(encoding="utf-8")
        fake = (root / "hv-arm64" / "test" / "fake" / "arch" / header).read_text(encoding="utf-8")
        assert set(names.findall(_without_comments(real))) == set(names.findall(_without_comments(fake))), (
            header
        )


# The check itself must be able to fail.
@pytest.mark.parametrize(
    ("room", "text", "part"),
    [
        ("lib", '#include "dev/gic.h"', "floor 2"),
        ("vdev", '#include "part/part.h"', "floor 5"),
        ("mem", '#include "console/console.h"', "floor 3"),
        ("part", '#include "health/health.h"', "floor 5"),
        ("dev", "#include <string.h>", "no room's"),
        ("dev", '__asm__ volatile("wfi");', "inline assembly"),
    ],
)
def test_a_file_that_looks_up_is_found(room: str, text: str, part: str) -> None:
    found = complaints("x.c", room, text)
    assert len(found) == 1
    assert part in found[0]


@pytest.mark.parametrize(
    ("room", "text"),
    [
        (
            "dev",
            '#include "arch/ops.h"\n#include <hv/config.h>\n#include "hv_counts.h"',
        ),
        ("dev", '#include "config/config.h"'),
        ("arch", "__asm__ volatile(insn);"),
        ("lib", "/* no asm here */ #include <stdint.h>"),
    ],
)
def test_a_file_that_looks_down_is_left_alone(room: str, text: str) -> None:
    assert complaints("x.c", room, text) == []
