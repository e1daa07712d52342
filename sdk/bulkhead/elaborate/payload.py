# SPDX-License-Identifier: Apache-2.0
"""The bytes of a guest -> `Payload`: an ELF file, an arm64 Image or a flat binary. Pure."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import Any

from bulkhead.model.sizes import round_up
from bulkhead.model.system import (
    GUEST_FLAT_OFFSET,
    GUEST_IMAGE_OFFSET,
    GUEST_RAM_IPA,
    Extent,
    Payload,
    Segment,
)

_IMAGE_MAGIC = b"ARM\x64"  # Documentation/arch/arm64/booting.rst, section 4
_ZBOOT = b"zimg"  # at offset 4
_EM_AARCH64 = 183
_PF_X = 1
_IMAGE_HEADER = 64
_INITRD_ALIGN = 0x1_0000  # more than a page of any kernel
# What Linux unpacks: cpio (newc, with and without checksums), gzip, bzip2, xz, lzma, lzo, lz4, zstd.
_INITRD_MAGICS = (
    b"070701", b"070702", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x5d\0\0", b"\x89LZO", b"\x02\x21\x4c\x18",
    b"\x28\xb5\x2f\xfd",
)  # fmt: skip
_ONCE_MORE = "Build it, or copy it here, once more."
_LITTLE_ENDIAN = "Configure it for little-endian AArch64."
# What is handed over by mistake, by its first bytes, and what to do about it.
_CONTAINERS = (
    (b"\x1f\x8b", "a gzip archive", "Unpack it: `gunzip -c FILE > Image`."),
    (b"\xfd7zXZ\0", "an xz archive", "Unpack it: `xz -dc FILE > Image`."),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "Unpack it: `zstd -dc FILE > Image`."),
    (b"BZh", "a bzip2 archive", "Unpack it: `bzip2 -dc FILE > Image`."),
    (b"PK\x03\x04", "a zip archive", "Unpack it."),
    (
        b"\xd0\x0d\xfe\xed",
        "a devicetree or a FIT image",
        "Name the kernel in it.",
    ),
    (b"\x27\x05\x19\x56", "a U-Boot uImage", "Name the kernel Image that it was made from."),
    (b":10", "an Intel hex file", "Name the ELF file it was made from."),
)


class BadPayload(Exception):
    """Why a file cannot be a guest, in words; the code of the finding and the remedy."""

    def __init__(self, reason: str, code: str = "BH-GUEST-002", help: str = "") -> None:
        self.code, self.help = code, help
        super().__init__(reason)


def load_payload(data: bytes, path: str) -> Payload:
    """What the file at `path`, with these bytes, puts where. Raises BadPayload."""
    if not data:
        raise BadPayload("the file is empty", help=_ONCE_MORE)
    if data[:4] == b"\x7fELF":
        return _elf(data, path)
    if data[0x38:0x3C] == _IMAGE_MAGIC:
        return _image(data, path)
    if data[4:8] == _ZBOOT and data.startswith(b"MZ"):
        help = "Name the Image inside: arch/arm64/boot/Image of the kernel's build."
        raise BadPayload("it is an EFI zboot image, not a program", "BH-GUEST-006", help)
    for magic, what, help in _CONTAINERS:
        if data.startswith(magic):
            raise BadPayload(f"it is {what}, not a program", "BH-GUEST-006", help)
    base = GUEST_RAM_IPA + GUEST_FLAT_OFFSET
    return _whole(data, path, "flat", base, len(data))


def with_initrd(payload: Payload, data: bytes) -> Payload:
    """The kernel with an initrd behind it: within one window of 1 GiB steps, as its boot protocol asks."""
    base = round_up(payload.ipa_end, _INITRD_ALIGN)
    return replace(
        payload,
        segments=(*payload.segments, Segment(name="initrd", ipa=base, data=data)),
        ipa_end=base + len(data),
        initrd=Extent(base=base, size=len(data), execute=False),
    )


def check_initrd(data: bytes) -> None:
    """Raises BadPayload for what Linux would not take for a first file system."""
    if not data:
        raise BadPayload(
            "the file is empty", "BH-GUEST-016", 'Make it once more, or set CONFIG_PART_<n>_INITRD="".'
        )
    if not data.startswith(_INITRD_MAGICS):
        help = "Make one with `find . | cpio -o -H newc`, or take that of `./bulkhead fetch linux`."
        raise BadPayload("it is neither a cpio archive nor a compressed one", "BH-GUEST-016", help)


def _image(data: bytes, path: str) -> Payload:
    if len(data) < _IMAGE_HEADER:
        raise BadPayload("the Image is cut off", help=_ONCE_MORE)
    text_offset, image_size, flags = struct.unpack_from("<QQQ", data, 8)
    if flags & 1:
        raise BadPayload("an Image for big-endian CPUs", "BH-GUEST-007", _LITTLE_ENDIAN)
    base = GUEST_RAM_IPA + (text_offset or GUEST_IMAGE_OFFSET)
    return _whole(data, path, "image", base, max(image_size, len(data)), open_ended=image_size == 0)


def _whole(data: bytes, path: str, kind: str, base: int, size: int, open_ended: bool = False) -> Payload:
    return Payload(
        path=path,
        kind=kind,
        segments=(Segment(name="guest", ipa=base, data=data),),
        entry=base,
        ipa_base=base,
        ipa_end=base + size,
        open_ended=open_ended,
    )


def _elf(data: bytes, path: str) -> Payload:
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(io.BytesIO(data))
        machine, kind, entry = elf.header.e_machine, elf.header.e_type, int(elf.header.e_entry)
        loads = [s for s in elf.iter_segments() if s["p_type"] == "PT_LOAD" and s["p_memsz"] > 0]
        segments = [_segment(i, s) for i, s in enumerate(s for s in loads if s["p_filesz"] > 0)]
        hosted = any(s["p_type"] == "PT_INTERP" for s in elf.iter_segments())
    except (ELFError, ValueError, struct.error, OverflowError, KeyError) as problem:
        raise BadPayload("the ELF file is damaged or cut off", help=_ONCE_MORE) from problem
    if machine not in ("EM_AARCH64", _EM_AARCH64) or elf.elfclass != 64:
        raise BadPayload(
            f"an ELF file for {machine}, not for 64-bit AArch64",
            "BH-GUEST-007",
            "Build it with an aarch64 compiler, as `./bulkhead build` does for guests that are folders.",
        )
    if not elf.little_endian:
        raise BadPayload("an ELF file for big-endian CPUs", "BH-GUEST-007", _LITTLE_ENDIAN)
    if hosted:
        raise BadPayload(
            "a program for an operating system (it asks for a loader such as ld-linux)",
            "BH-GUEST-008",
            "Name a kernel instead, or link it for bare metal (-nostdlib -static, own linker script).",
        )
    if kind not in ("ET_EXEC", "ET_DYN"):
        raise BadPayload("an object file, not a linked program", help="Name what the linker made of it.")
    if not segments:
        raise BadPayload("the ELF file has nothing to load", help="Name the one with the code in it.")
    return Payload(
        path=path,
        kind="elf",
        segments=tuple(segments),
        entry=_physical(loads, entry),
        ipa_base=min(s["p_paddr"] for s in loads),
        ipa_end=max(s["p_paddr"] + s["p_memsz"] for s in loads),
        extents=tuple(
            Extent(base=s["p_paddr"], size=s["p_memsz"], execute=bool(s["p_flags"] & _PF_X)) for s in loads
        ),
    )


def _segment(index: int, raw: Any) -> Segment:
    data = raw.data()
    if len(data) != raw["p_filesz"]:
        raise BadPayload("the ELF file is cut off", help=_ONCE_MORE)
    return Segment(name=f"guest{index}" if index else "guest", ipa=raw["p_paddr"], data=data)


def _physical(loads: list[Any], entry: int) -> int:
    """The entry point is a virtual address; its segment says where that is physically."""
    for segment in loads:
        if segment["p_vaddr"] <= entry < segment["p_vaddr"] + segment["p_memsz"]:
            return int(entry - segment["p_vaddr"] + segment["p_paddr"])
    return entry
