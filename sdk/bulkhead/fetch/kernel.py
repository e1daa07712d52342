# SPDX-License-Identifier: Apache-2.0
"""A distribution's vmlinuz -> the arm64 Image in it. Pure.

Debian ships a plain Image, a gzip of one, or an EFI "zboot" application around a compressed one
(its header: drivers/firmware/efi/libstub/zboot-header.S of the kernel).
"""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Callable
from typing import Any

from bulkhead.diag.errors import FetchFailed

_GZIP = b"\x1f\x8b"
_ZBOOT = b"zimg"  # at offset 4; then offset and size of the payload, two reserved words, its compression
_KIND_OFFSET, _KIND_SIZE = 24, 32


def _gunzip(data: bytes) -> bytes:
    return _whole(zlib.decompressobj(wbits=31), data)


def _unxz(data: bytes) -> bytes:
    return _whole(lzma.LZMADecompressor(), data)


def _whole(unpacker: Any, data: bytes) -> bytes:
    """What follows the packed data, its size, is left alone."""
    unpacked: bytes = unpacker.decompress(data)
    if not unpacker.eof:
        raise FetchFailed("the kernel cannot be unpacked: it is cut off")
    return unpacked


_UNPACK: dict[str, Callable[[bytes], bytes]] = {"gzip": _gunzip, "xz": _unxz, "xzkern": _unxz, "lzma": _unxz}


def to_image(data: bytes) -> bytes:
    """The Image. Raises FetchFailed with what the file is instead."""
    try:
        if data[4:8] == _ZBOOT:
            offset, size = struct.unpack_from("<II", data, 8)
            kind = data[_KIND_OFFSET : _KIND_OFFSET + _KIND_SIZE].split(b"\0")[0].decode("ascii", "replace")
            if kind not in _UNPACK:
                raise FetchFailed(
                    f"the kernel is an EFI zboot image compressed with {kind}: that is not known here"
                )
            data = _UNPACK[kind](data[offset : offset + size])
        elif data.startswith(_GZIP):
            data = _gunzip(data)
    except (zlib.error, lzma.LZMAError, struct.error) as problem:
        raise FetchFailed(f"the kernel cannot be unpacked: {problem}") from problem
    if data[0x38:0x3C] != b"ARM\x64":
        raise FetchFailed("the kernel is not an arm64 Image: its header lacks the magic number")
    return data
