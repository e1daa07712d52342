# SPDX-License-Identifier: Apache-2.0
"""A board's disk or card from nothing: a partition table and FAT file systems, at the places of board.yaml.

The file systems are made by mtools; the same files give the same bytes each time.
"""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bulkhead.diag.errors import BuildFailed
from bulkhead.flash.layout import Disk
from bulkhead.flash.places import SECTOR
from bulkhead.runners.hosttools import require

_FAT16_LBA, _BOOTABLE = 0x0E, 0x80
_TABLE_AT = 446
_NO_CHS = b"\xfe\xff\xff"  # beyond what cylinders can say: the LBA fields count
_SECONDS = 60.0


def make_disk(path: Path, disk: Disk, files: Mapping[str, bytes]) -> None:
    """Write a sparse file of the disk's size, with `files` on each of its FAT partitions.

    Raises ToolMissing and BuildFailed.
    """
    with path.open("wb") as out:
        out.truncate(disk.place.room)
        out.write(partition_table(disk))
    for number, part in enumerate(disk.fat):
        where = f"{path}@@{part.at}"
        label = f"BULKHEAD{number + 1}"
        sectors = part.size // SECTOR
        _run("mformat", "-i", where, "-T", str(sectors), "-h", "16", "-s", "32", "-H", str(part.at // SECTOR),
             "-N", f"b17d{number:04x}", "-v", label, "::")  # fmt: skip
        for name, data in files.items():
            put_file(where, name, data)


def disk_head(work: Path, disk: Disk, files: Mapping[str, bytes]) -> bytes:
    """The bytes from the disk's start to the end of its last file system: what a blank one needs."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / "head.img"
    make_disk(path, disk, files)
    try:
        with path.open("rb") as made:
            return made.read(max(part.at + part.size for part in disk.fat))
    finally:
        path.unlink()


def put_file(where: str, name: str, data: bytes) -> None:
    """`where` is an mtools drive: an image, with `@@` and the offset of its file system."""
    _run("mcopy", "-o", "-i", where, "-", f"::{name}", data=data)


def partition_table(disk: Disk) -> bytes:
    """The first sector: DOS partitions of type FAT16, all marked bootable, so that U-Boot looks on each."""
    sector = bytearray(SECTOR)
    for number, part in enumerate(disk.fat):
        entry = struct.pack(
            "<B3sB3sII", _BOOTABLE, _NO_CHS, _FAT16_LBA, _NO_CHS, part.at // SECTOR, part.size // SECTOR
        )
        at = _TABLE_AT + number * len(entry)
        sector[at : at + len(entry)] = entry
    sector[-2:] = b"\x55\xaa"
    return bytes(sector)


def _run(tool: str, *arguments: str, data: bytes = b"") -> None:
    program = require(tool, "file systems of a card")
    environment = {**os.environ, "MTOOLS_SKIP_CHECK": "1", "SOURCE_DATE_EPOCH": "315532800", "TZ": "UTC"}
    done = subprocess.run(
        [program, *arguments], input=data, capture_output=True, timeout=_SECONDS, env=environment, check=False
    )
    if done.returncode:
        raise BuildFailed(f"{tool}: {done.stderr.decode(errors='replace').strip()}")
