# SPDX-License-Identifier: Apache-2.0
"""Sessions on a real QEMU and on boards of Python: states, identities, and whose fault it was."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import pytest
from fake_board import FakeBoard

from bulkhead.diag import LabError, Span, UserError
from bulkhead.lab.console import TextNotSeen
from bulkhead.lab.image import Image
from bulkhead.lab.session import Session, Stage, StageError
from bulkhead.lab.targets import Flash, Power, Target, find_target
from bulkhead.runners import hosttools

needs_qemu = pytest.mark.skipif(not hosttools.find("qemu-system-aarch64"), reason="QEMU is not installed")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@needs_qemu
@pytest.mark.parametrize("name", ["qemu", "qemu-pty", "qemu-real-time"])
def test_qemu_from_power_on_to_power_off(root: Path, tmp_path: Path, speaker: Image, name: str) -> None:
    with Session.open(root, find_target(root, name), speaker, tmp_path) as session:
        report = session.boot()
        assert (report.build_id, report.count, session.stage) == (speaker.build_id, 1, Stage.TEST)
        session.console.send(b"hello\r")
        assert session.wait("^hel", "echo", 10).text == "hello"
        assert session.ask_identity() == report
        session.reset()
        session.console.send(b"q")
        with pytest.raises(TextNotSeen, match="the other end closed it"):
            session.wait("never", "echo", 10)
    assert (tmp_path / "console.raw").read_bytes().startswith(b"hv| boot build=")


@needs_qemu
def test_qemu_is_gone_after_an_error(root: Path, tmp_path: Path, speaker: Image) -> None:
    with (
        pytest.raises(RuntimeError),
        Session.open(root, find_target(root, "qemu"), speaker, tmp_path) as session,
    ):
        pid = session.running.process.pid  # type: ignore[attr-defined]
        assert is_running(pid)
        raise RuntimeError
    assert not is_running(pid)


@needs_qemu
def test_an_older_image_on_the_target_is_found_out(root: Path, tmp_path: Path, speaker: Image) -> None:
    newer = dataclasses.replace(speaker, build_id="f" * 16)
    with Session.open(root, find_target(root, "qemu"), newer, tmp_path) as session:
        with pytest.raises(
            StageError, match=r"BOOT: the target runs build 0123456789abcdef, but .* ffff"
        ) as caught:
            session.boot()
        assert caught.value.stage is Stage.BOOT


@needs_qemu
def test_a_machine_qemu_cannot_be_is_told_in_its_words(root: Path, tmp_path: Path, speaker: Image) -> None:
    with pytest.raises(LabError, match=r"(?s)FLASH: QEMU did not start: .*cortex-a99"):
        Session.open(root, find_target(root, "qemu"), speaker, tmp_path, cpu="cortex-a99")


def board_target(url: str, **more: object) -> Target:
    fields = {
        "name": "desk",
        "kind": "serial",
        "board": "qemu_virt",
        "where": Span("t.yaml"),
        "console_url": url,
    }
    return Target(**(fields | {"boot_seconds": 3.0} | more))  # type: ignore[arg-type]


def test_a_board_is_flashed_switched_on_and_switched_off(root: Path, tmp_path: Path, speaker: Image) -> None:
    log = tmp_path / "log"
    note = f"import sys; print(*sys.argv[1:], file=open({str(log)!r}, 'a'))"
    power = Power(on=(sys.executable, "-c", note, "on"), off=(sys.executable, "-c", note, "off"))
    flash = Flash(method="command", command=(sys.executable, "-c", note, "flash", "{image}"))

    def script(board: FakeBoard) -> None:
        board.boot()

    with FakeBoard(script) as board:
        target = board_target(board.url, power=power, flash=flash)
        with Session.open(root, target, speaker, tmp_path / "out") as session:
            board.release()
            assert session.boot().partitions == 2
    assert log.read_text().splitlines() == [f"flash {speaker.path}", "off", "on", "off"]


def test_a_board_without_a_byte_is_the_labs_trouble(root: Path, tmp_path: Path, speaker: Image) -> None:
    with FakeBoard(lambda board: None) as board:
        target = board_target(board.url, boot_seconds=0.3)
        with (
            Session.open(root, target, speaker, tmp_path) as session,
            pytest.raises(
                StageError, match=r"LAB: not one byte came from the console within 0.3 s after power on"
            ),
        ):
            session.boot()


def test_a_flash_command_that_fails_is_told_with_what_it_said(
    root: Path, tmp_path: Path, speaker: Image
) -> None:
    flash = Flash(method="command", command=(sys.executable, "-c", "raise SystemExit('no such probe')"))
    with pytest.raises(StageError, match=r"FLASH: the flash command .* failed with 1: no such probe"):
        Session.open(root, board_target("socket://127.0.0.1:1", flash=flash), speaker, tmp_path)


def test_an_image_for_another_board_is_refused(root: Path, tmp_path: Path, speaker: Image) -> None:
    with pytest.raises(UserError) as caught:
        Session.open(root, board_target("socket://127.0.0.1:1", board="rpi4b"), speaker, tmp_path)
    assert [d.code for d in caught.value.diags] == ["BH-LAB-005"]
