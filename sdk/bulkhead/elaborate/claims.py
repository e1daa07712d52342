# SPDX-License-Identifier: Apache-2.0
"""The global interval map: everything that occupies physical addresses, and who put it there."""

from __future__ import annotations

from collections.abc import Iterable

from bulkhead.diag import Span
from bulkhead.model.board import Board
from bulkhead.model.system import Box, Claim, Owner, Partition


def fixed_claims(board: Board, boxes: Iterable[Box]) -> list[Claim]:
    """What is there before any partition: the hypervisor, the boot loader, reserved memory."""
    claims = [
        Claim(
            base=b.base,
            size=b.size,
            kind="store" if b.name == "store" else "hypervisor",
            owner="hv",
            label=f"hypervisor ({b.name})",
            where=board.boot.where,
        )
        for b in boxes
    ]
    for area in board.boot.areas:
        claims.append(
            _claim(area.base, area.size, "load-area", "boot loader", "the boot loader's area", area.where)
        )
    for r in board.reserved:
        claims.append(_claim(r.base, r.size, "reserved", "", "reserved memory", r.where))
    return claims


def all_claims(
    board: Board, fixed: Iterable[Claim], partitions: Iterable[Partition], owners: Iterable[Owner]
) -> tuple[Claim, ...]:
    """`fixed`, every partition's RAM and every device's registers, sorted by address."""
    claims = list(fixed)
    for p in partitions:
        if p.ram_fixed or p.ram_pa:
            where = p.span("ram_base" if p.ram_fixed else "ram_size")
            claims.append(
                _claim(p.ram_pa, p.ram_size, "partition", p.name, f"RAM of partition '{p.name}'", where)
            )
    owner = {o.device: o.owner for o in owners}
    for d in board.devices:
        for r in d.regions:
            claims.append(_claim(r.base, r.size, "device", owner.get(d.name, ""), d.name, r.where))
    return tuple(sorted(claims, key=lambda c: (c.base, c.end, c.kind, c.label)))


def _claim(base: int, size: int, kind: str, owner: str, label: str, where: Span) -> Claim:
    return Claim(base=base, size=size, kind=kind, owner=owner, label=label, where=where)
