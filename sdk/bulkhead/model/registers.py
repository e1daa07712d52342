# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's register tables (hv-arm64/src/regs/*.def), for everything that is not C.

A pure parser: text in, frozen values out. The files are read by whoever has a folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Access(Enum):
    RW = "RW"
    RO = "RO"
    WO = "WO"
    W1S = "W1S"  # a write sets the bits that are 1
    W1C = "W1C"  # a write clears them


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Some bits of a register, named as the manual names them."""

    name: str
    high: int
    low: int
    meaning: str

    @property
    def mask(self) -> int:
        return ((1 << (self.high - self.low + 1)) - 1) << self.low

    def get(self, value: int) -> int:
        return (value & self.mask) >> self.low

    def put(self, value: int) -> int:
        return value << self.low & self.mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One register, an array of them, a system register, or a bare set of fields (a view)."""

    name: str
    meaning: str = ""
    access: Access | None = None
    bits: int = 64
    offset: int | None = None  # of a device's register, in its block
    count: int = 1
    stride: int = 0
    encoding: tuple[int, int, int, int, int] | None = None  # op0, op1, CRn, CRm, op2
    fields: tuple[Field, ...] = field(default=())

    def field(self, name: str) -> Field:
        for found in self.fields:
            if found.name == name:
                return found
        raise KeyError(f"{self.name} has no field {name}")

    def describe(self, value: int) -> list[tuple[Field, int]]:
        """Each field with its value, from the highest bit down."""
        return [(f, f.get(value)) for f in sorted(self.fields, key=lambda f: -f.high)]


class RegisterTableError(ValueError):
    """A line of a table is none of the four forms."""


_ENTRY = re.compile(r'\s*(\w+)\s*\(\s*(.*?)\s*,\s*"([^"]*)"\s*\)\s*\Z')
_ARGUMENTS = {"REG": 4, "REGS": 6, "SYSREG": 7, "FIELD": 4}


def read_registers(text: str, file: str = "") -> dict[str, Register]:
    """Name -> register, in the table's order.

    A FIELD whose register the table does not have makes a register with fields alone: a view of
    another register's bits (ESR_ABORT), or one without a number of its own (ICH_LR_EL2).
    """
    found: dict[str, Register] = {}
    fields: dict[str, list[Field]] = {}
    for number, line in _lines(text):
        entry = _ENTRY.match(line)
        arguments = [a.strip() for a in entry[2].split(",")] if entry else []
        if entry is None or len(arguments) != _ARGUMENTS.get(entry[1]):
            raise RegisterTableError(f"{file}:{number}: not REG, REGS, SYSREG or FIELD: {line.strip()}")
        kind, meaning, name = entry[1], entry[3], arguments[0]
        try:
            if kind == "FIELD":
                high, low = int(arguments[2], 0), int(arguments[3], 0)
                made = Field(name=arguments[1], high=high, low=low, meaning=meaning)
                fields.setdefault(name, []).append(made)
                found.setdefault(name, Register(name=name))
                continue
            found[name] = _register(kind, name, arguments, meaning)
        except ValueError as error:
            raise RegisterTableError(f"{file}:{number}: {error}") from None
    return {name: _with_fields(register, fields.get(name, [])) for name, register in found.items()}


def read_tables(texts: Mapping[str, str]) -> dict[str, Register]:
    """Several tables (file name -> text) as one."""
    found: dict[str, Register] = {}
    for file in sorted(texts):
        found.update(read_registers(texts[file], file))
    return found


def _lines(text: str) -> list[tuple[int, str]]:
    # Comments go, but the lines they end on stay where they are.
    bare = re.sub(r"/\*.*?\*/", lambda c: "\n" * c[0].count("\n"), text, flags=re.DOTALL)
    return [(n, line) for n, line in enumerate(bare.splitlines(), 1) if line.strip()]


def _register(kind: str, name: str, arguments: list[str], meaning: str) -> Register:
    numbers = [int(a, 0) for a in arguments[1:-1]]
    access = Access(arguments[-1])
    if kind == "SYSREG":
        op0, op1, crn, crm, op2 = numbers
        return Register(name=name, meaning=meaning, access=access, encoding=(op0, op1, crn, crm, op2))
    if kind == "REG":
        offset, bits = numbers
        return Register(name=name, meaning=meaning, access=access, offset=offset, bits=bits)
    offset, count, stride, bits = numbers
    return Register(
        name=name, meaning=meaning, access=access, offset=offset, count=count, stride=stride, bits=bits
    )


def _with_fields(register: Register, fields: list[Field]) -> Register:
    return Register(
        name=register.name,
        meaning=register.meaning,
        access=register.access,
        bits=register.bits,
        offset=register.offset,
        count=register.count,
        stride=register.stride,
        encoding=register.encoding,
        fields=tuple(fields),
    )
