# SPDX-License-Identifier: Apache-2.0
"""build/linked.py: a linked file that is not what was planned is found before it is an image."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from plans import make_plan

from bulkhead.build.image import LinkedElf
from bulkhead.build.linked import look_at
from bulkhead.emit.places import image_end
from bulkhead.emit.store import stored_segments
from bulkhead.emit.tables import make_tables
from bulkhead.model.system import SystemPlan


class Linked(LinkedElf):
    """Memory as a link of the plan would fill it; no ELF file behind it."""

    def __init__(self, plan: SystemPlan) -> None:
        boxes = [b for b in plan.boxes if b.name in ("text", "rodata", "tables", "store", "data")]
        self._extents = [(b.base, b.base + b.size, {"text": 5, "data": 6}.get(b.name, 4)) for b in boxes]
        self._segments, at, self.raw = [], 0, bytearray()
        for b in boxes:
            self._segments.append((b.base, at, b.size))
            self.raw += bytes(b.size)
            at += b.size
        self.patch(plan.box("tables").base, make_tables(plan).data)
        for s in stored_segments(plan):
            self.patch(plan.box("store").base + s.offset, s.data)
        size = image_end(plan) - boxes[0].base
        self.patch(boxes[0].base, struct.pack("<QQQQQQQ4s", 0, 0, size, 0xA, 0, 0, 0, b"ARM\x64"))

    def occupy(self, base: int, end: int, flags: int = 6) -> None:
        self._extents.append((base, end, flags))


PLAN = make_plan()


def codes(linked: Linked, plan: SystemPlan = PLAN) -> set[str]:
    return {said.partition(":")[0] for said in look_at(plan, linked)}


def test_a_link_as_planned_is_fine() -> None:
    assert look_at(PLAN, Linked(PLAN)) == []


def test_something_outside_the_boxes() -> None:  # answers hvisor#221, hubris#1678
    linked = Linked(PLAN)
    linked.occupy(PLAN.boxes[-1].base, image_end(PLAN) + 0x10)
    assert codes(linked) == {"BH-LINK-001"}


def test_the_hypervisor_in_a_guests_ram() -> None:  # answers hvisor#310
    linked = Linked(PLAN)
    linked.occupy(PLAN.partitions[0].ram_pa - 0x1000, PLAN.partitions[0].ram_pa + 0x1000)
    assert codes(linked) == {"BH-LINK-001", "BH-LINK-002"}


def test_stale_payload() -> None:
    linked = Linked(PLAN)
    linked.patch(PLAN.box("store").base + 5, b"?")
    assert codes(linked) == {"BH-LINK-004"}


@pytest.mark.parametrize(("offset", "byte"), [(56, b"x"), (8, b"\1"), (16, b"\1"), (24, b"\x0b")])
def test_image_header(offset: int, byte: bytes) -> None:  # answers buildroot#124
    linked = Linked(PLAN)
    linked.patch(PLAN.boxes[0].base + offset, byte)
    assert codes(linked) == {"BH-LINK-005"}


def test_writable_code() -> None:
    linked = Linked(PLAN)
    linked.occupy(PLAN.box("data").base, PLAN.box("data").base + 0x10, 7)
    assert codes(linked) == {"BH-LINK-006"}


def test_a_devicetree_that_is_too_large() -> None:
    device = replace(PLAN.device("rtc@9010000"), properties=(("bulk", bytes(70_000)),))
    others = tuple(d for d in PLAN.board.devices if d.name != device.name)
    plan = replace(PLAN, board=replace(PLAN.board, devices=(device, *others), nodes={}))
    boxes = {b.name: b.size for b in plan.boxes} | {"store": 0x1_4000}
    made, base = [], plan.boxes[0].base
    for name, size in boxes.items():
        made.append(replace(plan.box(name), base=base, size=size))
        base += size
    plan = replace(plan, boxes=tuple(made))
    assert codes(Linked(plan), plan) == {"BH-LINK-007"}
