# SPDX-License-Identifier: Apache-2.0
"""The linked hypervisor: sizes read from it, digest and build id put into it, its image.

Knows the offsets in `struct hv_config_header`; the generated C asserts them.
"""

from __future__ import annotations

import hashlib
import io
import struct
from dataclasses import dataclass

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from bulkhead.emit.config_c import BUILD_ID_BYTES, BUILD_ID_OFFSET, DIGEST_OFFSET, HEADER_SIZE
from bulkhead.emit.store import integrity
from bulkhead.model.system import SystemPlan

BUILD_ID_DIGITS = 16
_CHECKED_OFFSET = 40  # checked_base and checked_size


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedSizes:
    """Bytes a link used of the boxes it fills."""

    text: int
    rodata: int
    data: int


class LinkedElf:
    """A linked hypervisor as bytes that can be patched."""

    def __init__(self, raw: bytes) -> None:
        self.raw = bytearray(raw)
        elf = ELFFile(io.BytesIO(raw))
        table = elf.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        self._symbols = {
            symbol.name: int(symbol["st_value"])
            for symbol in table.iter_symbols()
            if symbol.name.startswith(("hv_", "HV_"))
        }
        self._segments = [
            (int(s["p_paddr"]), int(s["p_offset"]), int(s["p_filesz"])) for s in elf.iter_segments("PT_LOAD")
        ]
        self._extents = [
            (int(s["p_paddr"]), int(s["p_paddr"] + s["p_memsz"]), int(s["p_flags"]))
            for s in elf.iter_segments("PT_LOAD")
            if s["p_memsz"]
        ]

    def extents(self) -> list[tuple[int, int, int]]:
        """What is occupied in memory: base, exclusive end, flags (1 execute, 2 write, 4 read)."""
        return list(self._extents)

    def symbol(self, name: str) -> int:
        return self._symbols[name]

    def sizes(self) -> LinkedSizes:
        return LinkedSizes(
            text=self.symbol("hv_text_end") - self.symbol("HV_TEXT_BASE"),
            rodata=self.symbol("hv_rodata_end") - self.symbol("HV_RODATA_BASE"),
            data=self.symbol("hv_bss_end") - self.symbol("HV_DATA_BASE"),
        )

    def memory(self, base: int, size: int) -> bytes:
        """What lies in memory after loading; holes are zero."""
        out = bytearray(size)
        for start, offset, length in self._segments:
            low, high = max(start, base), min(start + length, base + size)
            if low < high:
                out[low - base : high - base] = self.raw[offset + low - start : offset + high - start]
        return bytes(out)

    def patch(self, address: int, data: bytes) -> None:
        for start, offset, length in self._segments:
            if start <= address and address + len(data) <= start + length:
                at = offset + address - start
                self.raw[at : at + len(data)] = data
                return
        raise ValueError(f"{address:#x} is not in a loaded segment")

    def image(self) -> bytes:
        """bulkhead.img: from the arm64 Image header to the end of .data."""
        base = self.symbol("hv_image_base")
        return self.memory(base, self.symbol("hv_load_end") - base)


def make_build_id(plan_json: str, elf: bytes) -> str:
    """Of the plan and of the hypervisor with its payloads, digest and id still zero in both."""
    digest = hashlib.sha256(plan_json.encode() + b"\0" + elf)
    return digest.hexdigest()[:BUILD_ID_DIGITS]


def finish(linked: LinkedElf, build_id: str) -> None:
    """Fill in the header of the plan: the digest of everything it covers, and the build id."""
    header = linked.symbol("hv_config_header")
    base, size = struct.unpack("<QQ", linked.memory(header + _CHECKED_OFFSET, 16))
    if base != header + HEADER_SIZE or size % 8:
        raise ValueError("the plan's header is not where the plan says")
    digest = integrity(linked.memory(base, size))
    linked.patch(header + DIGEST_OFFSET, struct.pack("<I", digest))
    linked.patch(header + BUILD_ID_OFFSET, build_id.encode().ljust(BUILD_ID_BYTES, b"\0"))


def boxes_fit(plan: SystemPlan, sizes: LinkedSizes) -> bool:
    """Whether a link of these sizes goes into the plan's boxes."""
    used = {"text": sizes.text, "rodata": sizes.rodata, "data": sizes.data}
    return all(plan.box(name).size >= size for name, size in used.items())
