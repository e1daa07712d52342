# SPDX-License-Identifier: Apache-2.0
"""Rules about what a guest's file says of itself: its segments, its entry, its Image header."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from bulkhead.check.guests import loaded
from bulkhead.diag import Diagnostic, Span, error, warning
from bulkhead.model.sizes import BLOCK, addresses, round_up, words
from bulkhead.model.system import GUEST_RAM_IPA, Payload, SystemPlan

_INSTRUCTION = 4
_LINUX_ROOM = 0x200_0000  # what a kernel needs besides what is loaded: 32 MiB


def guests_begin_with_code(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GUEST-009: a guest is entered where its file has no code.

    The segment at the entry point is not marked executable in the ELF file. Most often ENTRY() of
    the linker script names a variable, or the sections .text and .data were put into one segment
    of the wrong kind.
    """
    for p, payload in loaded(plan):
        at = next((e for e in payload.extents if e.base <= payload.entry < e.end), None)
        if at is not None and not at.execute:
            yield error(
                "BH-GUEST-009",
                f"guest '{p.guest}' is entered at {payload.entry:#010x}, in a segment without code",
                p.span("guest"),
                (Span(payload.path), f"its segment {addresses(at.base, at.end)} is not executable"),
                help=f"{_code(payload)} Check ENTRY() in the guest's linker script.",
            )


def guest_segments_are_apart(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GUEST-010: two segments of a guest's ELF file lie at the same addresses.

    They are loaded in the file's order, so that the second would overwrite part of the first. The
    zero-filled part (.bss) counts. Load addresses are the physical ones (`readelf -lW`, PhysAddr).
    """
    for p, payload in loaded(plan):
        extents = sorted(payload.extents, key=lambda e: (e.base, e.end))
        for first, second in pairwise(extents):
            if second.base < first.end:
                size = min(first.end, second.end) - second.base
                yield error(
                    "BH-GUEST-010",
                    f"two segments of guest '{p.guest}' overlap by {words(size)}: "
                    f"{addresses(first.base, first.end)} and {addresses(second.base, second.end)}",
                    p.span("guest"),
                    (Span(payload.path), "this file; `readelf -lW` shows its segments"),
                    help=f"Link the second at {first.end:#010x} or above.",
                )


def guests_begin_at_an_instruction(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GUEST-011: a guest's entry point is no address of an instruction.

    Instructions of AArch64 are four bytes long and lie at multiples of four.
    """
    for p, payload in loaded(plan):
        if payload.entry % _INSTRUCTION:
            yield error(
                "BH-GUEST-011",
                f"guest '{p.guest}' is entered at {payload.entry:#010x}, which is not a multiple of 4",
                p.span("guest"),
                (Span(payload.path), "this file"),
                help="Check ENTRY() in the linker script, or the Image's text_offset.",
            )


def images_say_how_large_they_are(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GUEST-012: an arm64 Image does not say how much memory it uses.

    Its image_size is 0, as kernels before 3.17 have it. What it zero-fills behind the file is not
    known, so nobody can tell whether it fits the partition's RAM. This is a warning.
    """
    for p, payload in loaded(plan):
        if payload.open_ended:
            yield warning(
                "BH-GUEST-012",
                f"the Image of guest '{p.guest}' does not say how much memory it uses (image_size is 0)",
                p.span("guest"),
                (Span(payload.path), f"this file ends at {payload.ipa_end:#010x} in the guest's memory"),
                help=f"Leave it room behind that in CONFIG_PART_{p.slot}_RAM_SIZE, or use a newer kernel.",
            )


def linux_is_an_image(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GUEST-015: the guest of a partition of kind Linux is not a Linux kernel.

    Linux is started from an arm64 Image, as arch/arm64/boot/Image of its build or
    `./bulkhead fetch linux` gives it: its header, with `ARMd` at offset 0x38, says where it belongs
    and how much memory it needs. An ELF file (vmlinux) cannot be started.
    """
    for p, payload in loaded(plan):
        if p.linux and payload.kind != "image":
            what = "an ELF file" if payload.kind == "elf" else "a file without the header of an arm64 Image"
            yield error(
                "BH-GUEST-015",
                f"guest '{p.guest}' of the Linux partition '{p.name}' is {what}",
                p.span("guest"),
                (Span(payload.path), "this file"),
                help=f"Name the Image of the kernel, or set CONFIG_PART_{p.slot}_KIND_PROGRAM=y.",
            )


def linux_has_memory_left(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GUEST-017: Linux has little memory besides what is loaded.

    The kernel unpacks its initrd into memory before it frees it, and needs some tens of MiB of its
    own. With less it ends in a panic or kills its first program. This is a warning.
    """
    for p, payload in loaded(plan):
        initrd = payload.initrd.size if payload.initrd else 0
        needed = payload.ipa_end - GUEST_RAM_IPA + 2 * initrd + _LINUX_ROOM
        if p.linux and payload.ipa_end - GUEST_RAM_IPA <= p.ram_size < needed:
            left = GUEST_RAM_IPA + p.ram_size - payload.ipa_end
            yield warning(
                "BH-GUEST-017",
                f"Linux in partition '{p.name}' has {words(left)} of memory besides kernel and initrd",
                p.span("ram_size"),
                (p.span("guest"), f"what is loaded ends at {payload.ipa_end:#010x} in its memory"),
                help=f"Give it CONFIG_PART_{p.slot}_RAM_SIZE={round_up(needed, BLOCK):#x} or more.",
            )


def _code(payload: Payload) -> str:
    found = ", ".join(addresses(e.base, e.end) for e in payload.extents if e.execute)
    return f"Its code is at {found}." if found else "No segment of it is executable."
