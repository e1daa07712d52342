# SPDX-License-Identifier: Apache-2.0
"""`flash` over a real U-Boot's serial line: from nothing to a booted image, and what can go wrong."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from machine import BadLine, start

from bulkhead.cli.main import cli
from bulkhead.diag.errors import LabError
from bulkhead.flash.line import Line
from bulkhead.flash.method import FlashJob
from bulkhead.flash.ports import choose_port
from bulkhead.flash.uboot import Dialect, Refused, UBoot
from bulkhead.flash.uboot_serial import UBootSerial
from bulkhead.lab.image import Image
from bulkhead.runners.qemu import QemuProcess

SECONDS = 90.0  # for U-Boot and for the image, on a busy host


@pytest.fixture
def board(firmware: Path, tmp_path: Path) -> Iterator[QemuProcess]:
    with start(firmware, tmp_path / "qemu") as running:
        running.release()
        yield running


def flasher(root: Path, image: Image, url: str, out: Path) -> tuple[UBootSerial, list[str]]:
    said: list[str] = []
    job = FlashJob(root=root, image=image, out=out, port=url, seconds=SECONDS, say=said.append)
    return UBootSerial(job), said


def test_from_nothing_to_a_booted_image(root: Path, image: Image, board: QemuProcess, tmp_path: Path) -> None:
    method, said = flasher(root, image, board.console_url, tmp_path)
    method.flash()
    assert said[-1] == f"build {image.build_id} runs"
    assert any("(compressed)" in line for line in said)
    method.flash()
    assert said[-1].endswith("already: nothing to do")
    words = [
        "-d",
        str(image.path.parent),
        "flash",
        "--port",
        board.console_url,
        "--no-build",
        "--verify-only",
    ]
    assert CliRunner().invoke(cli, words).stdout == f"the board runs build {image.build_id}\n"
    other = replace(image, build_id="0" * 16)
    with pytest.raises(LabError, match=r"BH-FLASH-005.*reset it"):
        job = FlashJob(
            root=root, image=other, out=tmp_path, port=board.console_url, seconds=5, say=said.append
        )
        UBootSerial(job).flash()


@pytest.mark.slow
def test_a_line_that_alters_bytes(root: Path, image: Image, board: QemuProcess, tmp_path: Path) -> None:
    """One in 10^4, both ways: no command runs with a wrong argument, and what boots is what was sent."""
    with BadLine(board.console_url, every=10_000, seed=7) as line:
        method, said = flasher(root, image, line.url, tmp_path)
        method.flash()
        assert said[-1] == f"build {image.build_id} runs"
        assert line.altered > 0


@pytest.mark.slow
def test_a_line_that_is_cut(root: Path, image: Image, board: QemuProcess, tmp_path: Path) -> None:
    with BadLine(board.console_url, every=0, seed=0) as line:
        line.cut_after(5000)
        method, _ = flasher(root, image, line.url, tmp_path)
        with pytest.raises(LabError, match=r"BH-FLASH-002|BH-FLASH-001"):
            method.flash()
    method, said = flasher(root, image, board.console_url, tmp_path)
    method.flash()
    assert said[-1] == f"build {image.build_id} runs"


def test_where_uboot_itself_lies(root: Path, image: Image, board: QemuProcess, tmp_path: Path) -> None:
    boxes = [{**box, "base": box["base"] + 0x3E00_0000} for box in image.plan["boxes"]]
    moved = replace(image, plan={**image.plan, "boxes": boxes})
    method, _ = flasher(root, moved, board.console_url, tmp_path)
    with pytest.raises(LabError, match=r"BH-FLASH-007.*does not leave free"):
        method.flash()


def test_what_uboot_refuses(board: QemuProcess, tmp_path: Path) -> None:
    with Line(board.console_url, 115200, tmp_path / "line.raw") as line:
        uboot = UBoot(line, Dialect())
        uboot.reach_prompt(SECONDS)
        with pytest.raises(Refused, match=r"BH-FLASH-003: U-Boot refused `virtio read`"):
            uboot.run("virtio read")
        assert uboot.has("loady") and not uboot.has("nonsense")


def test_nobody_there(root: Path, image: Image, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = f"socket://127.0.0.1:{silent.getsockname()[1]}"
        words = ["-d", str(image.path.parent), "flash", "--no-build", "--timeout", "4", "--port", port]
        result = CliRunner().invoke(cli, words)
    assert isinstance(result.exception, LabError) and result.exception.exit_code == 4
    assert "the line was silent" in str(result.exception)


def test_which_port(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"BH-FLASH-009: no serial adapter"):
        choose_port(tmp_path, tmp_path / "by-id")
    (tmp_path / "by-id").mkdir()
    (tmp_path / "by-id" / "usb-one").touch()
    assert choose_port(tmp_path, tmp_path / "by-id") == str(tmp_path / "by-id" / "usb-one")
    (tmp_path / "by-id" / "usb-two").touch()
    with pytest.raises(LabError, match=r"(?s)2 serial adapters.*--port .*usb-one\n  --port .*usb-two"):
        choose_port(tmp_path, tmp_path / "by-id")


def test_the_steps_are_told(root: Path, image: Image) -> None:
    words = ["-d", str(image.path.parent), "flash", "--no-build", "--dry-run", "--port", "/dev/ttyX"]
    said = CliRunner().invoke(cli, words).stdout
    assert f"booti {image.plan['boxes'][0]['base']:x} - " in said and json.dumps(image.build_id)[1:-1] in said
