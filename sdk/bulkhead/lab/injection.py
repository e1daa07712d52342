# SPDX-License-Identifier: Apache-2.0
"""Bits flipped in a running machine's memory, and what is claimed about it.

What may be expected depends on whose memory it is:

- a partition's RAM: at most that partition is harmed. Its neighbour keeps its deadlines, EL2 lives and
tells the truth.
- EL2's own code, constants, page tables or data: nothing is claimed. Whether it was noticed (a crash
record, a refusal,
  silence) is recorded, so that a change of it is seen.
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from bulkhead.diag import LabError, UserError
from bulkhead.lab.console import TextNotSeen
from bulkhead.lab.demux import HYPERVISOR
from bulkhead.lab.image import Image
from bulkhead.lab.session import Session, StageError
from bulkhead.runners.qemu import QemuProcess

IDENTITY_TRIES = 3


class Noticed(Enum):
    """What became of a flip, as far as the console tells."""

    CRASH = "crash"  # EL2 stopped with a crash record
    FAULT = "fault"  # a partition faulted, and the hypervisor said so
    SILENT = "silent"  # the hypervisor no longer answers
    NOTHING = "nothing"  # everything goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of memory that bits can be flipped in. `owner`: a partition's name, or `hv`."""

    name: str
    owner: str
    base: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One flipped bit and what came of it; a line of injections.jsonl."""

    region: str
    owner: str
    address: int
    bit: int
    noticed: str


def regions(image: Image) -> dict[str, Region]:
    """Partitions' RAM by partition, EL2's boxes as `hv-text`, `hv-tables`, ..."""
    found = {
        p["name"]: Region(name=p["name"], owner=p["name"], base=p["ram"]["pa"], size=p["ram"]["size"])
        for p in image.plan["partitions"]
    }
    for box in image.plan["boxes"]:
        name = f"{HYPERVISOR}-{box['name']}"
        found[name] = Region(name=name, owner=HYPERVISOR, base=box["base"], size=box["used"])
    return found


def find_region(image: Image, name: str) -> Region:
    known = regions(image)
    if name not in known:
        raise UserError(f"there is no region '{name}'; there are: {', '.join(sorted(known))}")
    return known[name]


def flip(session: Session, region: Region, dice: random.Random, *, within: int = 0) -> tuple[int, int]:
    """Flip one bit of what is in use (a byte that is not zero, where one is found soon). Address and bit.

    `within`: only in the first bytes of the region.
    """
    if not isinstance(session.running, QemuProcess):
        raise LabError(f"the memory of target '{session.target.name}' cannot be changed from outside")
    size = min(within or region.size, region.size)
    with session.running.physical_memory() as memory:
        for _ in range(64):
            address = region.base + dice.randrange(size)
            byte = memory.read(address, 1)[0]
            if byte:
                break
        bit = dice.randrange(8)
        memory.write(address, bytes([byte ^ 1 << bit]))
    return address, bit


def look(session: Session, begin: int) -> Noticed:
    """What the hypervisor said since `begin` (an offset of the transcript), and whether it still answers."""
    for _ in range(IDENTITY_TRIES):
        try:
            session.ask_identity()
            break
        except (StageError, TextNotSeen, LabError):
            continue
    else:
        return Noticed.CRASH if _said(session, begin, "CRASH") else Noticed.SILENT
    if _said(session, begin, "CRASH"):
        return Noticed.CRASH
    return Noticed.FAULT if _said(session, begin, ": fault ") else Noticed.NOTHING


def _said(session: Session, begin: int, part: str) -> bool:
    return any(part in line.text for line in session.console.lines(HYPERVISOR) if line.offset >= begin)


def record(path: Path, found: Flip) -> None:
    """One more line of the run's injections.jsonl."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(found)) + "\n")
