# SPDX-License-Identifier: Apache-2.0
"""`sdcard`: a whole disk or card, into a file or onto a device, in the layout that the board wants.

A board with banks gets its boot script on each FAT partition, the image in bank A and a record for it: the
image is on trial as after `flash --bank`. Another board's `card:` names the files of its FAT partition.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

from bulkhead.diag import LabError, UserError
from bulkhead.flash.bootscript import boot_script, script_file
from bulkhead.flash.card import disk_head
from bulkhead.flash.layout import Banks, read_banks, read_card
from bulkhead.flash.method import FlashCaps, FlashJob, FlashMethod
from bulkhead.flash.places import BlockPlace, FatPlace, Place
from bulkhead.flash.state import EMPTY, SIZE, Stored, word_of
from bulkhead.model.sizes import words

CARD_MAX = 64 << 30  # bytes: what is larger is rather somebody's disk
_MOUNTS = Path("/proc/self/mounts")
_SWAPS = Path("/proc/swaps")
Chunk = tuple[int, bytes]  # where, what


class SdCard(FlashMethod):
    name = "sdcard"
    what = "a card or disk from nothing: partition table, file systems, image; `--to` names it"
    caps = FlashCaps(keeps=True, needs_file=True)

    def __init__(self, job: FlashJob) -> None:
        """Raises UserError where the board has no such layout, or `to` is not to be written over."""
        super().__init__(job)
        board = job.image.board
        self._banks, self._card = read_banks(job.root, board), read_card(job.root, board)
        disk = self._card.disk if self._card else self._banks.disk if self._banks else None
        if disk is None:
            raise UserError(
                f"BH-FLASH-013: boards/{board}/board.yaml has neither a `card:` nor a `disk:` under `banks:`"
            )
        self._disk = disk

    def steps(self) -> list[str]:
        """Needs mtools, for the bytes that are told."""
        return [
            f"write {words(len(data))} to {self.job.to} at {at:#x}, read them back"
            for at, data in self._chunks()
        ]

    def flash(self) -> None:
        to = self.job.to
        assert to is not None
        refuse(to, self._disk.place.room, large=self.job.large)
        chunks = list(self._chunks())
        self.job.say(f"writing {words(sum(len(data) for _, data in chunks))} to {to}")
        try:
            with to.open("r+b" if to.exists() else "w+b") as card:
                if stat.S_ISREG(os.fstat(card.fileno()).st_mode):
                    card.truncate(0)
                    card.truncate(self._disk.place.room)
                for at, data in chunks:
                    card.seek(at)
                    card.write(data)
                card.flush()
                os.fsync(card.fileno())
                for at, data in chunks:
                    card.seek(at)
                    if card.read(len(data)) != data:
                        raise LabError(f"BH-FLASH-012: {to} does not hold what was written at {at:#x}")
        except OSError as problem:
            raise LabError(f"BH-FLASH-016: {to} cannot be written: {problem.strerror}") from problem
        self.job.say(f"{to} holds build {self.job.image.build_id}")

    def _chunks(self) -> Iterator[Chunk]:
        beside = {path.name: path.read_bytes() for path in self.job.beside}
        image = self.job.image.path.read_bytes()
        if self._card is not None:
            files = self._card.contents(image)
            yield 0, disk_head(self.job.out, self._card.disk, files | beside)
            return
        assert self._banks is not None
        yield 0, disk_head(self.job.out, self._disk, bank_files(self._banks) | beside)
        stored = Stored(size=len(image), crc=zlib.crc32(image), word=word_of(self.job.image.build_id))
        record = EMPTY.trial(0, stored, self._banks.boots).to_bytes()
        yield self._at(self._banks.images[0]), image
        yield self._at(self._banks.state[0]), record
        yield self._at(self._banks.state[1]), bytes(SIZE)

    def _at(self, place: Place) -> int:
        disk = self._disk.place
        if not isinstance(place, BlockPlace) or not isinstance(disk, BlockPlace):
            raise UserError(f"BH-FLASH-013: {place.words} is not on the card")
        if (place.kind, place.number) != (disk.kind, disk.number):
            raise UserError(f"BH-FLASH-013: {place.words} is not on {disk.kind} {disk.number}")
        return place.at


def bank_files(banks: Banks) -> dict[str, bytes]:
    """What the FAT partitions of a board with banks hold."""
    return {banks.script[0].file: script_file(boot_script(banks))}


def partition_bytes(work: Path, banks: Banks, script: FatPlace) -> bytes:
    """The partition of a script, as it is made first."""
    partition = banks.partition_of(script)
    assert partition is not None and banks.disk is not None
    return disk_head(work, banks.disk, bank_files(banks))[partition.at : partition.at + partition.room]


def refuse(to: Path, room: int, *, large: bool, mounts: Path = _MOUNTS, swaps: Path = _SWAPS) -> None:
    """Raises UserError for what is in use, too small, or too large to be a card."""
    if not to.exists():
        return
    mode = to.stat().st_mode
    if stat.S_ISREG(mode):
        return
    if not stat.S_ISBLK(mode):
        raise UserError(f"BH-FLASH-015: {to} is neither a file nor a disk")
    name = os.path.realpath(to)
    used = [line.split()[0] for table in (mounts, swaps) for line in table.read_text().splitlines() if line]
    for device in used:
        if device.startswith("/dev/") and os.path.realpath(device).startswith(name):
            raise UserError(f"BH-FLASH-015: {to} is in use ({device} is mounted): unmount it first")
    with to.open("rb") as disk:
        size = disk.seek(0, os.SEEK_END)
    if size < room:
        raise UserError(f"BH-FLASH-015: {to} has {words(size)}; the board's layout needs {words(room)}")
    if size > CARD_MAX and not large:
        raise UserError(f"BH-FLASH-015: {to} has {words(size)}: is it a card? --large if it is")
