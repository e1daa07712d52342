# SPDX-License-Identifier: Apache-2.0
"""The power goes at any moment of a flash: the board boots the old or the new image, and is flashed again.

Ten cuts by default, all with --long: 200 within writes, 20 by ending QEMU during the transfer.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from cuts import Cut, Recorder, Replay, Write, choose
from machine import Storage, start

from bulkhead.diag.errors import LabError
from bulkhead.flash.banks import BankWriter
from bulkhead.flash.bootscript import boot_script, script_file
from bulkhead.flash.card import put_file
from bulkhead.flash.layout import Banks
from bulkhead.flash.line import Line
from bulkhead.flash.method import FlashJob
from bulkhead.flash.sdcard import partition_bytes
from bulkhead.flash.state import State, Stored, word_of
from bulkhead.flash.uboot import Dialect, UBoot
from bulkhead.flash.uboot_serial import UBootSerial
from bulkhead.lab.image import Image
from bulkhead.runners.qemu import QemuProcess

SECONDS = 90.0
SEED = 2026
STAGED = 0x6000_0000  # RAM that QEMU fills with the new image: what the serial line does otherwise
SNAPSHOT = "snapshot=on"  # what a board writes is forgotten when it ends

pytestmark = pytest.mark.slow


class Board:
    """A board with the new image in its RAM, and a U-Boot to talk to."""

    def __init__(
        self, machine: QemuProcess, line: Line, image: Image, banks: Banks, staged: Mapping[bytes, int]
    ) -> None:
        self.machine, self.line, self.image, self.banks = machine, line, image, banks
        self._staged = staged  # where in RAM what is
        self.uboot = UBoot(line, Dialect())

    def boots(self) -> str:
        """From reset or power on by the default bootcmd: the build that runs."""
        self.uboot.reach_prompt(SECONDS)
        self.uboot.start("boot")
        return self.line.expect(r"hv\| boot build=([0-9a-f]{16})", SECONDS)[1]

    def flashes(self) -> None:
        """As `flash --bank auto` does, with the image there already."""
        self.machine.reset()
        self.uboot.reach_prompt(SECONDS)
        data = self.image.path.read_bytes()
        size, crc = len(data), zlib.crc32(data)
        writer = BankWriter(self.uboot, self.banks, lambda _: None)
        state, slot = writer.read_state()
        script, *systems = list(self._staged)[1:]
        writer.put_script(script, self._type, lambda place: systems[self.banks.script.index(place)])
        writer.put_image(state.spare, STAGED, size, crc)
        writer.start_trial(
            state, slot, state.spare, Stored(size=size, crc=crc, word=word_of(self.image.build_id))
        )
        self.machine.reset()

    def _type(self, _: str, data: bytes, base: int) -> None:
        self.uboot.run(f"cp.b {self._staged[data]:x} {base:x} {len(data):x}")


@contextlib.contextmanager
def powered(
    firmware: Path, storage: Storage, out: Path, image: Image, banks: Banks, recorder: Recorder | None = None
) -> Iterator[Board]:
    systems = [partition_bytes(out, banks, place) for place in banks.script]
    things = [image.path.read_bytes(), script_file(boot_script(banks)), *systems]
    staged = {data: STAGED + number * 0x200_0000 for number, data in enumerate(things)}
    more = list[str]()
    for number, (data, at) in enumerate(staged.items()):
        file = out / f"staged-{number}"
        file.write_bytes(data)
        more += ["-device", f"loader,file={file},addr={at:#x},force-raw=on"]

    def change(argument: str) -> str:
        if recorder is not None:
            return recorder.change(argument)
        return f"{argument},{SNAPSHOT}" if argument.startswith(("if=none,id=disk", "if=pflash")) else argument

    with (
        start(firmware, out, storage, change, more) as machine,
        Line(machine.console_url, 115200, out / "line.raw") as line,
    ):
        machine.release()
        yield Board(machine, line, image, banks, staged)


def with_old(storage: Storage, old: Image, banks: Banks) -> None:
    """A board as it was sold: an image in bank A, confirmed, and an older script."""
    data = old.path.read_bytes()
    storage.provision(data)
    assert banks.disk is not None
    older = script_file(boot_script(banks) + "echo an older one\n")
    for part in banks.disk.fat:
        put_file(f"{storage.disk}@@{part.at}", "boot.scr", older)
    is_in = Stored(size=len(data), crc=zlib.crc32(data), word=word_of(old.build_id))
    state = State(sequence=1, active=0, confirmed=True, left=0, banks=(is_in, Stored()))
    storage.write(banks.state[0], state.to_bytes())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Many small tests: each has a few minutes at most."""
    long = metafunc.config.getoption("--long")
    if "share" in metafunc.fixturenames:
        metafunc.parametrize("share", range(40 if long else 1))
    if "transfer" in metafunc.fixturenames:
        metafunc.parametrize("transfer", range(20 if long else 3))


@dataclass(frozen=True)
class Story:
    """A flash as it went: the disk before it, and every write."""

    disk: Path
    writes: list[Write]


@pytest.fixture(scope="module")
def story(
    firmware: Path, image: Image, other: Image, banks: Banks, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    folder = tmp_path_factory.mktemp("story")
    storage = Storage(folder / "board", banks)
    with_old(storage, other, banks)
    shutil.copy(storage.disk, folder / "before.img")
    recorder = Recorder(folder)
    with powered(firmware, storage, folder, image, banks, recorder) as board:
        run = board.uboot.run

        def marked(command: str, seconds: float = 10.0) -> str:
            said = run(command, seconds)
            recorder.mark()
            return said

        board.uboot.run = marked  # type: ignore[method-assign]
        board.uboot.reach_prompt(SECONDS)
        board.flashes()
        assert board.boots() == image.build_id
        recorder.mark()
        board.line.expect(r"hv\| confirmed, build=", SECONDS)
        recorder.mark()
        board.machine.reset()
        assert board.boots() == image.build_id
        recorder.mark()
    assert {write.medium for write in recorder.writes} == {"disk", "flash"}
    assert (state := storage.state()) is not None and state.confirmed and state.active == 1
    return Story(folder / "before.img", recorder.writes)


def test_cuts_within_writes(
    share: int, story: Story, firmware: Path, image: Image, other: Image, banks: Banks, tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    """A share of the cuts, from the first write to the last."""
    count, shares = (200, 40) if request.config.getoption("--long") else (7, 1)
    storage = Storage(tmp_path / "board", banks)
    shutil.copy(story.disk, storage.disk)
    replay = Replay(storage, story.writes)
    builds = (other.build_id, image.build_id)
    for number, cut in list(enumerate(choose(story.writes, count, SEED)))[share::shares]:
        replay.tear(cut, SEED + number)
        _survives(firmware, storage, tmp_path, image, banks, cut, builds)


def _survives(
    firmware: Path, storage: Storage, out: Path, image: Image, banks: Banks, cut: Cut, builds: tuple[str, str]
) -> None:
    try:
        with powered(firmware, storage, out, image, banks) as board:
            assert board.boots() in builds
            board.flashes()
            assert board.boots() == image.build_id
    except LabError as problem:
        raise AssertionError(f"{cut}: {problem}") from problem


def test_cuts_during_the_transfer(
    transfer: int, root: Path, firmware: Path, image: Image, other: Image, banks: Banks, tmp_path: Path
) -> None:
    storage = Storage(tmp_path / "board", banks)
    with_old(storage, other, banks)
    part = random.Random(SEED + transfer).random()
    with start(firmware, tmp_path / "qemu", storage) as machine:
        machine.release()

        def progress(done: int, whole: int) -> None:
            if done >= part * whole and whole > 10_000:
                machine.lose_power()

        job = FlashJob(
            root=root, image=image, out=tmp_path, port=machine.console_url, seconds=SECONDS, bank="auto",
            say=lambda _: None, progress=progress,
        )  # fmt: skip
        with pytest.raises(LabError, match=r"BH-FLASH-00[12]"):
            UBootSerial(job).flash()
    with powered(firmware, storage, tmp_path, image, banks) as board:
        assert board.boots() == other.build_id
        board.flashes()
        assert board.boots() == image.build_id
