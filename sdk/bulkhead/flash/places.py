# SPDX-License-Identifier: Apache-2.0
"""Where on a board something can be kept, and U-Boot's commands that read and write there.

Pure: the same commands are typed by `flash` and stand in the boot script. `ram` and sizes are texts,
because a script has them in variables. All of U-Boot's numbers are hexadecimal.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bulkhead.diag import UserError

SECTOR = 512  # of U-Boot's block devices
_BLOCK = re.compile(r"(?P<kind>virtio|mmc|scsi|usb|nvme) (?P<number>\d+)")
_FAT = re.compile(r"fat (?P<kind>virtio|mmc|scsi|usb|nvme) (?P<part>\d+:\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(ABC):
    """A room for one thing; `room` is the most that fits, in bytes."""

    room: int
    needs: tuple[str, ...] = ()  # U-Boot's commands

    @property
    @abstractmethod
    def words(self) -> str:
        """How it is called in messages."""

    @abstractmethod
    def writing(self, ram: str, size: int) -> list[str]:
        """Commands that write `size` bytes of RAM at `ram` here. Each fails if it did not."""

    @abstractmethod
    def reading(self, ram: str, size: str) -> list[str]:
        """Commands that read `size` bytes, a number or a variable, to RAM at `ram`, whole units of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashPlace(Place):
    """NOR flash in the address space, by U-Boot's CFI driver; `at` and `room` are whole erase blocks."""

    at: int
    needs: tuple[str, ...] = ("erase", "protect", "cp")

    @property
    def words(self) -> str:
        return f"flash at {self.at:#x}"

    @property
    def erasing(self) -> list[str]:
        """Commands that make it all ones."""
        span = f"{self.at:x} {self.at + self.room - 1:x}"
        return [f"protect off {span}", f"erase {span}"]

    def writing(self, ram: str, size: int) -> list[str]:
        return [*self.erasing, f"cp.b {ram} {self.at:x} {size:x}"]

    def reading(self, ram: str, size: str) -> list[str]:
        return [f"cp.b {self.at:x} {ram} {size}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPlace(Place):
    """Sectors of a disk or card, from byte `at` on."""

    kind: str  # virtio, mmc, ...
    number: int
    at: int

    @property
    def words(self) -> str:
        return f"{self.kind} {self.number} at {self.at:#x}"

    @property
    def select(self) -> str:
        return f"{self.kind} dev {self.number}"

    def writing(self, ram: str, size: int) -> list[str]:
        return [self.select, f"{self.kind} write {ram} {self.at // SECTOR:x} {-(-size // SECTOR):x}"]

    def reading(self, ram: str, size: str) -> list[str]:
        if size.startswith("$"):
            blocks = [
                f"setexpr bh_blocks {size} + {SECTOR - 1:x}",
                f"setexpr bh_blocks $bh_blocks / {SECTOR:x}",
            ]
            return [*blocks, self.select, f"{self.kind} read {ram} {self.at // SECTOR:x} $bh_blocks"]
        count = -(-int(size, 16) // SECTOR)
        return [self.select, f"{self.kind} read {ram} {self.at // SECTOR:x} {count:x}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FatPlace(Place):
    """A file of a FAT file system. Writing it over is not safe against a power cut."""

    kind: str
    part: str  # device:partition
    file: str
    needs: tuple[str, ...] = ("fatwrite", "fatload")

    @property
    def words(self) -> str:
        return f"{self.file} on {self.kind} {self.part}"

    def writing(self, ram: str, size: int) -> list[str]:
        return [f"fatwrite {self.kind} {self.part} {ram} {self.file} {size:x}"]

    def reading(self, ram: str, size: str) -> list[str]:
        return [f"fatload {self.kind} {self.part} {ram} {self.file} {size}"]


def read_place(node: Mapping[str, Any], what: str) -> Place:
    """`{in: virtio 0, at: ..., size: ...}`, `{in: flash, ...}` or `{in: fat virtio 0:1, file: ..., ...}`.

    Raises UserError where board.yaml says something else.
    """
    on = str(node.get("in", ""))
    at, size = _number(node, "at", what), _number(node, "size", what)
    if on == "flash":
        return FlashPlace(at=at, room=size)
    if match := _BLOCK.fullmatch(on):
        if at % SECTOR:
            raise UserError(
                f"board.yaml: banks: {what}: {at:#x} is not the start of a sector of {SECTOR} bytes"
            )
        return BlockPlace(
            kind=match["kind"], number=int(match["number"]), at=at, room=size, needs=(match["kind"],)
        )
    if match := _FAT.fullmatch(on):
        if not node.get("file"):
            raise UserError(f"board.yaml: banks: {what} is on a FAT file system and needs `file:`")
        return FatPlace(kind=match["kind"], part=match["part"], file=str(node["file"]), room=size)
    raise UserError(
        f"board.yaml: banks: {what}: `in: {on}` is none of flash, virtio N, mmc N, fat virtio N:P"
    )


def _number(node: Mapping[str, Any], name: str, what: str) -> int:
    value = node.get(name, 0)
    if not isinstance(value, int) or value < 0:
        raise UserError(f"board.yaml: banks: {what}: `{name}: {value}` is not a number")
    return value
