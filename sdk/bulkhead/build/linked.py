# SPDX-License-Identifier: Apache-2.0
"""The linked hypervisor against the plan: the last look before an image is written.

Reads the ELF file alone: what the linker really did, not what it was told. Each rule yields
sentences that begin with their code; build/manual.py has the entries. What the tables in it let
anybody reach is prove/'s business.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from bulkhead.build.image import LinkedElf
from bulkhead.emit.places import image_end
from bulkhead.emit.store import stored_segments
from bulkhead.model.sizes import GUEST_DTB_ROOM, addresses, words
from bulkhead.model.system import GUEST_RAM_IPA, SystemPlan

Rule = Callable[[SystemPlan, LinkedElf], Iterator[str]]
_WRITE_EXECUTE = 0b11  # PF_W | PF_X
_MAGIC = b"ARM\x64"


def look_at(plan: SystemPlan, linked: LinkedElf) -> list[str]:
    """Everything in which the linked file is not what was planned."""
    return [said for rule in _RULES for said in rule(plan, linked)]


def lies_in_its_boxes(plan: SystemPlan, linked: LinkedElf) -> Iterator[str]:
    """Neither a section that the script does not name nor a box that is too small."""
    for base, end, _ in linked.extents():
        at = base
        for box in plan.boxes:
            if box.base <= at < box.base + box.size:
                at = min(end, box.base + box.size)
        if at < end:
            yield f"BH-LINK-001: the linked hypervisor has {addresses(at, end)}, in no box of the plan"


def meets_nobody(plan: SystemPlan, linked: LinkedElf) -> Iterator[str]:
    for base, end, _ in linked.extents():
        for claim in plan.claims:
            if claim.owner != "hv" and claim.base < end and base < claim.end:
                shared = min(end, claim.end) - max(base, claim.base)
                yield (
                    f"BH-LINK-002: the linked hypervisor ({addresses(base, end)}) overlaps {claim.label} "
                    f"({addresses(claim.base, claim.end)}) by {words(shared)}"
                )


def payloads_arrived(plan: SystemPlan, linked: LinkedElf) -> Iterator[str]:
    base = plan.box("store").base
    for segment in stored_segments(plan):
        if linked.memory(base + segment.offset, len(segment.data)) != segment.data:
            name = plan.partitions[segment.partition].name
            yield f"BH-LINK-004: the linked file holds other bytes than segment {segment.name} of '{name}'"


def the_header_is_right(plan: SystemPlan, linked: LinkedElf) -> Iterator[str]:
    """The arm64 Image header, by which the boot loader places the image."""
    base = plan.boxes[0].base
    header = linked.memory(base, 64)
    text_offset, size, flags = struct.unpack_from("<QQQ", header, 8)
    if header[56:60] != _MAGIC or text_offset or flags & 1:
        yield "BH-LINK-005: the image does not begin with the header of an arm64 Image for this CPU"
    elif size != image_end(plan) - base:
        yield (
            f"BH-LINK-005: the header keeps {words(size)} free for the image, "
            f"but it uses {words(image_end(plan) - base)}"
        )


def nothing_is_writable_and_executable(plan: SystemPlan, linked: LinkedElf) -> Iterator[str]:
    for base, end, flags in linked.extents():
        if flags & _WRITE_EXECUTE == _WRITE_EXECUTE:
            yield f"BH-LINK-006: {addresses(base, end)} of the hypervisor is writable and executable"


def devicetrees_fit(plan: SystemPlan, linked: LinkedElf) -> Iterator[str]:
    """Their size is known only now; what guests load begins behind them (BH-GUEST-004)."""
    for segment in stored_segments(plan):
        if segment.name == "dtb" and segment.ipa == GUEST_RAM_IPA and segment.size > GUEST_DTB_ROOM:
            p = plan.partitions[segment.partition]
            yield (
                f"BH-LINK-007: the devicetree of partition '{p.name}' has {words(segment.size)}, with "
                f"room for {words(GUEST_DTB_ROOM)}: give it fewer of its {len(p.devices)} devices"
            )


_RULES: tuple[Rule, ...] = (
    lies_in_its_boxes,
    meets_nobody,
    payloads_arrived,
    the_header_is_right,
    nothing_is_writable_and_executable,
    devicetrees_fit,
)
