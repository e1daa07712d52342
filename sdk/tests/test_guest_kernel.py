# SPDX-License-Identifier: Apache-2.0
"""The guests' kernel beside others: exact counts under attack, a named overflow, a new guest outside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from toolbox import ROOT, bulkhead

from bulkhead.lab.image import Image, read_image
from bulkhead.lab.session import Session
from bulkhead.lab.targets import find_target

GUEST, NEIGHBOUR = "telemetry", "rogue"
SECONDS = 120.0


def test_the_table_of_the_api_is_the_header(root: Path) -> None:
    """What docs/guests.md says is there is what is declared, and each of it is called in a test on target."""
    guests = root / "rtos-guests"
    header = (guests / "lib" / "include" / "cmsis_os2.h").read_text(encoding="utf-8")
    declared = set(re.findall(r"^[\w ]+?[ *](os[A-Z]\w+)\([^;]*\);", header, re.MULTILINE))
    page = (root / "docs" / "guests.md").read_text(encoding="utf-8")
    table, absent = page.split("### CMSIS-RTOS2")[1].split("Not there, and not declared:")
    assert declared == set(re.findall(r"`(os[A-Z]\w+)`", table.split("| group | functions |")[1]))
    assert not declared & set(re.findall(r"`(os[A-Z]\w+)`", absent.split("Where the specification")[0]))
    tests = "".join(file.read_text(encoding="utf-8") for file in sorted((guests / "test").rglob("*.c")))
    assert declared <= set(re.findall(r"\b(os[A-Z]\w+)\(", tests))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    build = tmp_path_factory.mktemp("telemetry") / "build"
    bulkhead(build, "defconfig", "qemu_virt/telemetry")
    bulkhead(build, "build")
    return read_image(build)


def counted(image: Image, out: Path) -> list[str]:
    """What the guest said of its second, while the neighbour attacked."""
    with Session.open(ROOT, find_target(ROOT, "qemu"), image, out, exact_time=True) as session:
        session.boot()
        session.wait(r"^telemetry: (NOT )?exact ", GUEST, SECONDS)
        lines = [line.text for line in session.console.lines(GUEST)]
        attacks = [line.text for line in session.console.lines(NEIGHBOUR) if " start" in line.text]
    assert len(attacks) >= 3, "the neighbour attacked meanwhile"
    return [line for line in lines if "count=" in line or "checksum=" in line]


@pytest.mark.slow
def test_counts_are_exact_and_the_same_twice(image: Image, tmp_path: Path) -> None:
    first, second = (counted(image, tmp_path / name) for name in ("first", "second"))
    assert first[-1].startswith("telemetry: exact "), "\n".join(first)
    assert len(first) == 8 + 4 + 3 + 3 + 1 and not any("WRONG" in line for line in first), "\n".join(first)
    assert first == second


@pytest.mark.slow
def test_a_stack_overflow_is_named_and_ends_one_thread(image: Image, tmp_path: Path) -> None:
    with Session.open(ROOT, find_target(ROOT, "qemu"), image, tmp_path, exact_time=True) as session:
        session.boot()
        session.wait(r"^telemetry: ready", GUEST, SECONDS)
        session.console.focus(GUEST)
        for text, answer in (
            ("overflow", r"^fault: thread 'deep' stack overflow "),
            ("report", r"^telemetry: exact "),
            ("ps", r"^shell +running .* \d+/4096 "),
            ("mem", r"^kernel memory: \d+ bytes, \d+ used"),
            ("irq", r"^intid 27: \d+"),
        ):
            session.console.send(f"{text}\r".encode())
            session.wait(answer, GUEST, SECONDS)


@pytest.mark.slow
def test_a_new_guest_outside_boots_beside_control(tmp_path: Path) -> None:
    """Its own suite passes; the neighbour's deadlines are in it."""
    build = tmp_path / "build"
    bulkhead(build, "new-guest", tmp_path / "blinker", "--smp", "2")
    bulkhead(build, "defconfig", tmp_path / "blinker")
    bulkhead(build, "build")
    assert "4 passed, 0 failed" in bulkhead(build, "hil", "blinker")
