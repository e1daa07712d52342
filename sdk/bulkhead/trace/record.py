# SPDX-License-Identifier: Apache-2.0
"""The bytes of EL2's trace rings -> events. The layout is hv-arm64/include/hv/trace.h."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

MAGIC, VERSION = 0x45435254, 1
_RING = struct.Struct("<IIIIQQ")
_RECORD = struct.Struct("<QHHI")
RING_SIZE, RECORD_SIZE = _RING.size, _RECORD.size
NONE = 0xFF  # include/hv/config.h: HV_NONE


class Kind(IntEnum):
    """enum hv_trace_kind"""

    TURN = 1
    IRQ = 2
    TRAP = 3
    CALL = 4
    HEALTH = 5
    MARK = 6


class BadTrace(Exception):
    """The bytes are no trace ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`count` is the physical counter; `vcpu` is None where nobody runs; `argument` is the kind's."""

    pcpu: int
    count: int
    kind: Kind
    vcpu: int | None
    argument: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """What a pCPU kept. `lost`: older records that are gone."""

    pcpu: int
    hz: int
    lost: int
    events: tuple[Event, ...]


def ring_bytes(records: int) -> int:
    """The size of a ring in memory."""
    return RING_SIZE + records * RECORD_SIZE


def read_rings(raw: bytes) -> list[Ring]:
    """Rings that lie one behind the other; a pCPU that was never on has none. Raises BadTrace."""
    found = []
    at = 0
    size = 0
    while at + RING_SIZE <= len(raw):
        magic, version, pcpu, records, hz, next_ = _RING.unpack_from(raw, at)
        if magic == 0 and size:  # the pCPU did not come up
            at += ring_bytes(size)
            continue
        if magic != MAGIC or version != VERSION or records == 0 or records & (records - 1):
            raise BadTrace(f"there is no trace ring at byte {at}")
        size = records
        body = raw[at + RING_SIZE : at + ring_bytes(size)]
        if len(body) < records * RECORD_SIZE:
            raise BadTrace(f"the trace ring of pCPU {pcpu} is cut off")
        found.append(_ring(pcpu, hz, next_, records, body))
        at += ring_bytes(size)
    return found


def _ring(pcpu: int, hz: int, next_: int, records: int, body: bytes) -> Ring:
    first = max(0, next_ - records)
    numbers = range(first, next_)
    events = tuple(_event(pcpu, body, number % records) for number in numbers)
    return Ring(pcpu=pcpu, hz=hz, lost=first, events=events)


def _event(pcpu: int, body: bytes, place: int) -> Event:
    count, kind, vcpu, argument = _RECORD.unpack_from(body, place * RECORD_SIZE)
    try:
        known = Kind(kind)
    except ValueError as problem:
        raise BadTrace(f"a record of pCPU {pcpu} has the unknown kind {kind}") from problem
    return Event(
        pcpu=pcpu, count=count, kind=known, vcpu=None if vcpu == NONE else vcpu, argument=argument
    )  # fmt: skip


def in_order(rings: Iterable[Ring]) -> list[Event]:
    """All events by time; those of one pCPU stay in their order."""
    return sorted((event for ring in rings for event in ring.events), key=lambda event: event.count)
