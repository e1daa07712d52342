# SPDX-License-Identifier: Apache-2.0
"""What a board's storage went through, write by write, and how it looks if the power goes within one.

QEMU itself keeps the log (its block driver blklogwrites, in the format of Linux's dm-log-writes). Its flash
never tears by itself: the unit that was being written is filled with random bits here.
"""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from machine import Storage

SECTOR = 512
_ENTRY = struct.Struct("<QQQQ")  # sector, number of sectors, flags, length of data that is no sectors
_DISCARD = 4


@dataclass(frozen=True)
class Write:
    medium: str  # "disk" or "flash"
    at: int
    data: bytes

    @property
    def unit(self) -> int:
        """Bytes that are written or not as a whole: a sector; of flash, a word's page or the block erased."""
        return SECTOR if self.medium == "disk" else len(self.data)

    @property
    def units(self) -> int:
        return -(-len(self.data) // self.unit)


@dataclass(frozen=True)
class Cut:
    """The power goes while unit `unit` of write `write` is under way."""

    write: int
    unit: int


class Recorder:
    """Follows the logs of a running machine. Between two calls of `mark` the disk's writes come first."""

    def __init__(self, folder: Path) -> None:
        self.logs = {medium: folder / f"{medium}.log" for medium in ("disk", "flash")}
        for log in self.logs.values():
            log.write_bytes(b"")
        self.writes: list[Write] = []
        self._done = dict.fromkeys(self.logs, 0)

    def change(self, argument: str) -> str:
        """QEMU's -drive of a medium, with its log."""
        medium = "disk" if argument.startswith("if=none,id=disk") else "flash"
        return re.sub(
            r"^(if=\w+,\w+=\w+),format=raw,file=(.*)$",
            rf"\1,driver=blklogwrites,file.driver=raw,file.file.driver=file,file.file.filename=\2,"
            rf"log.driver=file,log.filename={self.logs[medium]}",
            argument,
        )

    def mark(self) -> None:
        for medium, log in self.logs.items():
            found = list(_entries(log))
            self.writes += (Write(medium, at, data) for at, data in found[self._done[medium] :])
            self._done[medium] = len(found)


def _entries(log: Path) -> Iterator[tuple[int, bytes]]:
    raw = log.read_bytes()
    at = SECTOR  # behind the superblock
    while at + SECTOR <= len(raw):
        sector, count, flags, _ = _ENTRY.unpack_from(raw, at)
        at += SECTOR
        if flags & _DISCARD or not count:
            continue
        yield sector * SECTOR, raw[at : at + count * SECTOR]
        at += count * SECTOR


def choose(writes: list[Write], count: int, seed: int) -> list[Cut]:
    """In the order of the writes. A write of many units is as likely as one of a single one."""
    dice, cuts = random.Random(seed), set[Cut]()
    assert count <= sum(write.units for write in writes)
    while len(cuts) < count:
        number = dice.randrange(len(writes))
        cuts.add(Cut(number, dice.randrange(writes[number].units)))
    return sorted(cuts, key=lambda cut: (cut.write, cut.unit))


class Replay:
    """Brings a storage from its first state through the writes, forwards only."""

    def __init__(self, storage: Storage, writes: list[Write]) -> None:
        self._files = {"disk": storage.disk, "flash": storage.flash}
        self._writes, self._done = writes, 0

    def tear(self, cut: Cut, seed: int) -> None:
        """All before the cut is there; the unit under way holds random bits, until the next call."""
        while self._done < cut.write:
            write = self._writes[self._done]
            self._put(write.medium, write.at, write.data)
            self._done += 1
        write = self._writes[cut.write]
        begin = cut.unit * write.unit
        self._put(write.medium, write.at, write.data[:begin])
        noise = random.Random(seed).randbytes(min(write.unit, len(write.data) - begin))
        self._put(write.medium, write.at + begin, noise)

    def _put(self, medium: str, at: int, data: bytes) -> None:
        with self._files[medium].open("r+b") as file:
            file.seek(at)
            file.write(data)
