# SPDX-License-Identifier: Apache-2.0
"""The operation language: what can be done to an interrupt controller from outside, and what is seen of it.

Every player (RTL, reference model, QEMU, vGIC) takes the same operations. An operation may change
one interrupt line too: with a bus write the line comes first, else it comes with the access and the
access does not see it yet.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from ref.registers import encoding, system_registers


class Kind(IntEnum):
    TIME = 0  # nothing but time, or a line
    READ = 1
    WRITE = 2
    MRS = 3
    MSR = 4


class Line(NamedTuple):
    intid: int
    level: bool
    cpu: int = 0  # of a PPI


class Op(NamedTuple):
    kind: Kind
    cpu: int = 0
    addr: int = 0  # of the bus, or encoding of the system register
    data: int = 0
    size: int = 2  # 1 << size bytes
    el1: bool = False
    line: Line | None = None

    def __str__(self) -> str:
        said = describe(self)
        return f"{said}  [{_line(self.line)}]" if self.line and self.kind is not Kind.TIME else said


class Reply(NamedTuple):
    """What an operation returned, and the outputs after it; a bit a CPU."""

    data: int = 0
    undef: bool = False
    trap: bool = False
    error: bool = False  # the bus says that nothing is there
    irq: int = 0
    fiq: int = 0
    virq: int = 0
    vfiq: int = 0
    maintenance: int = 0
    wake: int = 0
    digest: int = 0  # of all state; 0 from players that cannot tell

    def __str__(self) -> str:
        how = (
            "UNDEFINED"
            if self.undef
            else "trapped"
            if self.trap
            else "bus error"
            if self.error
            else f"0x{self.data:x}"
        )
        lines = " ".join(
            f"{n}={getattr(self, n):b}"
            for n in ("irq", "fiq", "virq", "vfiq", "maintenance", "wake")
            if getattr(self, n)
        )
        return f"{how} {lines} #{self.digest:08x}"


def read(addr: int, size: int = 2, cpu: int = 0) -> Op:
    """`cpu` matters to a GICv2 alone, whose registers are banked."""
    return Op(Kind.READ, cpu, addr, size=size)


def write(addr: int, data: int, size: int = 2, cpu: int = 0) -> Op:
    return Op(Kind.WRITE, cpu, addr, data, size)


def mrs(cpu: int, name: str, el1: bool = False) -> Op:
    return Op(Kind.MRS, cpu, encoding(name), el1=el1)


def msr(cpu: int, name: str, data: int, el1: bool = False) -> Op:
    return Op(Kind.MSR, cpu, encoding(name), data, el1=el1)


def line(intid: int, level: bool, cpu: int = 0) -> Op:
    return Op(Kind.TIME, line=Line(intid, level, cpu))


GICR_BASE, GICR_STRIDE = 0xA0000, 0x20000
GICC_BASE, GICH_BASE, GICV_BASE = 0x10000, 0x30000, 0x40000  # of a GICv2


def place(addr: int) -> str:
    """An address of the bus in the manual's words."""
    from ref.registers import tables

    frame, at, owner = _frame(addr)
    block = "GICC" if frame == "GICV" else frame  # the same registers
    for r in tables().values():
        if r.offset is None or not r.name.startswith(block):
            continue
        span = r.count * r.stride if r.count > 1 else r.bits // 8
        if r.offset <= at < r.offset + span:
            number = f"<{(at - r.offset) // r.stride}>" if r.count > 1 else ""
            byte = (at - r.offset) % (r.stride or r.bits // 8)
            return f"{frame}{r.name[4:]}{number}{f'+{byte}' if byte else ''}{owner}"
    return f"{frame}+0x{at:x}{owner}"


def _frame(addr: int) -> tuple[str, int, str]:
    """Name, offset in it, and in a GICv3 whose it is."""
    if addr >= GICR_BASE:
        cpu, at = divmod(addr - GICR_BASE, GICR_STRIDE)
        return "GICR", at, f" of CPU {cpu}"
    for name, base in (("GICV", GICV_BASE), ("GICH", GICH_BASE), ("GICC", GICC_BASE)):
        if addr >= base:
            return name, addr - base, ""
    return "GICD", addr, ""


def describe(op: Op) -> str:
    """One operation as a person would write it."""
    if op.kind is Kind.TIME:
        return _line(op.line) if op.line else "time passes"
    if op.kind in (Kind.MRS, Kind.MSR):
        name = system_registers().get(op.addr, f"S{op.addr:04x}")
        who = f"CPU {op.cpu} {'EL1' if op.el1 else 'EL2'}"
        return f"{who}: MRS {name}" if op.kind is Kind.MRS else f"{who}: MSR {name}, 0x{op.data:x}"
    width = 8 << op.size
    by = f"CPU {op.cpu}: " if op.cpu or GICC_BASE <= op.addr < GICR_BASE else ""
    if op.kind is Kind.READ:
        return f"{by}read{width} {place(op.addr)}"
    return f"{by}write{width} {place(op.addr)} = 0x{op.data:x}"


def _line(change: Line | None) -> str:
    assert change is not None
    owner = f" of CPU {change.cpu}" if change.intid < 32 else ""
    return f"line {change.intid}{owner} {'rises' if change.level else 'falls'}"
