# SPDX-License-Identifier: Apache-2.0
"""The power goes at any moment of a flash: the board boots the old or the new image, and is flashed again.

Ten cuts by default, all with --long: 200 within writes, 20 by ending QEMU during the transfer.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cuts import Cut, Recorder, Replay, choose
from machine import Storage, start

from bulkhead.diag.errors import LabError
from bulkhead.flash.banks import BankWriter
from bulkhead.flash.bootscript import boot_script, script_file
from bulkhead.flash.card import put_file
from bulkhead.flash.layout import Banks
from bulkhead.flash.line import Line
from bulkhead.flash.method import FlashJob
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

    def __init__(self, machine: QemuProcess, line: Line, image: Image, banks: Banks) -> None:
        self.machine, self.line, self.image, self.banks = machine, line, image, banks
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
        writer.put_script(self._type)
        writer.put_image(state.spare, STAGED, size, crc)
        writer.start_trial(
            state, slot, state.spare, Stored(size=size, crc=crc, word=word_of(self.image.build_id))
        )
        self.machine.reset()

    def _type(self, _: str, data: bytes, base: int) -> None:
        self.uboot.run(f"cp.b {STAGED + 0x200_0000:x} {base:x} {len(data):x}")


@contextlib.contextmanager
def powered(
    firmware: Path, storage: Storage, out: Path, image: Image, banks: Banks, recorder: Recorder | None = None
) -> Iterator[Board]:
    script = out / "boot.scr"
    script.write_bytes(script_file(boot_script(banks)))
    more = [
        word
        for path, at in ((image.path, STAGED), (script, STAGED + 0x200_0000))
        for word in ("-device", f"loader,file={path},addr={at:#x},force-raw=on")
    ]

    def change(argument: str) -> str:
        if recorder is not None:
            return recorder.change(argument)
        return f"{argument},{SNAPSHOT}" if argument.startswith(("if=none,id=disk", "if=pflash")) else argument

    with (
        start(firmware, out, storage, change, more) as machine,
        Line(machine.console_url, 115200, out / "line.raw") as line,
    ):
        machine.release()
        yield Board(machine, line, image, banks)


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


def test_cuts_within_writes(
    firmware: Path, image: Image, other: Image, banks: Banks, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    storage = Storage(tmp_path / "board", banks)
    with_old(storage, other, banks)
    first = Storage(tmp_path / "first", banks)
    shutil.copy(storage.disk, first.disk)

    recorder = Recorder(tmp_path)
    with powered(firmware, storage, tmp_path, image, banks, recorder) as board:
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

    count = 200 if request.config.getoption("--long") else 7
    replay = Replay(first, recorder.writes)
    builds = (other.build_id, image.build_id)
    seen = []
    for number, cut in enumerate(choose(recorder.writes, count, SEED)):
        replay.tear(cut, SEED + number)
        seen.append(_survives(firmware, first, tmp_path, image, banks, cut, builds))
    assert set(seen) == set(builds), "the cuts must meet both sides of the change"


def _survives(
    firmware: Path, storage: Storage, out: Path, image: Image, banks: Banks, cut: Cut, builds: tuple[str, str]
) -> str:
    try:
        with powered(firmware, storage, out, image, banks) as board:
            build = board.boots()
            assert build in builds
            board.flashes()
            assert board.boots() == image.build_id
            return build
    except LabError as problem:
        raise AssertionError(f"{cut}: {problem}") from problem


def test_cuts_during_the_transfer(
    root: Path, firmware: Path, image: Image, other: Image, banks: Banks, tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    storage = Storage(tmp_path / "board", banks)
    with_old(storage, other, banks)
    dice = random.Random(SEED)
    for _ in range(20 if request.config.getoption("--long") else 3):
        with start(firmware, tmp_path / "qemu", storage) as machine:
            machine.release()
            job = FlashJob(
                root=root, image=image, out=tmp_path, port=machine.console_url, seconds=SECONDS, bank="auto",
                say=lambda _: None,
            )  # fmt: skip
            at = dice.random()

            def progress(done: int, whole: int, at: float = at, machine: QemuProcess = machine) -> None:
                if done >= at * whole and whole > 10_000:
                    machine.lose_power()

            with pytest.raises(LabError, match=r"BH-FLASH-00[12]"):
                UBootSerial(replace(job, progress=progress)).flash()
        with powered(firmware, storage, tmp_path, image, banks) as board:
            assert board.boots() == other.build_id
            board.flashes()
            assert board.boots() == image.build_id
