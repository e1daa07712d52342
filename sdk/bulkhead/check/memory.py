# SPDX-License-Identifier: Apache-2.0
"""Rules about physical memory: inside the banks, aligned, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Diagnostic, error
from bulkhead.elaborate.allocate import free_ranges, highest_fit
from bulkhead.model.sizes import ADDRESS_LIMIT, PAGE, addresses, words
from bulkhead.model.system import Claim, Partition, SystemPlan


def ram_lies_in_the_banks(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-MEM-001: memory is used that the board does not have.

    The RAM of a partition, and the hypervisor itself, must lie in the board's memory (the nodes
    with device_type = "memory"), every byte of it. Where two banks touch they count as one.
    An address that is not given is never wrong: leave CONFIG_PART_<n>_RAM_BASE at 0.
    """
    memory = [(r.base, r.end) for r in plan.board.memory]
    banks = ", ".join(f"{addresses(r.base, r.end)}" for r in plan.board.memory)
    holes = _Holes(plan)
    for claim in _memory_claims(plan):
        outside = free_ranges([(claim.base, claim.end)], memory)
        if outside:
            size = sum(end - base for base, end in outside)
            yield error(
                "BH-MEM-001",
                f"{claim.label} {_at(claim)} is outside the board's memory by {words(size)}",
                claim.where,
                (plan.board.memory[0].where, f"the board has {banks}"),
                help=holes.advice(claim),
                fix=_let_go(plan, claim),
            )


def nothing_overlaps(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-MEM-002: two things occupy the same memory.

    One map holds everything with a physical address: partitions, the hypervisor's boxes, the
    payload store, what the boot loader writes before the hypervisor runs, reserved memory and
    device registers. No two may share a byte. Devices among themselves are another matter: see
    BH-DEV-001.
    """
    holes = _Holes(plan)
    for first, second in _overlaps(plan):
        blamed, other = (first, second) if _blame(first) >= _blame(second) else (second, first)
        shared = min(first.end, second.end) - max(first.base, second.base)
        yield error(
            "BH-MEM-002",
            f"{blamed.label} {_at(blamed)} overlaps {other.label} {_at(other)} by {words(shared)}",
            blamed.where,
            (other.where, f"{other.label} comes from here"),
            help=holes.advice(blamed),
            fix=_let_go(plan, blamed),
        )


def ram_is_made_of_pages(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-MEM-003: the size or address of a partition's RAM is not a multiple of 4 KiB.

    Memory is protected in pages of 4 KiB; a part of one cannot be given away. From 2 MiB on,
    multiples of 2 MiB need the fewest page tables.
    """
    for p in plan.partitions:
        for field, symbol, value in (
            ("ram_size", "RAM_SIZE", p.ram_size),
            ("ram_base", "RAM_BASE", p.ram_pa if p.ram_fixed else 0),
        ):
            if value % PAGE:
                below, above = value // PAGE * PAGE, (value // PAGE + 1) * PAGE
                yield error(
                    "BH-MEM-003",
                    f"CONFIG_PART_{p.slot}_{symbol}={value:#x} is not a multiple of 4 KiB",
                    p.span(field),
                    help=f"Nearest: {below:#x} and {above:#x}.",
                    fix=(f"PART_{p.slot}_{symbol}={above if field == 'ram_size' else below:#x}",),
                )


def addresses_can_be_mapped(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-MEM-005: something in use lies above 512 GiB.

    The generated page tables map addresses below 2^39. RAM above that is left alone; a device
    there cannot be owned, and the hypervisor cannot use one.
    """
    for claim in plan.claims:
        if claim.end > ADDRESS_LIMIT and (claim.owner or claim.kind == "partition"):
            owner = next((o for o in plan.owners if o.device == claim.label), None)
            where = owner.where if owner else claim.where
            yield error(
                "BH-MEM-005",
                f"{claim.label} {_at(claim)} lies above 512 GiB, which no page table of Bulkhead maps",
                where,
                *([(claim.where, "its address comes from here")] if where != claim.where else []),
                help=_out_of_there(plan, claim),
            )


def _out_of_there(plan: SystemPlan, claim: Claim) -> str:
    if claim.kind == "device":
        return f"Set CONFIG_OWNER_{plan.device(claim.label).symbol}_NONE=y instead."
    return _Holes(plan).advice(claim)


def _memory_claims(plan: SystemPlan) -> list[Claim]:
    """Claims that must lie in RAM, the hypervisor's boxes as one."""
    return [c for c in _merged(plan) if c.kind in ("partition", "hypervisor")]


def _merged(plan: SystemPlan) -> list[Claim]:
    """The claims, but the hypervisor's boxes (which lie side by side) as a single one."""
    boxes = [c for c in plan.claims if c.kind in ("hypervisor", "store")]
    rest = [c for c in plan.claims if c.kind not in ("hypervisor", "store")]
    if not boxes:
        return rest
    base, end = min(c.base for c in boxes), max(c.end for c in boxes)
    whole = Claim(
        base=base,
        size=end - base,
        kind="hypervisor",
        owner="hv",
        label="the hypervisor with its payload store",
        where=boxes[0].where,
    )
    return sorted([whole, *rest], key=lambda c: (c.base, c.end))


def _overlaps(plan: SystemPlan) -> Iterator[tuple[Claim, Claim]]:
    claims = _merged(plan)
    for i, first in enumerate(claims):
        for second in claims[i + 1 :]:
            if second.base >= first.end:
                break
            if not first.kind == second.kind == "device":
                yield first, second


def _blame(claim: Claim) -> int:
    """Which of two the user should look at first: what they set, before what they were given."""
    return ("device", "hypervisor", "load-area", "reserved", "partition").index(claim.kind)


class _Holes:
    """Where claims could lie instead: each is told a place of its own, and the same one each time."""

    def __init__(self, plan: SystemPlan) -> None:
        self._plan = plan
        self._said: dict[str, str] = {}  # looking takes a while, and many may overlap with one
        self._given: list[tuple[int, int]] = []

    def advice(self, claim: Claim) -> str:
        if claim.label not in self._said:
            self._said[claim.label] = self._look(claim)
        return self._said[claim.label]

    def _look(self, claim: Claim) -> str:
        if claim.kind != "partition":
            return "See boot.image and boot.areas of the board's board.yaml, and the RAM of the partitions."
        p = next(p for p in self._plan.partitions if p.name == claim.owner)
        advice = f"Set CONFIG_PART_{p.slot}_RAM_BASE=0 to have it placed"
        base = self._hole(p)
        if base is None:
            return f"{advice}, or make it smaller."
        self._given.append((base, base + p.ram_size))
        return f"{advice}, or use the free {base:#x}."

    def _hole(self, p: Partition) -> int | None:
        claims = self._plan.claims
        taken = [(c.base, c.end) for c in claims if c.owner != p.name or c.kind != "partition"]
        memory = [(r.base, r.end) for r in self._plan.board.memory]
        return highest_fit(free_ranges(memory, [*taken, *self._given]), p.ram_size)


def _let_go(plan: SystemPlan, claim: Claim) -> tuple[str, ...]:
    """A partition's fixed address can be left to the SDK."""
    fixed = (
        p for p in plan.partitions if claim.kind == "partition" and p.name == claim.owner and p.ram_fixed
    )
    return tuple(f"PART_{p.slot}_RAM_BASE=0x0" for p in fixed)


def _at(claim: Claim) -> str:
    return f"({addresses(claim.base, claim.end)})"
