# SPDX-License-Identifier: Apache-2.0
"""What a finished image lets each partition and EL2 reach, gathered once for statements and report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bulkhead.prove.image import FinishedImage, Unreadable
from bulkhead.prove.walk import ADDRESS, Malformed, Reach, Stage, reach

PAGE = 0x1000
PINNED = 0  # include/hv/config.h: HV_POLICY_PINNED
WORD_BITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionView:
    """One row of hv_partitions and what its two roots lead to."""

    id: int
    name: str
    vmid: int
    config: Mapping[str, Any]
    stage2: tuple[Reach, ...]
    loader: tuple[Reach, ...]
    intids: frozenset[int]  # of SPIs, by its bitmap


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Everything that the statements look at: the image's side, and what was asked for (plan.json)."""

    plan: Mapping[str, Any]
    header: Mapping[str, Any]
    settings: Mapping[str, Any]  # hv_global
    pcpus: tuple[Mapping[str, Any], ...]
    vcpus: tuple[Mapping[str, Any], ...]
    schedules: tuple[list[dict[str, Any]], ...]  # by pCPU
    partitions: tuple[PartitionView, ...]
    el2: tuple[Reach, ...]
    irq_owner: tuple[int, ...]
    tables: frozenset[int]  # physical address of every table that a root leads to
    integrity: bytes  # what the digest of the header covers

    def box(self, name: str) -> tuple[int, int]:
        """Base and end of one of the hypervisor's boxes."""
        found = next(box for box in self.plan["boxes"] if box["name"] == name)
        return found["base"], found["base"] + found["size"]

    def owned_devices(self, owner: str) -> Iterator[Mapping[str, Any]]:
        names = {entry["device"] for entry in self.plan["owners"] if entry["owner"] == owner}
        return (device for device in self.plan["board"]["devices"] if device["name"] in names)


def look(raw_elf: bytes, plan: Mapping[str, Any]) -> Proof:
    """Read the image. Raises Unreadable and Malformed."""
    image = FinishedImage(raw_elf)
    settings = image.value("hv_global")
    owned = image.value("hv_irq_owned")
    words = image.value("hv_config_header")["intid_count"] // WORD_BITS
    header = image.value("hv_config_header")
    rows = image.value("hv_partitions")
    partitions = tuple(
        PartitionView(
            id=number,
            name=row["name"],
            vmid=row["vttbr"] >> 48,
            config=row,
            stage2=_reach(image, row["vttbr"] & ADDRESS, Stage.GUEST, f"partition '{row['name']}'"),
            loader=_reach(image, row["loader_root"]["pa"], Stage.EL2, f"the loader root of '{row['name']}'"),
            intids=_spis(owned[number * words : (number + 1) * words]),
        )
        for number, row in enumerate(rows)
    )
    return Proof(
        plan=plan,
        header=header,
        settings=settings,
        pcpus=tuple(image.value("hv_pcpus")),
        vcpus=tuple(image.value("hv_vcpus")),
        schedules=_schedules(image),
        partitions=partitions,
        el2=_reach(image, settings["el2_root"]["pa"], Stage.EL2, "EL2"),
        irq_owner=tuple(image.value("hv_irq_owner")),
        tables=image.table_addresses,
        integrity=image.memory(header["checked_base"]["pa"], header["checked_size"]),
    )


def _schedules(image: FinishedImage) -> tuple[list[dict[str, Any]], ...]:
    """By pCPU, its windows as EL2 walks them, the frame's length in the last; none where it is pinned."""
    if all(pcpu["policy"] == PINNED for pcpu in image.value("hv_pcpus")):
        return tuple([] for _ in image.value("hv_pcpus"))
    windows = image.value("hv_windows")
    return tuple(
        [
            {**windows[at], "frame_ns": row["frame_ns"]}
            for at in range(row["window_first"], row["window_first"] + row["window_count"])
        ]
        for row in image.value("hv_schedules")
    )


def _reach(image: FinishedImage, root: int, stage: Stage, whose: str) -> tuple[Reach, ...]:
    try:
        return tuple(reach(image.table, root, stage))
    except (Malformed, Unreadable) as problem:
        raise Malformed(f"{stage.value} of {whose}: {problem}") from None


def _spis(words: list[int]) -> frozenset[int]:
    return frozenset(
        number * WORD_BITS + bit
        for number, word in enumerate(words)
        if number > 0
        for bit in range(WORD_BITS)
        if word >> bit & 1
    )


def pages(base: int, size: int) -> tuple[int, int]:
    """Base and end of the pages that a region touches."""
    return base // PAGE * PAGE, -(-(base + size) // PAGE) * PAGE
