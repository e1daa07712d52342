# SPDX-License-Identifier: Apache-2.0
"""One run on a good, a dead, a slow and a lying board and a broken hypervisor: each is what it is."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_servers import free_port, until

from bulkhead.cli.main import Context
from bulkhead.cli.prepare import prepare
from bulkhead.lab import hil
from bulkhead.lab.image import Image, read_image
from bulkhead.runners import hosttools
from bulkhead.runners.boards import read_qemu_machine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hosttools.find("qemu-system-aarch64"), reason="QEMU is not installed"),
]

BOARD_SCRIPT = Path(__file__).with_name("lab_board.py")
BRK = (0xD420_0000).to_bytes(4, "little")  # BRK #0
BOOT_SECONDS = {"good": 60, "broken": 60, "dead": 3, "slow": 4, "lying": 60}
SLOW_BYTES_A_SECOND = 8  # ten seconds for a boot line
SUITE = """\
*** Settings ***
Library             BulkheadTarget
Suite Setup         Boot Target
Suite Teardown      Release Target
Test Timeout        2 minutes


*** Test Cases ***
Counts Its Seconds
    Wait For Line    control    second=2    30 s
"""


def broken(image: Image, symbol: str) -> bytes:
    """The image with a hypervisor that dies in `symbol`, long after its boot line."""
    from test_hv_damaged_image import symbol as offset_of

    data = bytearray(image.path.read_bytes())
    offset = offset_of(image, symbol)
    data[offset : offset + 4] = BRK
    return bytes(data)


@pytest.fixture
def boards(root: Path, tmp_path: Path, speaker: Image) -> Iterator[Path]:
    """The build folder, with a targets.yaml of the five."""
    build = prepare(Context(root=root, build_dir=tmp_path / "build"), "qemu_virt/demo", "image", quiet=True)
    image = read_image(build)
    kernels = {name: image.path for name in BOOT_SECONDS} | {"lying": speaker.path}
    kernels["broken"] = tmp_path / "broken.img"
    kernels["broken"].write_bytes(broken(image, "vuart_write"))
    machine = read_qemu_machine(root, "qemu_virt")
    qemu = ["qemu-system-aarch64", "-M", machine["machine"], "-cpu", machine["cpu"], "-m", machine["memory"],
            "-smp", "4", "-nodefaults", "-display", "none", "-kernel"]  # fmt: skip
    targets = "version: 1\ntargets:\n"
    with contextlib.ExitStack() as stack:
        for name, kernel in kernels.items():
            folder, port = tmp_path / name, free_port()
            folder.mkdir()
            rate = str(SLOW_BYTES_A_SECOND if name == "slow" else 0)
            board = subprocess.Popen(
                [sys.executable, BOARD_SCRIPT, "serve", str(port), str(folder), rate, *qemu, str(kernel)],
                start_new_session=True,
            )
            stack.callback(os.killpg, board.pid, signal.SIGKILL)
            until((folder / "ready").exists)
            switch = "off" if name == "dead" else "cycle"  # its switch does something, and it stays dark
            targets += (
                f"  {name}:\n    kind: serial\n    board: qemu_virt\n    boot_seconds: {BOOT_SECONDS[name]}\n"
                f"    console: {{url: 'socket://127.0.0.1:{port}'}}\n    power:\n"
                f"      cycle: [{sys.executable}, {BOARD_SCRIPT}, '{switch}', {folder}]\n"
                f"      'off': [{sys.executable}, {BOARD_SCRIPT}, 'off', {folder}]\n"
            )
        (build / "targets.yaml").write_text(targets)
        (build / "mine.robot").write_text(SUITE)
        yield build


def test_each_is_reported_as_what_it_is(root: Path, boards: Path, speaker: Image) -> None:
    build_id = read_image(boards).build_id
    done = hil.run(root, boards, hil.Asked(
        suites=(str(boards / "mine.robot"),), names=tuple(BOOT_SECONDS), targets=boards / "targets.yaml",
        out=boards / "out", build=False, include=(), exclude=(), jobs=2, repeat=1, until_fail=False,
        shuffle=False, seed=None, rerun_failed=False, history=boards / "history.sqlite",
    ))  # fmt: skip
    found = {case.target: case for case in done.cases}
    assert {name: (case.status, case.stage) for name, case in found.items()} == {
        "good": ("PASS", "test"),
        "broken": ("FAIL", "test"),
        "dead": ("FAIL", "lab"),
        "slow": ("FAIL", "boot"),
        "lying": ("FAIL", "boot"),
    }
    assert "the crash, decoded:" in found["broken"].message
    assert "vuart_write" in found["broken"].message and "hv-arm64/src/vdev/" in found["broken"].message
    assert "not one byte" in found["dead"].message
    assert f"runs build {speaker.build_id}, but bulkhead.img is build {build_id}" in found["lying"].message
    assert "bytes a second" in found["slow"].message
    assert done.exit_code == 4
    assert "LAB failed on dead, nothing is known about 1 tests of mine" in done.summary()
