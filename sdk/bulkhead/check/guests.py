# SPDX-License-Identifier: Apache-2.0
"""Rules about guests: what is loaded fits the memory it is loaded to. Those not built yet are passed over."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.model.sizes import BLOCK, GUEST_DTB_ROOM, round_up, words
from bulkhead.model.system import GUEST_RAM_IPA, Partition, Payload, SystemPlan


def guests_fit_their_ram(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GUEST-003: a guest occupies addresses outside its partition's RAM.

    A guest sees its RAM from 0x40000000 on. An ELF file is loaded by its segments' physical
    addresses, an arm64 Image at its text_offset (2 MiB where that is 0), a flat binary at
    0x40080000. All of it must be RAM, the zero-filled part (.bss) included.
    """
    for p, payload in loaded(plan):
        end = GUEST_RAM_IPA + p.ram_size
        if payload.ipa_base < GUEST_RAM_IPA or payload.ipa_end > end:
            yield error(
                "BH-GUEST-003",
                f"guest '{p.guest}' needs {payload.ipa_base:#010x}..{payload.ipa_end - 1:#010x}, but the RAM "
                f"of partition '{p.name}' is {GUEST_RAM_IPA:#010x}..{end - 1:#010x}",
                p.span("guest"),
                (p.span("ram_size"), f"its RAM is {words(p.ram_size)}"),
                help=_fit_help(p, payload),
                fix=() if _below(payload) else (f"PART_{p.slot}_RAM_SIZE={_needed(payload):#x}",),
            )


def guests_leave_room_for_the_devicetree(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GUEST-004: a guest occupies the place of its devicetree.

    The first 64 KiB of a partition's RAM, from 0x40000000 on, hold the devicetree that the guest
    is started with. Link the guest at 0x40010000 or above.
    """
    room_end = GUEST_RAM_IPA + GUEST_DTB_ROOM
    for p, payload in loaded(plan):
        if GUEST_RAM_IPA <= payload.ipa_base < room_end:
            yield error(
                "BH-GUEST-004",
                f"guest '{p.guest}' begins at {payload.ipa_base:#010x}, where its devicetree lies",
                p.span("guest"),
                (Span(payload.path), "this file"),
                help=f"Link it at {room_end:#010x} or above.",
            )


def guests_begin_inside(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GUEST-005: a guest's entry point is not in what is loaded.

    The first instruction must be in one of the segments that the file brings along.
    """
    for p, payload in loaded(plan):
        if not any(s.ipa <= payload.entry < s.ipa + len(s.data) for s in payload.segments):
            yield error(
                "BH-GUEST-005",
                f"guest '{p.guest}' is entered at {payload.entry:#010x}, where nothing is loaded",
                p.span("guest"),
                (Span(payload.path), "this file"),
                help="Check ENTRY() in the guest's linker script.",
            )


def loaded(plan: SystemPlan) -> Iterator[tuple[Partition, Payload]]:
    """Partitions whose guest is there."""
    for p in plan.partitions:
        if p.payload is not None:
            yield p, p.payload


def _fit_help(p: Partition, payload: Payload) -> str:
    if _below(payload):
        return f"Link the guest at {GUEST_RAM_IPA + GUEST_DTB_ROOM:#010x} or above."
    return f"Set CONFIG_PART_{p.slot}_RAM_SIZE={_needed(payload):#x} or more."


def _below(payload: Payload) -> bool:
    return payload.ipa_base < GUEST_RAM_IPA


def _needed(payload: Payload) -> int:
    """Of RAM; from 2 MiB on a multiple of it, since anything else is BH-MEM-006."""
    size = payload.ipa_end - GUEST_RAM_IPA
    return round_up(size, BLOCK if size > BLOCK else 0x1_0000)
