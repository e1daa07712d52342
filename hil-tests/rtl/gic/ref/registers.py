# SPDX-License-Identifier: Apache-2.0
"""The register map that C uses too (hv-arm64/src/regs/*.def), by name and by number."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bulkhead.model.registers import Register, read_tables

REGS = Path(__file__).resolve().parents[4] / "hv-arm64" / "src" / "regs"


@cache
def tables() -> dict[str, Register]:
    return read_tables({p.name: p.read_text(encoding="utf-8") for p in sorted(REGS.glob("*.def"))})


def offset(name: str) -> int:
    found = tables()[name].offset
    assert found is not None, name
    return found


def encoding(name: str) -> int:
    """op0, op1, CRn, CRm, op2 in 16 bits."""
    found = tables()[name].encoding
    assert found is not None, name
    op0, op1, crn, crm, op2 = found
    return op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2


@cache
def system_registers() -> dict[int, str]:
    """Encoding -> name, of the CPU interfaces' registers."""
    return {encoding(r.name): r.name for r in tables().values() if r.encoding and r.name.startswith("IC")}


def mask(register: str, field: str) -> int:
    return tables()[register].field(field).mask


def get(register: str, field: str, value: int) -> int:
    return tables()[register].field(field).get(value)


def put(register: str, field: str, value: int) -> int:
    return tables()[register].field(field).put(value)
