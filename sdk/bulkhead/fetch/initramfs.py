# SPDX-License-Identifier: Apache-2.0
"""An initramfs as Linux unpacks it: a cpio archive in the `newc` form. Pure.

The same input gives the same bytes: no clock, no user and no file system is asked
(Documentation/driver-api/early-userspace/buffer-format.rst of the kernel).
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass

_MAGIC = b"070701"
_END = "TRAILER!!!"
_ALIGN = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the archive, owned by root. `mode` has the file's kind in it, as in stat(2)."""

    path: str
    mode: int
    data: bytes = b""
    device: tuple[int, int] = (0, 0)


def directory(path: str, mode: int = 0o755) -> Entry:
    return Entry(path, stat.S_IFDIR | mode)


def file(path: str, data: bytes, mode: int = 0o644) -> Entry:
    return Entry(path, stat.S_IFREG | mode, data)


def link(path: str, target: str) -> Entry:
    return Entry(path, stat.S_IFLNK | 0o777, target.encode())


def character_device(path: str, major: int, minor: int, mode: int = 0o600) -> Entry:
    return Entry(path, stat.S_IFCHR | mode, device=(major, minor))


def archive(entries: Iterable[Entry]) -> bytes:
    """The archive; a folder must come before what is in it."""
    out = bytearray()
    for number, entry in enumerate((*entries, Entry(_END, 0)), start=1):
        name = entry.path.encode() + b"\0"
        fields = (
            number, entry.mode, 0, 0, 1, 0, len(entry.data), 0, 0, *entry.device, len(name), 0,
        )  # fmt: skip  # inode, mode, uid, gid, links, time, size, device, its special file's, name, check
        out += _MAGIC + b"".join(b"%08X" % value for value in fields) + name
        out += bytes(-len(out) % _ALIGN) + entry.data
        out += bytes(-len(out) % _ALIGN)
    return bytes(out)
