# SPDX-License-Identifier: Apache-2.0
"""A system run with its trace on, and the rings read out of the machine's memory."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

from bulkhead.diag import UserError
from bulkhead.lab.image import Image
from bulkhead.lab.session import Session
from bulkhead.lab.targets import Target
from bulkhead.runners.qemu import QemuProcess

SYMBOL = "trace_rings"


def require_trace(image: Image) -> None:
    """Raises UserError where the image keeps no trace."""
    if not image.plan.get("features", {}).get("trace_records"):
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
