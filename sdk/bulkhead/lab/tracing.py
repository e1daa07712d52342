# SPDX-License-Identifier: Apache-2.0
"""A system run with its trace on, and the rings read out of the machine's memory."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

from bulkhead.diag import LabError, UserError
from bulkhead.lab.image import Image
from bulkhead.lab.session import Session
from bulkhead.lab.targets import Target
from bulkhead.runners.qemu import QemuProcess
from bulkhead.trace.record import BadTrace, read_rings
from bulkhead.trace.report import emit_figures, emit_page
from bulkhead.trace.timeline import names_of

SYMBOL = "trace_rings"


def has_trace(image: Image) -> bool:
    return bool(image.plan.get("features", {}).get("trace_records"))


def require_trace(image: Image) -> None:
    """Raises UserError where the image keeps no trace."""
    if not has_trace(image):
        raise UserError(
            "this image keeps no trace: ./bulkhead config set TRACE=y, then build again",
        )


def record(root: Path, target: Target, image: Image, out: Path, seconds: float) -> bytes:
    """Boot, let it run for `seconds` of the host's time, and read out every ring (trace/record.py).

    Raises LabError, UserError.
    """
    require_trace(image)
    if target.kind != "qemu":
        raise UserError(f"the memory of target '{target.name}' cannot be read from outside; QEMU's can")
    with Session.open(root, target, image, out) as session:
        session.boot()
        time.sleep(seconds)
        return read_out(session)


def read_out(session: Session) -> bytes:
    """The rings of a running machine, which stands meanwhile."""
    running = session.running
    if not isinstance(running, QemuProcess):
        raise UserError(f"the memory of target '{session.target.name}' cannot be read from outside")
    address, size = _place(session.image.path.with_suffix(".elf"))
    with running.physical_memory() as memory:
        return memory.read(address, size)


def _place(elf_path: Path) -> tuple[int, int]:
    """Address and size of the rings; EL2 maps its memory one to one."""
    elf = ELFFile(io.BytesIO(elf_path.read_bytes()))
    table: Any = elf.get_section_by_name(".symtab")
    for symbol in table.get_symbol_by_name(SYMBOL) or ():
        return int(symbol["st_value"]), int(symbol["st_size"])
    raise UserError(f"{elf_path.name} has no trace rings: it was built without CONFIG_TRACE")


def keep(session: Session, path: Path) -> str:
    """The trace of a running machine as PATH.bin and PATH.html; its figures. Raises UserError, LabError."""
    require_trace(session.image)
    raw = read_out(session)
    try:
        rings, names = read_rings(raw), names_of(session.image.plan)
    except BadTrace as problem:
        raise LabError(f"the machine's memory has no trace: {problem}") from problem
    path.with_suffix(".bin").write_bytes(raw)
    path.with_suffix(".html").write_text(emit_page(rings, names, session.image.system), encoding="utf-8")
    return emit_figures(rings, names)
