# SPDX-License-Identifier: Apache-2.0
"""The crash record of include/hv/crash.h: found in a console log or a memory dump, and unpacked.

sdk/tests/test_decode.py compiles the header and compares every offset.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Any

MAGIC = 0x4853_4152_4348_4C42  # "BLHCRASH"
VERSION = 1
PAGE_MAGIC = 0x544F_4F42_4448_4C42  # "BLHDBOOT": the page that holds the record
PAGE_HEADER = 16
REGISTERS = 31
BUG = 16  # `vector` of hv_bug()

# Name and struct format, in the order of struct hv_crash_record.
LAYOUT = (
    ("magic", "Q"),
    ("version", "Q"),
    ("boot_count", "Q"),
    ("pcpu", "Q"),
    ("vector", "Q"),
    ("esr", "Q"),
    ("far", "Q"),
    ("elr", "Q"),
    ("spsr", "Q"),
    ("hpfar", "Q"),
    ("sp", "Q"),
    ("x", f"{REGISTERS}Q"),
    ("build_id", "24s"),
    ("text", "64s"),
)
SIZE = struct.calcsize("<" + "".join(code for _, code in LAYOUT))

# EL2's own line; a guest cannot write one (docs/console.md). A log may put a time before it.
_LINE = re.compile(
    rb"(?:^|[\r\n])(?:[\[\]\d.: \t]*[ \t])?hv\| crash-record ([0-9a-f]{2,64})[ \t]*(?=[\r\n]|$)"
)


class BadRecord(Exception):
    """Why bytes are no crash record, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashRecord:
    boot_count: int
    pcpu: int
    vector: int
    esr: int
    far: int
    elr: int
    spsr: int
    hpfar: int
    sp: int
    x: tuple[int, ...]
    build_id: str
    text: str


def find_records(data: bytes) -> list[CrashRecord]:
    """All records in a file: the binary record or its page, or a console log with any number of
    them. Raises BadRecord when there is none or one is damaged."""
    binary = data[PAGE_HEADER:] if data[:8] == struct.pack("<Q", PAGE_MAGIC) else data
    if binary[:8] == struct.pack("<Q", MAGIC):
        return [unpack(binary)]
    hexes = [match[1] for match in _LINE.finditer(data)]
    if not hexes:
        raise BadRecord("there is no crash record in it (no line `hv| crash-record`)")
    raw = bytearray()
    for text in hexes:
        if len(text) % 2:
            raise BadRecord("a crash-record line is cut off")
        raw += bytes.fromhex(text.decode())
    starts = [at for at in range(0, len(raw), 8) if raw[at : at + 8] == struct.pack("<Q", MAGIC)]
    if not starts:
        raise BadRecord("its crash-record lines are damaged, or the first ones are missing")
    return [unpack(bytes(raw[at:])) for at in starts]


def unpack(data: bytes) -> CrashRecord:
    """The record at the beginning of `data`."""
    if len(data) < SIZE:
        raise BadRecord(f"the crash record is cut off: {len(data)} of {SIZE} bytes")
    found: dict[str, tuple[Any, ...]] = {}
    at = 0
    for name, code in LAYOUT:
        found[name] = struct.unpack_from("<" + code, data, at)
        at += struct.calcsize("<" + code)
    magic, version, x = found.pop("magic")[0], found.pop("version")[0], found.pop("x")
    if magic != MAGIC:
        raise BadRecord("the crash record does not begin with its magic number")
    if version != VERSION:
        raise BadRecord(f"the crash record is of version {version}, this SDK reads {VERSION}")
    build_id, text = (_text(found.pop(name)[0]) for name in ("build_id", "text"))
    numbers = {name: int(value[0]) for name, value in found.items()}
    return CrashRecord(x=x, build_id=build_id, text=text, **numbers)


def _text(raw: bytes) -> str:
    """A C string in a fixed field; what is not ASCII is shown as such."""
    return raw.split(b"\0")[0].decode("ascii", "replace")
