# SPDX-License-Identifier: Apache-2.0
"""What lies at a physical address, for EL2's fault reports: sorted, never overlapping."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.model.system import SystemPlan

WHAT_BYTES = 40  # include/hv/config.h: hv_place_config.what, NUL included


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    base: int
    size: int
    what: str


def places(plan: SystemPlan) -> tuple[Place, ...]:
    """The hypervisor, every partition's RAM, what the boot loader uses, every device. Where two
    would overlap the one named earlier in this sentence keeps the bytes."""
    board = plan.board
    image = plan.boxes[0].base
    wanted = [Place(base=image, size=image_end(plan) - image, what="EL2 hypervisor")]
    wanted += [Place(base=p.ram_pa, size=p.ram_size, what=f"RAM of '{p.name}'") for p in plan.partitions]
    wanted += [Place(base=r.base, size=r.size, what="boot loader") for r in board.boot.areas]
    wanted += [Place(base=r.base, size=r.size, what="reserved memory") for r in board.reserved]
    gic = board.gic
    frames = (
        (gic.distributor, "GIC distributor"),
        (gic.redistributors, "GIC redistributors"),
        (gic.cpu_interface, "GIC CPU interface"),
        (gic.hypervisor_interface, "GIC hypervisor interface"),
        (gic.virtual_cpu_interface, "GIC virtual CPU interface"),
    )
    wanted += [Place(base=r.base, size=r.size, what=what) for r, what in frames if r is not None]
    wanted += [Place(base=r.base, size=r.size, what=d.name) for d in board.devices for r in d.regions]
    kept: list[Place] = []
    for place in wanted:
        kept += _without(place, kept)
    return tuple(sorted(kept, key=lambda p: p.base))


def image_end(plan: SystemPlan) -> int:
    """End of the last box: of everything the hypervisor occupies."""
    last = plan.boxes[-1]
    return last.base + last.size


def _without(place: Place, taken: list[Place]) -> list[Place]:
    """The parts of `place` that nobody in `taken` has."""
    parts = [(place.base, place.base + place.size)]
    for other in taken:
        low, high = other.base, other.base + other.size
        parts = [
            piece
            for base, end in parts
            for piece in ((base, min(end, low)), (max(base, high), end))
            if piece[0] < piece[1]
        ]
    return [Place(base=base, size=end - base, what=place.what) for base, end in parts]
