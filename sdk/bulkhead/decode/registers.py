# SPDX-License-Identifier: Apache-2.0
"""Reads the register tables of hv-arm64/src/regs/*.def, which C includes too (regs.h).

REG(name, offset, bits, access, "meaning")
REGS(name, offset, count, stride, bits, access, "meaning")
SYSREG(name, op0, op1, CRn, CRm, op2, access, "meaning")
FIELD(register, field, high bit, low bit, "meaning")
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_LINE = re.compile(r'^(REGS?|SYSREG|FIELD)\(\s*(.*?)\s*,\s*"([^"]*)"\s*\)$')


class BadTable(Exception):
    """A line of a table that is not of its form: file, line, and the line itself."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    high: int
    low: int
    meaning: str

    def of(self, value: int) -> int:
        return value >> self.low & (1 << self.high - self.low + 1) - 1


@dataclass(frozen=True, slots=True)
class Register:
    """`offset` is None for a system register, whose `encoding` is (op0, op1, CRn, CRm, op2)."""

    name: str
    offset: int | None
    count: int
    stride: int
    bits: int
    access: str
    encoding: tuple[int, ...]
    meaning: str


@dataclass(slots=True)
class RegisterTable:
    """In the file's order. Fields may belong to a name without a register: a syndrome's format."""

    registers: dict[str, Register] = field(default_factory=dict)
    fields: dict[str, dict[str, Field]] = field(default_factory=dict)

    def get(self, register: str, name: str, value: int) -> int:
        """Field `name` of a register's `value`."""
        return self.fields[register][name].of(value)


def read_table(path: Path) -> RegisterTable:
    """Raises BadTable for a line with a macro that cannot be read."""
    table = RegisterTable()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        found = _LINE.match(line.strip())
        if found is None:
            if re.match(r"\s*[A-Z]+\(", line):
                raise BadTable(f"{path.name}:{number}: {line}")
            continue
        kind, arguments, meaning = found.groups()
        words = [word.strip() for word in arguments.split(",")]
        try:
            _add(table, kind, words, meaning)
        except (ValueError, IndexError):
            raise BadTable(f"{path.name}:{number}: {line}") from None
    return table


def _add(table: RegisterTable, kind: str, words: list[str], meaning: str) -> None:
    name = words[0]
    if kind == "FIELD":
        _, field_name, high, low = words
        fields = table.fields.setdefault(name, {})
        fields[field_name] = Field(field_name, int(high, 0), int(low, 0), meaning)
        return
    numbers = [int(word, 0) for word in words[1:-1]]
    access = words[-1]
    if kind == "SYSREG":
        register = Register(name, None, 1, 0, 64, access, tuple(numbers), meaning)
    elif kind == "REG":
        offset, bits = numbers
        register = Register(name, offset, 1, 0, bits, access, (), meaning)
    else:
        offset, count, stride, bits = numbers
        register = Register(name, offset, count, stride, bits, access, (), meaning)
    table.registers[name] = register
