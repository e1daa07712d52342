# SPDX-License-Identifier: Apache-2.0
"""A crash record and what is known about the build -> what happened, as data and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bulkhead.decode.record import BUG, CrashRecord
from bulkhead.decode.registers import RegisterTable
from bulkhead.decode.symbols import Symbols
from bulkhead.decode.syndrome import describe_esr, describe_vector, has_address
from bulkhead.model.sizes import PAGE, PCPU_BLOCK_SIZE

_LINK_REGISTER = 30
_CALL_SIZE = 4  # x30 holds the address after the call


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """`symbols` and `plan` (plan.json) are of the build folder; either may be missing."""

    registers: RegisterTable
    symbols: Symbols | None
    plan: Mapping[str, Any] | None

    def is_of(self, record: CrashRecord) -> bool:
        """Whether the build folder still holds the build that crashed."""
        return self.symbols is not None and self.symbols.build_id == record.build_id


def explain(record: CrashRecord, known: Knowledge) -> dict[str, Any]:
    """The JSON object of one record (`./bulkhead decode --format json`)."""
    is_bug = record.vector == BUG
    # hv_bug() records its return address, the instruction after the call.
    at = record.elr - _CALL_SIZE if is_bug else record.elr
    return_address = record.x[_LINK_REGISTER]
    address = record.far if not is_bug and has_address(record.esr, known.registers) else None
    return {
        "build_id": record.build_id,
        "build_matches": known.is_of(record),
        "boot_count": record.boot_count,
        "pcpu": record.pcpu,
        "text": record.text,
        "vector": describe_vector(record.vector),
        "syndrome": "" if is_bug else describe_esr(record.esr, known.registers),
        "esr": record.esr,
        "pc": {"address": record.elr, **_code(at, known)},
        "has_registers": not is_bug,  # hv_bug() has none of interest to keep
        "caller": {"address": return_address, **_code(return_address - _CALL_SIZE, known)},
        "address": None if address is None else {"address": address, "what": _place(address, known)},
        "sp": {"address": record.sp, "what": _place(record.sp, known)},
        "far": record.far,
        "hpfar": record.hpfar,
        "spsr": record.spsr,
        "x": list(record.x),
    }


def render(found: Mapping[str, Any]) -> str:
    """The same for people."""
    lines = [f"crash on pCPU {found['pcpu']}, boot {found['boot_count']}: {found['text']}"]
    lines.append(f"  how      {found['vector']}")
    if found["syndrome"]:
        lines.append(f"  why      {found['syndrome']} (ESR_EL2 {found['esr']:#x})")
    lines.append(f"  where    {_where(found['pc'])}")
    if found["caller"]["address"]:
        lines.append(f"  caller   {_where(found['caller'])}")
    if found["address"] is not None:
        lines.append(f"  address  {found['address']['address']:#x}  {found['address']['what']}")
    lines.append(f"  stack    {found['sp']['address']:#x}  {found['sp']['what']}")
    lines.append(f"  build    {found['build_id']}")
    if not found["build_matches"]:
        lines.append("           not the build of this folder: names and lines may be wrong")
    if not found["has_registers"]:
        return "\n".join(lines) + "\n"
    lines.append(f"  SPSR {found['spsr']:#x}  FAR {found['far']:#x}  HPFAR {found['hpfar']:#x}")
    x = found["x"]
    for first in range(0, len(x), 4):
        row = (f"x{n:<2} {x[n]:016x}" for n in range(first, min(first + 4, len(x))))
        lines.append("  " + "  ".join(row))
    return "\n".join(lines) + "\n"


def _where(code: Mapping[str, Any]) -> str:
    line = f"  {code['line']}" if code["line"] else ""
    return f"{code['address']:#x}  {code['function'] or 'not code of the hypervisor'}{line}"


def _code(address: int, known: Knowledge) -> dict[str, str]:
    if known.symbols is None:
        return {"function": "", "line": ""}
    return {"function": known.symbols.function(address), "line": known.symbols.line(address)}


def _place(address: int, known: Knowledge) -> str:
    """What lies at an address, by the plan."""
    if known.plan is None:
        return ""
    for box in known.plan["boxes"]:
        if box["base"] <= address < box["base"] + box["size"]:
            if box["name"] == "pcpu":
                return _in_block(address - box["base"])
            return f"the hypervisor's {box['name']}"
    for claim in known.plan["claims"]:
        if claim["base"] <= address < claim["base"] + claim["size"]:
            return str(claim["label"])
    return "nothing"


def _in_block(offset: int) -> str:
    """The parts of a pCPU's block (include/hv/config.h, HV_PCPU_BLOCK_SIZE)."""
    pcpu, inside = divmod(offset, PCPU_BLOCK_SIZE)
    parts = (
        (PAGE, "the guard page below the stack: it overflowed;"),
        (3 * PAGE, "the stack"),
        (4 * PAGE, "the guard page below the panic stack: it overflowed;"),
        (5 * PAGE, "the panic stack"),
        (PCPU_BLOCK_SIZE, "the block"),
    )
    words = next(words for end, words in parts if inside < end)
    return f"{words} of pCPU {pcpu}".replace("; of", ",")
