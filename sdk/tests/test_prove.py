# SPDX-License-Identifier: Apache-2.0
"""prove/: a finished image that lets anybody reach more than planned is never accepted."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bulkhead.build import build
from bulkhead.build.image import LinkedElf, finish
from bulkhead.cli.main import cli
from bulkhead.prove.image import FinishedImage
from bulkhead.prove.proof import look
from bulkhead.prove.report import report
from bulkhead.prove.statements import refusals
from bulkhead.prove.walk import ADDRESS

PAGE = 0x1000
RAM_AT = 0x4000_0000
SPAN = {1: 1 << 30, 2: 1 << 21, 3: 1 << 12}


@dataclass(frozen=True)
class Built:
    folder: Path
    raw: bytes
    plan: dict[str, Any]

    def changed(self, change: Callable[[Hand], None]) -> set[str]:
        """Codes of what is said about the image after a change, its digest made right again."""
        hand = Hand(self.raw)
        change(hand)
        finish(hand.linked, self.plan["build_id"])
        return {said.partition(":")[0] for said in refusals(bytes(hand.linked.raw), self.plan)}


class Hand:
    """Changes a linked image by hand, by the addresses in its tables."""

    def __init__(self, raw: bytes) -> None:
        self.linked = LinkedElf(raw)
        self.image = FinishedImage(raw)
        self.partitions = self.image.value("hv_partitions")
        self.el2_root = self.image.value("hv_global")["el2_root"]["pa"]

    def stage2(self, partition: int) -> int:
        return int(self.partitions[partition]["vttbr"] & ADDRESS)

    def slot(self, root: int, va: int, level: int) -> int:
        """Address of the entry of `level` for an input address."""
        for above in range(1, level):
            (entry,) = struct.unpack("<Q", self.linked.memory(root + va // SPAN[above] % 512 * 8, 8))
            assert entry & 3 == 3, f"no table for {va:#x} at level {above}"
            root = entry & ADDRESS
        return root + va // SPAN[level] % 512 * 8

    def read(self, at: int) -> int:
        return int(struct.unpack("<Q", self.linked.memory(at, 8))[0])

    def write(self, at: int, value: int) -> None:
        self.linked.patch(at, struct.pack("<Q", value))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Built:
    folder = tmp_path_factory.mktemp("prove")
    assert CliRunner().invoke(cli, ["-d", str(folder), "defconfig", "qemu_virt/demo"]).exit_code == 0
    made = build(root, folder)
    return Built(folder, made.elf.read_bytes(), json.loads(made.plan.read_text(encoding="utf-8")))


def test_what_was_built_is_proved(built: Built) -> None:
    assert refusals(built.raw, built.plan) == []
    said = report(look(built.raw, built.plan))
    assert "0x40000000..0x401fffff -> 0x7fe00000  rwx memory  RAM of 'control'" in said
    assert "SPI 2 (INTID 34)  rtc@9010000" in said
    assert "DOES NOT HOLD" not in said


def test_the_command_and_its_document(built: Built) -> None:
    shown = CliRunner().invoke(cli, ["-d", str(built.folder), "prove", "--format", "json"])
    document = json.loads(shown.stdout)
    assert shown.exit_code == 0 and document["build_id"] == built.plan["build_id"]
    assert [p["name"] for p in document["partitions"]] == ["control", "rogue"]
    assert not any(statement["contradictions"] for statement in document["statements"])


def neighbour(hand: Hand) -> None:
    """rogue's block is control's."""
    hand.write(hand.slot(hand.stage2(1), RAM_AT, 2), hand.read(hand.slot(hand.stage2(0), RAM_AT, 2)))


def hypervisor(hand: Hand) -> None:
    at = hand.slot(hand.stage2(1), RAM_AT, 2)
    hand.write(at, hand.read(at) & ~ADDRESS | 0x4020_0000)


def one_more_page(hand: Hand) -> None:
    """A device that nobody owns, in the table that has control's clock."""
    at = hand.slot(hand.stage2(0), 0x0901_0000, 3)
    hand.write(at + 0x20 * 8, hand.read(at) + 0x2_0000)


def read_only_ram(hand: Hand) -> None:
    at = hand.slot(hand.stage2(0), RAM_AT, 2)
    hand.write(at, hand.read(at) & ~(1 << 7))


def executable_device(hand: Hand) -> None:
    at = hand.slot(hand.stage2(0), 0x0901_0000, 3)
    hand.write(at, hand.read(at) & ~(1 << 54))


def guest_ram_at_el2(hand: Hand) -> None:
    at = hand.slot(hand.el2_root, 0x7FE0_0000, 1)
    hand.write(at, 0x4000_0000 | 0x40_0000_0000_0744 | 1)


def writable_code(hand: Hand) -> None:
    at = hand.slot(hand.el2_root, 0x4020_0000, 3)
    hand.write(at, hand.read(at) & ~(1 << 7))


def executable_data(hand: Hand) -> None:
    at = hand.slot(hand.el2_root, hand.linked.symbol("HV_DATA_BASE"), 3)
    hand.write(at, hand.read(at) & ~(1 << 54))


def no_guard(hand: Hand) -> None:
    guard = hand.image.value("hv_pcpus")[0]["block"]["pa"]
    at = hand.slot(hand.el2_root, guard, 3)
    hand.write(at, hand.read(at + 8) - PAGE)


def two_rams_at_once(hand: Hand) -> None:
    """The root that loads rogue has control's RAM, too."""
    loader = hand.partitions[1]["loader_root"]["pa"]
    other = hand.slot(hand.partitions[0]["loader_root"]["pa"], 0x7FE0_0000, 2)
    hand.write(hand.slot(loader, 0x7FE0_0000, 2), hand.read(other))


def same_vmid(hand: Hand) -> None:
    table = hand.linked.symbol("hv_partitions")
    size = (table_end(hand, "hv_partitions") - table) // 2
    vttbr = 24  # behind the name
    hand.write(table + size + vttbr, hand.read(table + size + vttbr) & ADDRESS | 1 << 48)


def stolen_interrupt(hand: Hand) -> None:
    hand.linked.patch(hand.linked.symbol("hv_irq_owner") + 34, b"\1")


def another_walk(hand: Hand) -> None:
    (at,) = (
        at
        for at in range(hand.linked.symbol("hv_global"), hand.linked.symbol("hv_global") + 0x100, 8)
        if hand.read(at) == hand.image.value("hv_global")["vtcr_el2"]
    )
    hand.write(at, hand.read(at) + 1)


def reserved_entry(hand: Hand) -> None:
    at = hand.slot(hand.stage2(0), RAM_AT, 2)
    hand.write(at, hand.read(at) & ~1)


def table_outside(hand: Hand) -> None:
    """A copy of control's root where the payloads are."""
    at = hand.linked.symbol("hv_partitions") + 24
    store = next(r["store"]["pa"] for r in hand.image.value("hv_segments")) // PAGE * PAGE
    hand.linked.patch(store, hand.linked.memory(hand.stage2(0), PAGE))
    hand.write(at, hand.read(at) & ~ADDRESS | store)


def table_end(hand: Hand, name: str) -> int:
    """Rows are as long as the compiler made them: the second begins with the second's name."""
    start = hand.linked.symbol(name)
    step = next(at for at in range(8, 0x400, 8) if hand.linked.memory(start + at, 6) == b"rogue\0")
    return start + 2 * step


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (neighbour, {"BH-PROVE-004", "BH-PROVE-005"}),
        (hypervisor, {"BH-PROVE-004", "BH-PROVE-006"}),
        (one_more_page, {"BH-PROVE-004"}),
        (read_only_ram, {"BH-PROVE-004"}),
        (executable_device, {"BH-PROVE-004"}),
        (
            guest_ram_at_el2,
            {f"BH-PROVE-{number:03}" for number in (6, 7, 8, 9, 10)},
        ),
        (writable_code, {"BH-PROVE-008"}),
        (executable_data, {"BH-PROVE-008"}),
        (no_guard, {"BH-PROVE-009"}),
        (two_rams_at_once, {"BH-PROVE-010"}),
        (same_vmid, {"BH-PROVE-011"}),
        (stolen_interrupt, {"BH-PROVE-012"}),
        (another_walk, {"BH-PROVE-002"}),
        (reserved_entry, {"BH-PROVE-001"}),
        (table_outside, {"BH-PROVE-003"}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_changed_image_is_refused(built: Built, change: Callable[[Hand], None], expected: set[str]) -> None:
    assert built.changed(change) == expected


@pytest.mark.campaign
def test_any_flipped_bit_is_noticed(built: Built, request: pytest.FixtureRequest) -> None:
    """Of any valid descriptor, shareability aside: something else than the digest contradicts it."""
    hand = Hand(built.raw)
    tables = look(built.raw, built.plan).tables
    entries = [at for table in sorted(tables) for at in range(table, table + PAGE, 8) if hand.read(at)]
    bits = [(at, bit) for at in entries for bit in range(64) if bit not in (8, 9)]
    seed = 20261124
    chosen = bits if request.config.getoption("--long") else random.Random(seed).sample(bits, 60)
    for at, bit in chosen:
        codes = built.changed(lambda hand, at=at, bit=bit: hand.write(at, hand.read(at) ^ 1 << bit))
        assert codes, f"bit {bit} of the entry at {at:#x} (seed {seed})"
