# SPDX-License-Identifier: Apache-2.0
"""The record that says which bank is booted. Two of them alternate, so that one is always whole.

Sixteen 32-bit words, little endian; the two CRCs of images and the last word are the bytes that
U-Boot's `crc32` writes, most significant first. docs/flash.md has the table.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

MAGIC = 0x4B4E4842  # "BHNK"
SIZE = 64
CRC_AT = 60  # the CRC-32 of what is before it
# Offsets of what the boot script reads and changes.
SEQUENCE, ACTIVE, CONFIRMED, LEFT, WORD = 4, 8, 12, 16, 20
BANK_AT = (24, 36)  # size, crc, word of each
BANK_SIZE, BANK_CRC, BANK_WORD = 0, 4, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is in a bank; size 0: nothing."""

    size: int = 0
    crc: int = 0
    word: int = 0  # of its build id: what the hypervisor writes to confirm it


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    sequence: int
    active: int  # 0: A, 1: B
    confirmed: bool
    left: int  # boots that an unconfirmed image still has
    banks: tuple[Stored, Stored]

    def to_bytes(self) -> bytes:
        first, second = self.banks
        head = struct.pack(
            "<6I", MAGIC, self.sequence, self.active, self.confirmed, self.left, self.banks[self.active].word
        )
        bytes_ = head + _bank(first) + _bank(second)
        bytes_ = bytes_.ljust(CRC_AT, b"\0")
        return bytes_ + zlib.crc32(bytes_).to_bytes(4, "big")

    @property
    def spare(self) -> int:
        """The bank that a new image goes to."""
        return 1 - self.active

    def trial(self, bank: int, stored: Stored, boots: int) -> State:
        """What follows: that image in that bank, with so many boots to confirm itself."""
        banks = (stored, self.banks[1]) if bank == 0 else (self.banks[0], stored)
        return replace(
            self, sequence=self.sequence + 1, active=bank, confirmed=False, left=boots, banks=banks
        )

    def confirm(self) -> State:
        return replace(self, sequence=self.sequence + 1, confirmed=True, left=0)


EMPTY = State(sequence=0, active=1, confirmed=True, left=0, banks=(Stored(), Stored()))


def parse(data: bytes) -> State | None:
    """None where it is no whole record."""
    if len(data) < SIZE or zlib.crc32(data[:CRC_AT]).to_bytes(4, "big") != data[CRC_AT:SIZE]:
        return None
    magic, sequence, active, confirmed, left, _ = struct.unpack_from("<6I", data)
    if magic != MAGIC or active > 1 or sequence == 0:
        return None
    banks = tuple(
        Stored(
            size=struct.unpack_from("<I", data, at + BANK_SIZE)[0],
            crc=struct.unpack_from(">I", data, at + BANK_CRC)[0],
            word=struct.unpack_from("<I", data, at + BANK_WORD)[0],
        )
        for at in BANK_AT
    )
    return State(
        sequence=sequence, active=active, confirmed=bool(confirmed), left=left, banks=(banks[0], banks[1])
    )


def newest(records: Sequence[bytes]) -> tuple[State | None, int]:
    """The state, and the place where the next record goes: never over the newest one."""
    found = [parse(record) for record in records]
    ages = [state.sequence if state else 0 for state in found]
    at = ages.index(max(ages))
    return found[at], (1 - at if found[at] else 0)


def word_of(build_id: str) -> int:
    """The word of a build: the last 32 bits of its id, but for the values of flash that is erased or worn."""
    word = int(build_id, 16) & 0xFFFF_FFFF
    return word if word not in (0, 0xFFFF_FFFF) else 0x5A5A_5A5A


def _bank(stored: Stored) -> bytes:
    return struct.pack("<I", stored.size) + struct.pack(">I", stored.crc) + struct.pack("<I", stored.word)
