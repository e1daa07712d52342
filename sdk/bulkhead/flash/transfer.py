# SPDX-License-Identifier: Apache-2.0
"""Bytes into a board's RAM over its serial line: packed where its U-Boot unpacks, until the checksum fits."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass

from bulkhead.diag import LabError
from bulkhead.flash import ymodem
from bulkhead.flash.line import Line, Silence
from bulkhead.flash.method import FlashJob
from bulkhead.flash.uboot import BoardInfo, Refused, UBoot
from bulkhead.model.sizes import addresses, round_up, words

TRANSFERS = 3  # whole ones, before the line counts as unusable
_MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What goes over the line: `data` to `buffer`; `target` is where it is unpacked to, or the same."""

    name: str
    data: bytes
    raw: bytes
    buffer: int
    target: int

    @property
    def packed(self) -> bool:
        return self.buffer != self.target


def pack(uboot: UBoot, info: BoardInfo, name: str, raw: bytes, target: int, end: int) -> Parcel:
    """Where it goes, and in which form. What is sent needs RAM from `target` to `end`, where it unpacks.

    Raises LabError where it cannot go there.
    """
    if not info.is_free(target, end - target):
        ram = ", ".join(addresses(bank.base, bank.end) for bank in info.ram)
        used = ", ".join(addresses(bank.base, bank.end) for bank in info.used)
        raise LabError(
            f"BH-FLASH-007: {name} needs {addresses(target, end)}, which this U-Boot does "
            f"not leave free: its RAM is {ram}, of which it uses {used}"
        )
    packed = gzip.compress(raw, 9, mtime=0)
    buffer = round_up(end, _MIB)
    if len(packed) < len(raw) and info.is_free(buffer, len(packed)) and uboot.has("unzip"):
        return Parcel(name=name, data=packed, raw=raw, buffer=buffer, target=target)
    return Parcel(name=name, data=raw, raw=raw, buffer=target, target=target)


def transfer(line: Line, uboot: UBoot, parcel: Parcel, job: FlashJob) -> None:
    """Until U-Boot computes the checksum that we do. A line that is too bad for that is told so."""
    form = " (compressed)" if parcel.packed else ""
    job.say(f"sending {parcel.name}, {words(len(parcel.data))}{form} to {parcel.buffer:#x}")
    wanted, problem = zlib.crc32(parcel.raw), ""
    for _ in range(TRANSFERS):
        try:
            uboot.begin_ymodem(parcel.buffer)
            ymodem.send(line, parcel.name, parcel.data, lambda done: job.progress(done, len(parcel.data)))
            uboot.come_back(10.0)
            found = _unpacked(uboot, parcel)
        except (ymodem.TransferFailed, Silence) as failure:
            problem = str(failure)
            uboot.reach_prompt(job.seconds)
            continue
        if found == wanted:
            return
        problem = f"U-Boot computes {found:08x} over {parcel.name}, not {wanted:08x}"
    raise LabError(f"BH-FLASH-006: {TRANSFERS} transfers failed; the last one: {problem}")


def _unpacked(uboot: UBoot, parcel: Parcel) -> int:
    """The checksum of what came out; it is none of ours where `unzip` saw damage."""
    if parcel.packed:
        try:
            uboot.run(f"unzip {parcel.buffer:x} {parcel.target:x}", 60.0)
        except Refused:
            return ~zlib.crc32(parcel.raw) & 0xFFFF_FFFF
    return uboot.crc32(parcel.target, len(parcel.raw))
