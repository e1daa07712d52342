# SPDX-License-Identifier: Apache-2.0
"""bulkhead.elf as the proof sees it: memory after loading, and the generated structures by name.

The structures' layout is what the compiler wrote down (DWARF), not what a generator believes.
"""

from __future__ import annotations

import io
import struct
from functools import cached_property
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

_UNIT = b"hv_config.c"
_INTEGER = {1: "B", 2: "H", 4: "I", 8: "Q"}
_NAMES_ONLY = ("DW_TAG_const_type", "DW_TAG_typedef", "DW_TAG_volatile_type")
Value = Any  # int, str (a char array), list (any other array), dict (a structure)


class Unreadable(Exception):
    """No hypervisor with its tables and debug information."""


class FinishedImage:
    def __init__(self, raw: bytes) -> None:
        try:
            self._elf: Any = ELFFile(io.BytesIO(raw))
        except ELFError as problem:
            raise Unreadable(f"it is no ELF file: {problem}") from None
        self._segments = [
            (int(s["p_paddr"]), int(s["p_filesz"]), int(s["p_memsz"]), bytes(s.data()))
            for s in self._elf.iter_segments("PT_LOAD")
        ]
        symbols = self._elf.get_section_by_name(".symtab")
        if not isinstance(symbols, SymbolTableSection) or not self._elf.has_dwarf_info():
            raise Unreadable("it has no symbols or no debug information")
        self._symbols = {s.name: int(s["st_value"]) for s in symbols.iter_symbols()}
        self._tables: dict[int, tuple[int, ...]] = {}

    def memory(self, base: int, size: int) -> bytes:
        """What lies there after loading. Raises Unreadable where nothing is loaded."""
        for start, loaded, occupied, data in self._segments:
            if start <= base and base + size <= start + occupied:
                return data[base - start : min(base - start + size, loaded)].ljust(size, b"\0")
        raise Unreadable(f"{base:#x}..{base + size - 1:#x} is not in the image")

    def table(self, pa: int) -> tuple[int, ...]:
        """The entries of the translation table at `pa`."""
        if pa not in self._tables:
            self._tables[pa] = struct.unpack("<512Q", self.memory(pa, 4096))
        return self._tables[pa]

    @property
    def table_addresses(self) -> frozenset[int]:
        """Of every table that was looked at so far."""
        return frozenset(self._tables)

    def symbol(self, name: str) -> int:
        if name not in self._symbols:
            raise Unreadable(f"it has no {name}")
        return self._symbols[name]

    def value(self, name: str) -> Value:
        """A variable of the generated hv_config.c."""
        if name not in self._variables:
            raise Unreadable(f"its hv_config.c has no {name}")
        return self._decode(self._type_of(self._variables[name]), self.symbol(name))

    @cached_property
    def _variables(self) -> dict[str, Any]:
        for unit in self._elf.get_dwarf_info().iter_CUs():
            top = unit.get_top_DIE()
            if top.attributes["DW_AT_name"].value.endswith(_UNIT):
                variables = [
                    die for die in top.iter_children()
                    if die.tag == "DW_TAG_variable" and "DW_AT_location" in die.attributes
                ]  # fmt: skip
                names = [_declared(die).attributes.get("DW_AT_name") for die in variables]
                return {name.value.decode(): die for name, die in zip(names, variables, strict=True) if name}
        raise Unreadable("it has no hv_config.c")

    def _type_of(self, die: Any) -> Any:
        die = die if "DW_AT_type" in die.attributes else _declared(die)
        kind = die.get_DIE_from_attribute("DW_AT_type")
        return self._type_of(kind) if kind.tag in _NAMES_ONLY else kind

    def _decode(self, kind: Any, at: int) -> Value:
        if kind.tag == "DW_TAG_structure_type":
            return {
                member.attributes["DW_AT_name"].value.decode(): self._decode(
                    self._type_of(member), at + member.attributes["DW_AT_data_member_location"].value
                )
                for member in kind.iter_children()
            }
        if kind.tag == "DW_TAG_array_type":
            return self._array(kind, at)
        size = kind.attributes["DW_AT_byte_size"].value
        return struct.unpack("<" + _INTEGER[size], self.memory(at, size))[0]

    def _array(self, kind: Any, at: int) -> Value:
        (bounds,) = (child for child in kind.iter_children() if child.tag == "DW_TAG_subrange_type")
        said = bounds.attributes
        count = said["DW_AT_count"].value if "DW_AT_count" in said else said["DW_AT_upper_bound"].value + 1
        element = self._type_of(kind)
        step = element.attributes["DW_AT_byte_size"].value
        if element.attributes.get("DW_AT_name") and element.attributes["DW_AT_name"].value == b"char":
            return self.memory(at, count).partition(b"\0")[0].decode("ascii", "replace")
        return [self._decode(element, at + index * step) for index in range(count)]


def _declared(die: Any) -> Any:
    """Where GCC puts name and type: an entry of the declaration before, where there is one."""
    if "DW_AT_specification" in die.attributes:
        return die.get_DIE_from_attribute("DW_AT_specification")
    return die
