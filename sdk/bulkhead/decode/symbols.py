# SPDX-License-Identifier: Apache-2.0
"""Addresses of bulkhead.elf in words: function, offset, source line; and whose build it is."""

from __future__ import annotations

import io
from bisect import bisect_right
from pathlib import PurePosixPath
from typing import Any

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from bulkhead.emit.config_c import BUILD_ID_OFFSET

_BUILD_ID_DIGITS = 16


class Symbols:
    def __init__(self, raw: bytes) -> None:
        """Raises ELFError for what is no ELF file."""
        self._elf: Any = ELFFile(io.BytesIO(raw))
        table = self._elf.get_section_by_name(".symtab")
        found = list(table.iter_symbols()) if isinstance(table, SymbolTableSection) else []
        text = self._elf.get_section_by_name(".text")
        self._low, self._high = 0, 0
        if text is not None:
            self._low, self._high = text["sh_addr"], text["sh_addr"] + text["sh_size"]
        # Labels of assembly have no type; `$x` and the like only mark code and data.
        self._functions = sorted(
            (int(s["st_value"]), s["st_info"]["type"] == "STT_FUNC", s.name)
            for s in found
            if s["st_info"]["type"] in ("STT_FUNC", "STT_NOTYPE")
            and self._low <= s["st_value"] < self._high
            and not s.name.startswith("$")
        )
        self._starts = [start for start, _, _ in self._functions]
        self._values = {s.name: int(s["st_value"]) for s in found}

    @property
    def build_id(self) -> str:
        """ "" where there is none."""
        address = self._values.get("hv_config_header")
        if address is None:
            return ""
        return self._memory(address + BUILD_ID_OFFSET, _BUILD_ID_DIGITS).decode("ascii", "replace")

    def function(self, address: int) -> str:
        """`part_start+0x1c`; "" outside the code."""
        if not self._low <= address < self._high:
            return ""
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return ""
        start, _, name = self._functions[index]
        return f"{name}+{address - start:#x}"

    def line(self, address: int) -> str:
        """`part/part.c:88`; `part/part.c` for code of no line of its own; "" where nothing is recorded."""
        if not self._low <= address < self._high or not self._elf.has_dwarf_info():
            return ""
        dwarf = self._elf.get_dwarf_info()
        for unit in dwarf.iter_CUs():
            program = dwarf.line_program_for_CU(unit)
            if program is not None and (found := _line_in(program, address)):
                return found
        return ""

    def _memory(self, address: int, size: int) -> bytes:
        for segment in self._elf.iter_segments("PT_LOAD"):
            offset = address - segment["p_paddr"]
            if offset >= 0 and offset + size <= segment["p_filesz"]:
                return bytes(segment.data()[offset : offset + size])
        return b""


def _line_in(program: Any, address: int) -> str:
    previous = None
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if previous is not None and previous.address <= address < state.address:
            name = _file(program, previous.file)
            return f"{name}:{previous.line}" if previous.line else name
        previous = None if state.end_sequence else state
    return ""


def _file(program: Any, index: int) -> str:
    header = program.header
    entry = header.file_entry[index if header.version >= 5 else index - 1]
    folder = ""
    if header.version >= 5 or entry.dir_index:
        folders = header.include_directory
        folder = folders[entry.dir_index if header.version >= 5 else entry.dir_index - 1].decode()
    name = PurePosixPath(entry.name.decode())
    return str(name if len(name.parts) > 1 else PurePosixPath(folder) / name)
