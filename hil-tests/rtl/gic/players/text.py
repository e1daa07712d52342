# SPDX-License-Identifier: Apache-2.0
"""Operations as text, a line each, as failures print them: saved, edited and played again.

`#` begins a comment. Registers go by the manual's names, and where there is none by `GICD+0x...`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Line, Op
from ref.registers import encoding, tables

_LINE = re.compile(r"line (\d+)(?: of CPU (\d+))? (rises|falls)$")
_SYSTEM = re.compile(r"CPU (\d+) EL([12]): (MRS|MSR) (\w+)(?:, (0x[0-9a-f]+|\d+))?$")
_BUS = re.compile(
    r"(?:CPU (\d+): )?(read|write)(8|16|32|64) (\S+?)(?:\+(0x[0-9a-f]+|\d+))?(?: of CPU (\d+))?"
    r"(?: = (0x[0-9a-f]+|\d+))?$"
)
_WITH_LINE = re.compile(r"(.*\S)\s+\[(line .*)\]$")
_TIME = re.compile(r"time passes(?: \((\d+)\))?$")


class NotAnOperation(ValueError):
    """A line that says none; the message has its number and what it should look like."""


def write_text(ops: Iterable[Op], title: str = "") -> str:
    return "".join(f"# {line}\n" for line in title.splitlines()) + "".join(f"{op}\n" for op in ops)


def read_text(text: str, name: str = "operations") -> list[Op]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        try:
            found.append(parse(said))
        except (KeyError, ValueError) as wrong:
            raise NotAnOperation(
                f"{name}:{number}: '{said}' is no operation ({wrong}); one looks like "
                f"`write32 GICD_CTLR = 0x3`, `CPU 0 EL2: MRS ICC_IAR1_EL1` or `line 40 rises`"
            ) from None
    return found


def parse(said: str) -> Op:
    """The operation that prints so."""
    if both := _WITH_LINE.match(said):
        return parse(both[1])._replace(line=_line(both[2]))
    if said.startswith("line "):
        return Op(Kind.TIME, line=_line(said))
    if passed := _TIME.match(said):
        return Op(Kind.TIME, data=int(passed[1] or 0))
    if m := _SYSTEM.match(said):
        kind = Kind[m[3]]
        if (kind is Kind.MSR) != (m[5] is not None):
            raise ValueError("MSR has a value, MRS has none")
        return Op(kind, int(m[1]), _encoding(m[4]), int(m[5] or "0", 0), el1=m[2] == "1")
    if m := _BUS.match(said):
        by, way, width, name, byte, owner, value = m.groups("0")
        kind = Kind[way.upper()]
        if (kind is Kind.WRITE) != (m[7] is not None):
            raise ValueError("a write has a value, a read has none")
        addr = _address(name, int(byte, 0), int(owner))
        return Op(kind, int(by), addr, int(value, 0), (int(width) // 8).bit_length() - 1)
    raise ValueError("it has none of their shapes")


def _line(said: str) -> Line:
    m = _LINE.match(said)
    if m is None:
        raise ValueError("a line rises or falls")
    return Line(int(m[1]), m[3] == "rises", int(m[2] or "0"))


def _encoding(name: str) -> int:
    return int(name[1:], 16) if re.fullmatch(r"S[0-9a-f]{4}", name) else encoding(name)


def _address(name: str, byte: int, cpu: int) -> int:
    block = name[:4]
    base = {"GICD": 0, "GICR": GICR_BASE + GICR_STRIDE * cpu}[block]
    if name == block:
        return base + byte
    register, _, index = name.partition("<")
    r = tables()[register]
    if r.offset is None:
        raise ValueError(f"{register} is not on the bus")
    return base + r.offset + int(index.rstrip(">") or "0") * r.stride + byte
