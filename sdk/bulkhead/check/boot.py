# SPDX-License-Identifier: Apache-2.0
"""Rules about what the board is before any partition: its memory, and what the boot loader does."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from bulkhead.diag import Diagnostic, error
from bulkhead.elaborate.allocate import free_ranges
from bulkhead.model.sizes import BLOCK, PAGE, addresses, words
from bulkhead.model.system import SystemPlan


def the_image_lies_on_a_block(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-BOOT-001: the boot loader would put the image where none may lie.

    An arm64 Image with text_offset 0, as bulkhead.img is, is loaded at a multiple of 2 MiB (kernel
    documentation, arm64/booting). Loaders round `boot.image` or refuse it, and the hypervisor
    would start somewhere else than it was linked for.
    """
    image = plan.board.boot.image
    if image % BLOCK:
        below = image // BLOCK * BLOCK
        yield error(
            "BH-BOOT-001",
            f"the image's load address {image:#010x} is not a multiple of 2 MiB",
            plan.board.boot.where,
            help=f"Nearest: {below:#x} and {below + BLOCK:#x}; use what the boot loader really does.",
        )


def the_loader_uses_memory_that_exists(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-BOOT-002: the boot loader is said to use memory that the board does not have.

    An area of board.yaml (`boot.areas`: where the devicetree and initrd are put) lies outside the
    memory nodes of the devicetree. On a board with less memory than the one it was written for,
    the loader would write into nothing.
    """
    memory = [(r.base, r.end) for r in plan.board.memory]
    for area in plan.board.boot.areas:
        outside = free_ranges([(area.base, area.end)], memory)
        if outside:
            size = sum(end - base for base, end in outside)
            yield error(
                "BH-BOOT-002",
                f"the boot loader's area {addresses(area.base, area.end)} is outside the board's memory "
                f"by {words(size)}",
                area.where,
                (plan.board.memory[-1].where, f"the board's memory ends at {memory[-1][1] - 1:#010x}"),
                help="Correct boot.areas of the board.yaml, or the memory in an overlay.dts.",
            )


def nobody_else_confirms(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-BOOT-003: a partition owns the flash in which the hypervisor confirms its image.

    With an essential partition the hypervisor writes one word to flash (`banks: confirm:` of the
    board.yaml) once all of them are healthy. A partition that owns this flash could write the word
    itself, or erase it: a bad image would stay, or a good one be rolled back.
    """
    place = plan.confirm
    if place is None:
        return
    for device in plan.board.devices:
        owner = plan.owner(device.name)
        held = any(r.base < place.end and place.base < r.end for r in device.regions)
        if held and owner.owner not in ("", "hv"):
            essential = next(p for p in plan.partitions if p.essential)
            yield error(
                "BH-BOOT-003",
                f"partition '{owner.owner}' owns {device.name}, in which the hypervisor confirms its image",
                owner.where,
                (essential.span("essential"), f"because '{essential.name}' is essential"),
                help="Give the device to nobody, or let no partition be essential: then the host confirms.",
            )


def memory_banks_are_apart(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-MEM-008: the devicetree describes the same memory twice.

    Two banks (`reg` of nodes with device_type = "memory") overlap. The board has less memory
    than their sum, and nobody can say which of the two is wrong.
    """
    for first, second in pairwise(sorted(plan.board.memory, key=lambda r: (r.base, r.end))):
        if second.base < first.end:
            twice = min(first.end, second.end) - second.base
            yield error(
                "BH-MEM-008",
                f"the memory banks {addresses(first.base, first.end)} and "
                f"{addresses(second.base, second.end)} overlap by {words(twice)}",
                second.where,
                (first.where, "the other bank"),
                help=f"Let the second begin at {first.end:#x}, or describe both as one.",
            )


def banks_are_made_of_pages(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-MEM-009: the board's memory does not begin or end on a page.

    Memory is given away in pages of 4 KiB. Part of a page at the edge of a bank cannot be used,
    and what is beyond it is not memory.
    """
    for bank in plan.board.memory:
        if bank.base % PAGE or bank.size % PAGE:
            base, end = -(-bank.base // PAGE) * PAGE, bank.end // PAGE * PAGE
            yield error(
                "BH-MEM-009",
                f"the memory bank {addresses(bank.base, bank.end)} is not made of pages of 4 KiB",
                bank.where,
                help=f"In `reg`, use whole pages: address {base:#x}, size {max(end - base, 0):#x}.",
            )
