# SPDX-License-Identifier: Apache-2.0
"""Warnings about memory that a description wastes without need."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Diagnostic, warning
from bulkhead.model.sizes import BLOCK, PAGE, round_up, words
from bulkhead.model.system import SystemPlan

_WORTH_A_WORD = 16  # pages of page tables


def sizes_fill_their_blocks(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-MEM-006: the rest of a partition's last 2 MiB block is left over.

    From 2 MiB on RAM is placed at multiples of 2 MiB, since one page-table entry then maps 2 MiB.
    A size that is no multiple leaves a hole behind it, which only smaller partitions can use, and
    needs a page table more. This is a warning, given where nobody uses the hole.
    """
    starts = sorted(c.base for c in plan.claims if c.kind != "device")
    for p in plan.partitions:
        rest = -p.ram_size % BLOCK
        end = p.ram_pa + p.ram_size
        if p.ram_size < BLOCK or rest < PAGE or p.ram_size % PAGE or not p.ram_pa or p.ram_pa % BLOCK:
            continue
        if not any(end <= base < end + rest for base in starts):
            yield warning(
                "BH-MEM-006",
                f"{words(rest)} behind the RAM of partition '{p.name}' are left over: "
                f"its size {p.ram_size:#x} is not a multiple of 2 MiB",
                p.span("ram_size"),
                help=f"Set CONFIG_PART_{p.slot}_RAM_SIZE={round_up(p.ram_size, BLOCK):#x}: it costs nothing.",
                fix=(f"PART_{p.slot}_RAM_SIZE={round_up(p.ram_size, BLOCK):#x}",),
            )


def fixed_ram_can_use_blocks(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-MEM-007: a fixed address makes a partition's page tables large.

    A guest sees its RAM at 0x40000000. 2 MiB of it fit one page-table entry only where the
    physical address is a multiple of 2 MiB too; elsewhere each needs a table of its own, 4 KiB.
    This is a warning, given where it costs 64 KiB or more.
    """
    for p in plan.partitions:
        tables = p.ram_size // BLOCK
        if p.ram_fixed and p.ram_pa % BLOCK and p.ram_pa % PAGE == 0 and tables >= _WORTH_A_WORD:
            below = p.ram_pa // BLOCK * BLOCK
            yield warning(
                "BH-MEM-007",
                f"the address {p.ram_pa:#x} costs partition '{p.name}' {words(tables * PAGE)} of tables: "
                "it is not a multiple of 2 MiB",
                p.span("ram_base"),
                help=f"Nearest: {below:#x} and {below + BLOCK:#x}; or 0, and the SDK chooses.",
                fix=(f"PART_{p.slot}_RAM_BASE=0x0",),
            )
