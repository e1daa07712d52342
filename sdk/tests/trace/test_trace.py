# SPDX-License-Identifier: Apache-2.0
"""Trace rings as EL2 writes them, made by hand: read, put together, and written for other tools."""

from __future__ import annotations

import csv
import io
import json
import struct

import pytest

from bulkhead.trace.perfetto import trace_object
from bulkhead.trace.record import BadTrace, Kind, Ring, read_rings
from bulkhead.trace.report import emit_csv, emit_figures, emit_page
from bulkhead.trace.timeline import Names, figures, fit, planned_windows, turns

FRAME = 1000
SCHEDULE = {
    "pcpu": 0, "frame_ns": FRAME,
    "windows": [
        {"begin_ns": 0, "length_ns": 300, "vcpu": 0}, {"begin_ns": 300, "length_ns": 200, "vcpu": 1},
        {"begin_ns": 500, "length_ns": 300, "vcpu": 0},
    ],
}  # fmt: skip
NAMES = Names(vcpus=("flight", "radio<"), schedules={0: SCHEDULE})


def ring_bytes(records: list[tuple[int, int, int, int]], size: int = 64, pcpu: int = 0) -> bytes:
    """A ring after these (count, kind, vcpu, argument) were put."""
    places = [b"\0" * 16] * size
    for number, record in enumerate(records):
        places[number % size] = struct.pack("<QHHI", *record)
    head = struct.pack("<IIIIQQ", 0x45435254, 1, pcpu, size, 1_000_000_000, len(records))
    return head + b"".join(places)


def frames(number: int, late: int = 0, start: int = 5_000) -> list[tuple[int, int, int, int]]:
    """Turns as planned, from `start` on; in every third frame they are `late`."""
    found = []
    for n in range(number):
        base = start + n * FRAME + (late if n % 3 == 2 else 0)
        found += [(base, 1, 0, 0), (base + 300, 1, 1, 0), (base + 500, 1, 0, 0), (base + 800, 1, 0xFF, 0)]
    return found


def test_the_newest_records_are_read_in_order() -> None:
    (ring,) = read_rings(ring_bytes(frames(20), size=16))
    assert ring.lost == 64 and len(ring.events) == 16
    assert [e.count for e in ring.events] == [c for c, *_ in frames(20)[-16:]]
    assert ring.events[-1].vcpu is None and ring.events[0].kind is Kind.TURN


def test_each_cpu_has_its_ring_and_one_that_was_off_has_none() -> None:
    raw = ring_bytes(frames(1)) + b"\0" * len(ring_bytes([])) + ring_bytes([(1, 6, 1, 7)], pcpu=2)
    assert [(ring.pcpu, len(ring.events)) for ring in read_rings(raw)] == [(0, 4), (2, 1)]


@pytest.mark.parametrize(
    "raw", [b"x" * 200, ring_bytes([])[:-1], ring_bytes([(1, 99, 0, 0)]), b"\0" * 64], ids=str
)
def test_other_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(BadTrace):
        read_rings(raw)


def ring_of(records: list[tuple[int, int, int, int]], size: int = 64) -> Ring:
    return read_rings(ring_bytes(records, size))[0]


def test_turns_and_shares() -> None:
    found = figures(ring_of(frames(10)), NAMES)
    assert found.shares == pytest.approx(found.planned)
    assert found.planned == pytest.approx({"flight": 0.6, "radio<": 0.2, "idle": 0.2})
    assert found.jitter and max(found.jitter) == 0


def test_lateness_is_found_wherever_the_ring_begins() -> None:
    for cut in range(8):
        known = turns(ring_of(frames(12, late=7)[cut:]))
        found = fit(known, SCHEDULE)
        assert found is not None and found.phase == 0
        assert {0, 7} == set(found.late)


def test_turns_of_another_plan_have_no_lateness() -> None:
    records = [(count, kind, vcpu ^ (vcpu < 2), argument) for count, kind, vcpu, argument in frames(6)]
    assert fit(turns(ring_of(records[:3] + records[4:])), SCHEDULE) is None


def test_windows_are_joined_and_gaps_are_windows() -> None:
    assert planned_windows(SCHEDULE) == [(0, 300, 0), (300, 500, 1), (500, 800, 0), (800, 1000, None)]


def test_perfetto_has_what_ran_beside_what_was_planned() -> None:
    made = trace_object([ring_of([*frames(3), (8_000, 2, 1, 27), (8_001, 6, 0, 5)])], NAMES)
    json.dumps(made)
    slices = [row for row in made["traceEvents"] if row["ph"] == "X"]
    ran = [(row["name"], row["ts"], row["dur"]) for row in slices if row["tid"] == 1]
    planned = [(row["name"], row["ts"], row["dur"]) for row in slices if row["tid"] == 2]
    assert ran[:3] == [("flight", 5.0, 0.3), ("radio<", 5.3, 0.2), ("flight", 5.5, 0.3)]
    assert planned[: len(ran)] == ran
    assert [row["name"] for row in made["traceEvents"] if row["ph"] == "i"] == ["INTID 27", "mark 5"]


def test_the_table_and_the_page() -> None:
    ring = ring_of([*frames(2), (9_000, 4, 1, 0x84000000), (9_001, 3, 0, 0x93 << 24), (9_002, 5, 0, 1)])
    rows = list(csv.DictReader(io.StringIO(emit_csv([ring], NAMES))))
    assert rows[-3] == {
        "ns": "9000", "pcpu": "0", "kind": "call", "vcpu": "radio<", "argument": "2214592512",
        "what": "call 0x84000000",
    }  # fmt: skip
    page = emit_page([ring], NAMES, "mine & yours")
    assert "mine &amp; yours" in page and "http" not in page and "radio<" not in page
    assert "flight" in emit_figures([ring], NAMES)
