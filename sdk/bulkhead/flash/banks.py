# SPDX-License-Identifier: Apache-2.0
"""Putting an image into one of a board's two banks through its U-Boot, so that a power cut harms neither.

The order is what makes it safe: the image goes to the bank that is not booted and is read back; the confirm
place is erased; only then the new record, over the older of the two, makes that bank the one to try.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from bulkhead.diag import LabError, UserError
from bulkhead.flash.bootscript import ERASED, RECORDS
from bulkhead.flash.layout import NAMES, Banks
from bulkhead.flash.places import FatPlace, FlashPlace, Place
from bulkhead.flash.state import EMPTY, SIZE, State, Stored, newest
from bulkhead.flash.uboot import Refused, UBoot
from bulkhead.model.sizes import round_up, words

Send = Callable[[str, bytes, int], None]  # name, bytes, and where in RAM
WRITE_SECONDS = 600.0  # of the slowest flash
_WORK = 0x8000  # in the scratch memory
_BACK = 0x1_0000  # from here on: what a disk begins with, and what is read back
_MIB = 1 << 20


class BankWriter:
    """A dialogue with a U-Boot that stands at its prompt. Everything written is read back."""

    def __init__(self, uboot: UBoot, banks: Banks, say: Callable[[str], None]) -> None:
        """Raises Refused where this U-Boot lacks a command that the places need."""
        self._uboot, self._banks, self._say = uboot, banks, say
        for command in sorted(
            {c for place in banks.places for c in place.needs} | {"itest", "setexpr", "source"}
        ):
            if not uboot.has(command):
                raise Refused(f"BH-FLASH-003: this U-Boot has no `{command}`, which the board's banks need")

    def make_disk(self, head: bytes, send: Send) -> None:
        """Partition table and file systems, over whatever is there; and no state. `head` is of card.py."""
        assert self._banks.disk is not None
        place, ram = self._banks.disk.place, self._banks.scratch + _BACK
        self._say(f"writing file systems: {words(len(head))} to {place.words}")
        send("file systems", head, ram)
        self._write(place, ram, len(head), zlib.crc32(head))
        blank = bytes(SIZE)
        for record in self._banks.state:
            self._uboot.write_memory(ram, blank)
            self._write(record, ram, len(blank), zlib.crc32(blank))

    def read_state(self) -> tuple[State, int]:
        """What the newest whole record says, EMPTY where there is none; and where the next one goes."""
        found = []
        for place, at in zip(self._banks.state, RECORDS, strict=True):
            ram = self._banks.scratch + at
            self._run(place.reading(f"{ram:x}", f"{SIZE:x}"))
            found.append(self._uboot.read_memory(ram, SIZE))
        state, slot = newest(found)
        return state or EMPTY, slot

    def choose(self, state: State, wanted: str) -> int:
        """The bank that the image goes to. Raises UserError where that would leave none to boot."""
        if not wanted:
            return state.spare
        bank = NAMES.index(wanted)
        if bank == state.active and state.banks[bank].size:
            raise UserError(
                f"BH-FLASH-011: bank {wanted} is the one that the board boots; a power cut would leave "
                f"it without an image. Name {NAMES[state.spare]}, or auto"
            )
        return bank

    def put_script(self, script: bytes, send: Send, file_system: Callable[[FatPlace], bytes]) -> None:
        """boot.scr where the board's bootcmd finds it, each copy only if it is not there or another.

        Copies are written one after another, and each is whole before the next is touched. A file system
        that a power cut has torn is made anew: `file_system` tells the bytes of that partition.
        """
        sent = False
        for place in self._banks.script:
            if self._holds(place, script):
                continue
            ram = self._banks.scratch + _WORK
            if not sent:
                send("boot.scr", script, ram)
                sent = True
            self._say(f"writing {place.words}")
            try:
                self._write(place, ram, len(script), zlib.crc32(script))
            except LabError:
                if self._banks.partition_of(place) is None:
                    raise
                self._mend(place, script, file_system(place), send)

    def _mend(self, script_at: FatPlace, script: bytes, whole: bytes, send: Send) -> None:
        """The partition as it was made first, with the script on it."""
        partition, ram = self._banks.partition_of(script_at), self._banks.scratch + _BACK
        assert partition is not None
        self._say(f"its file system is damaged: making it anew, {words(len(whole))}")
        send("file system", whole, ram)
        self._write(partition, ram, len(whole), zlib.crc32(whole))
        if not self._holds(script_at, script):
            raise LabError(f"BH-FLASH-012: {script_at.words} does not hold what was written there")

    def put_image(self, bank: int, ram: int, size: int, crc: int) -> None:
        """The image that lies in RAM. Raises LabError where what is read back is something else."""
        place = self._banks.images[bank]
        if size > place.room:
            raise LabError(
                f"BH-FLASH-007: the image has {words(size)}, "
                f"bank {NAMES[bank]} ({place.words}) {words(place.room)}"
            )
        self._say(f"writing bank {NAMES[bank]}: {words(size)} to {place.words}")
        self._write(place, ram, size, crc)

    def start_trial(self, state: State, slot: int, bank: int, stored: Stored) -> State:
        """From the next boot on that bank is tried."""
        if self._banks.confirm is not None:
            self._erase(self._banks.confirm)
        return self._put_record(state.trial(bank, stored, self._banks.boots), slot)

    def confirm(self, state: State, slot: int) -> State:
        """In the hypervisor's stead, on a board where it has no place to do it."""
        return self._put_record(state.confirm(), slot)

    def _put_record(self, state: State, slot: int) -> State:
        ram, data = self._banks.scratch + _WORK, state.to_bytes()
        self._uboot.write_memory(ram, data)
        self._write(self._banks.state[slot], ram, len(data), zlib.crc32(data))
        return state

    def _write(self, place: Place, ram: int, size: int, crc: int) -> None:
        if size > place.room:
            raise LabError(
                f"BH-FLASH-007: {words(size)} do not fit {place.words}, which has {words(place.room)}"
            )
        self._run(place.writing(f"{ram:x}", size))
        if not self._reads_back(place, size, crc):
            raise LabError(f"BH-FLASH-012: {place.words} does not hold what was written: ")

    def _reads_back(self, place: Place, size: int, crc: int) -> bool:
        """Read to other memory than it was written from; flash is looked at where it is."""
        if isinstance(place, FlashPlace):
            return self._has(place.at, size, crc)
        ram = self._banks.scratch + _BACK + round_up(size, _MIB)
        self._uboot.run(f"mw.b {ram:x} 0 {size:x}", WRITE_SECONDS)
        self._run(place.reading(f"{ram:x}", f"{size:x}"))
        return self._has(ram, size, crc)

    def _has(self, at: int, size: int, crc: int) -> bool:
        """Asked once more where it is another: the answer comes over the line too."""
        return any(self._uboot.crc32(at, size) == crc for _ in range(2))

    def _holds(self, place: Place, data: bytes) -> bool:
        try:
            return self._reads_back(place, len(data), zlib.crc32(data))
        except Refused:
            return False  # no such file

    def _erase(self, place: FlashPlace) -> None:
        self._run(place.erasing)
        if self._uboot.read_memory(place.at, 4) != ERASED.to_bytes(4, "little"):
            raise LabError(f"BH-FLASH-012: {place.words} is not erased: ")

    def _run(self, commands: list[str]) -> None:
        for command in commands:
            self._uboot.run(command, WRITE_SECONDS)
