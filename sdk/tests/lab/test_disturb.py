# SPDX-License-Identifier: Apache-2.0
"""What suites use to disturb and to explain: physical memory, selection by ability, evidence, speed."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest
from robot.api import TestSuite as RobotSuite

from bulkhead.diag import UserError
from bulkhead.lab import evidence, speed
from bulkhead.lab.image import Image
from bulkhead.lab.injection import Noticed, Region, find_region, flip, look
from bulkhead.lab.selection import Select, abilities
from bulkhead.lab.session import Session
from bulkhead.lab.targets import find_target
from bulkhead.lab.transcript import Transcript
from bulkhead.runners import hosttools
from bulkhead.runners.qemu import QemuProcess

needs_qemu = pytest.mark.skipif(not hosttools.find("qemu-system-aarch64"), reason="QEMU is not installed")


@needs_qemu
def test_physical_memory_is_read_and_written_while_the_machine_stands(
    root: Path, tmp_path: Path, speaker: Image
) -> None:
    with Session.open(root, find_target(root, "qemu"), speaker, tmp_path) as session:
        session.boot()
        running = session.running
        assert isinstance(running, QemuProcess)
        with running.physical_memory() as memory:
            assert memory.read(0x4020_0000, 2000) == speaker.path.read_bytes().ljust(2000, b"\0")[:2000]
            memory.write(0x5000_0000, b"\x01\xff")
            assert memory.read(0x5000_0000, 3) == b"\x01\xff\0"
        assert session.ask_identity().build_id == speaker.build_id  # it runs on
        with running.physical_memory() as memory:
            assert memory.read(0x5000_0000, 1) == b"\x01"
        begin = session.console.transcript.size
        region = Region(name="spare", owner="echo", base=0x5000_0000, size=2)
        address, bit = flip(session, region, random.Random(3))
        with running.physical_memory() as memory:
            assert memory.read(address, 1)[0] == (b"\x01\xff"[address - 0x5000_0000] ^ 1 << bit)
        assert look(session, begin) is Noticed.NOTHING


@needs_qemu
def test_lost_power_ends_the_console(root: Path, tmp_path: Path, speaker: Image) -> None:
    with Session.open(root, find_target(root, "qemu"), speaker, tmp_path) as session:
        session.boot()
        session.running.lose_power()
        assert session.console.last_line("hv", 5.0).startswith("boot build=")
        assert session.running.failure() == ""


def test_regions_are_named(speaker: Image) -> None:
    plan = {"partitions": [{"name": "a", "ram": {"pa": 16, "size": 8}}],
            "boxes": [{"name": "text", "base": 0, "size": 16, "used": 4}]}  # fmt: skip
    image = Image(path=speaker.path, build_id="", board="", system="", plan=plan)
    assert find_region(image, "a") == Region(name="a", owner="a", base=16, size=8)
    assert find_region(image, "hv-text").owner == "hv"
    with pytest.raises(UserError, match="there are: a, hv-text"):
        find_region(image, "hv-tables")


def test_a_test_runs_where_its_target_can(root: Path, speaker: Image) -> None:
    target = find_target(root, "qemu")
    found = abilities(target, speaker)
    assert {"qemu", "power", "physical-memory", "exact-time", "partition=echo"} <= found
    assert "monitor" not in found
    suite = RobotSuite.from_string(
        "*** Settings ***\nSuite Setup    Fail\n*** Test Cases ***\nOne\n    [Tags]    needs:monitor"
        "    needs:power\n    Fail\nTwo\n    [Tags]    needs:power\n    No Operation\n"
    )
    suite.visit(Select(*found))
    assert suite.setup.name == "Fail"
    suite.tests = [suite.tests[0]]
    suite.visit(Select(*found))
    assert not suite.setup
    result = suite.run(output=None, console="none")
    (test,) = result.suite.tests
    assert (test.status, test.message) == ("SKIP", "the target or the system has no monitor")


def transcript(folder: Path, text: str) -> Transcript:
    made = Transcript(folder / "console.raw")
    made.append(text.encode())
    made.close("over")
    return made


def test_evidence_has_the_end_of_every_speaker(root: Path, tmp_path: Path) -> None:
    lines = "".join(f"rogue| line {n}\r\n" for n in range(50))
    text = evidence.collect(transcript(tmp_path, lines + "hv| rogue: running\r\n"), root, tmp_path)
    assert text == (
        "last of hv:\n  rogue: running\nlast of rogue:\n  " + "\n  ".join(f"line {n}" for n in range(44, 50))
    )
    assert evidence.collect(transcript(tmp_path, ""), root, tmp_path) == "the console is empty"


def test_evidence_decodes_a_crash_or_says_why_not(root: Path, tmp_path: Path) -> None:
    text = evidence.collect(transcript(tmp_path, "hv| crash-record 00ff\r\n"), root, tmp_path)
    assert "the crash, decoded:\n  it cannot be decoded: " in text


def test_a_busy_host_is_slower() -> None:
    assert 1.0 <= speed.measure() <= speed.MOST
    stop = threading.Event()

    def burn() -> None:
        while not stop.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=burn) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        assert speed.measure() > 1.5  # eight others want the interpreter's lock each time it is given up
    finally:
        stop.set()
        for thread in threads:
            thread.join()
