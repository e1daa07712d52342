# SPDX-License-Identifier: Apache-2.0
"""How well the line is used, beside lrzsz's `sb` and by its speed; and other ends than a good U-Boot."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from machine import BadLine, start

from bulkhead.diag.errors import LabError, SdkError
from bulkhead.flash import ymodem
from bulkhead.flash.line import Line
from bulkhead.flash.method import FlashJob
from bulkhead.flash.uboot import Dialect, UBoot
from bulkhead.flash.uboot_serial import UBootSerial
from bulkhead.lab.image import Image
from bulkhead.runners.hosttools import require
from bulkhead.runners.qemu import QemuProcess

SECONDS = 90.0
RAM = 0x4800_0000


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, 21 if metafunc.config.getoption("--long") else 2))


@pytest.fixture
def board(firmware: Path, tmp_path: Path) -> Iterator[QemuProcess]:
    with start(firmware, tmp_path / "qemu") as running:
        running.release()
        yield running


@pytest.mark.slow
def test_no_slower_than_sb(board: QemuProcess, tmp_path: Path) -> None:
    """Both on the same line, one after the other, the same bytes; the best of each, for a shared host."""
    try:
        sb = require("sb")
    except SdkError as problem:
        pytest.skip(f"lrzsz cannot be had: {problem}")
    data = os.urandom(24 << 10)
    (tmp_path / "data").write_bytes(data)
    host, port = board.console_url.removeprefix("socket://").split(":")
    ours, theirs = [], []
    for _ in range(4):
        with Line(board.console_url, 115200, tmp_path / "line.raw") as line:
            uboot = UBoot(line, Dialect())
            uboot.reach_prompt(SECONDS)
            uboot.begin_ymodem(RAM)
            began = time.monotonic()
            ymodem.send(line, "data", data, lambda _: None)
            ours.append(time.monotonic() - began)
            uboot.come_back(10.0)
            uboot.begin_ymodem(RAM)
        with socket.create_connection((host, int(port))) as end:
            began = time.monotonic()
            subprocess.run([sb, "-k", tmp_path / "data"], stdin=end, stdout=end, stderr=subprocess.DEVNULL,
                           timeout=SECONDS, check=True)  # fmt: skip
            theirs.append(time.monotonic() - began)
        if min(ours) <= min(theirs) / 0.9:
            return
    pytest.fail(f"{ours} s, sb {theirs} s")


class VirtualLine(Line):
    """A line of a given speed in a time of its own, whatever the host does; its receiver answers at once."""

    def __init__(self, baud: int) -> None:
        self.now, self._byte = 0.0, 10 / baud  # 8N1
        self._answers = [(0.0, b"C")]
        self._files = 0

    def read(self, size: int, seconds: float) -> bytes:
        if self._answers and self._answers[0][0] <= self.now + seconds:
            at, answer = self._answers.pop(0)
            self.now = max(self.now, at)
            return answer
        self.now += seconds
        return b""

    def write(self, data: bytes) -> None:
        self.now += len(data) * self._byte
        size = {1: 128, 2: 1024, 4: 0}[data[0]]
        header = size == 128 and data[1] == 0
        self._answers = [(self.now + self._byte, b"\x06")]
        if header or not size:
            self._answers.append((self.now + 2 * self._byte, b"C"))

    def drain(self, quiet: float = 0.0) -> None:
        self._answers = [(at, answer) for at, answer in self._answers if at > self.now]


@pytest.mark.parametrize("baud", [115200, 921600])
def test_what_the_protocol_leaves_of_a_line(baud: int) -> None:
    """In the line's own time: headers, answers and waits together cost less than 15 % of it."""
    line, data = VirtualLine(baud), bytes(256 << 10)
    ymodem.send(line, "data", data, lambda _: None)
    assert len(data) * 10 / baud / line.now >= 0.85


class Receiver(threading.Thread):
    """The end of a YMODEM transfer on a line of a given speed: answers each block after the time it takes."""

    def __init__(self, baud: int) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._byte = 10 / baud  # 8N1
        self.received = b""
        self.start()

    def run(self) -> None:
        end, _ = self._listener.accept()
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with end:
            end.sendall(b"C")
            free = time.monotonic()
            while kind := self._take(end, 1):
                size = {1: 128, 2: 1024, 4: 0}[kind[0]]
                block = self._take(end, 2 + size + 2) if size else b""
                free = (
                    max(free, time.monotonic()) + (1 + len(block) + 1) * self._byte
                )  # and the answer's byte
                time.sleep(max(0.0, free - time.monotonic()))
                if block[:1] == b"\0" and size == 128 and not block[2]:
                    end.sendall(b"\x06")
                    return
                if size == 1024:
                    self.received += block[2:-2]
                end.sendall(b"\x06C" if size in (0, 128) else b"\x06")

    def _take(self, end: socket.socket, count: int) -> bytes:
        data = b""
        while len(data) < count:
            some = end.recv(count - len(data))
            if not some:
                return b""
            data += some
        return data


@pytest.mark.slow
@pytest.mark.parametrize(("baud", "size"), [(115200, 48 << 10), (921600, 192 << 10)])
def test_a_paced_line_is_used(baud: int, size: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """At least 85 % of what the line carries; the best of five, because the host is shared."""
    if not request.config.getoption("--long"):
        pytest.skip("with --long: blocks of 11 and 90 ms need a host that is not busy")
    data, best = os.urandom(size), 0.0
    for _ in range(5):
        receiver = Receiver(baud)
        with Line(receiver.url, baud, tmp_path / "line.raw") as line:
            began = time.monotonic()
            ymodem.send(line, "data", data, lambda _: None)
            best = max(best, size / (time.monotonic() - began) / (baud / 10))
        receiver.join(10)
        assert receiver.received[:size] == data
        if best >= 0.85:
            return
    pytest.fail(f"{best:.0%} of the line at {baud} baud")


@contextmanager
def recorded(text: str) -> Iterator[str]:
    """Something that says this when it is typed to, and no more: the URL of its console."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            end, _ = listener.accept()
            with end:
                said = end.recv(4096) and end.sendall(text.encode("latin-1"))
                while said is None and end.recv(4096):
                    pass

        threading.Thread(target=serve, daemon=True).start()
        yield f"socket://127.0.0.1:{listener.getsockname()[1]}"


BAREBOX = "\r\nbarebox 2023.01.0 #1\r\n\r\nHit m for menu or any to stop autoboot:    3\r\nbarebox@board:/ "
EDK2 = "UEFI firmware (version  built at 10:11:12)\r\nPress ESCAPE for boot options\r\nShell> "
GARBAGE = "\xff\xfe\x80~\x9f\x00\xe3\xf8\x1c\xfc" * 20  # another baud rate


@pytest.mark.parametrize(
    ("text", "shown"),
    [(BAREBOX, "barebox@board"), (EDK2, "Shell>"), (GARBAGE, "~"), ("", "the line was silent")],
)
def test_what_is_no_u_boot(root: Path, image: Image, tmp_path: Path, text: str, shown: str) -> None:
    with recorded(text) as url:
        job = FlashJob(root=root, image=image, out=tmp_path, port=url, seconds=3, say=lambda _: None)
        with pytest.raises(LabError, match="BH-FLASH-001: U-Boot's prompt") as caught:
            UBootSerial(job).flash()
    assert shown in str(caught.value) and caught.value.exit_code == 4


def test_who_has_the_line(tmp_path: Path) -> None:
    """Also where the system would let two programs have it; let go, it can be had again."""
    with (
        recorded("") as url,
        Line(url, 115200, tmp_path / "line.raw"),
        pytest.raises(LabError, match=rf"has held the line {url} .*, process {os.getpid()}$"),
    ):
        Line(url, 115200, tmp_path / "other.raw")
    with pytest.raises(LabError, match="cannot be opened"):  # nobody listens any more, but it is not held
        Line(url, 115200, tmp_path / "line.raw")
    with pytest.raises(LabError, match="cannot be opened"):
        Line(url, 115200, tmp_path / "line.raw")


def test_a_u_boot_without_loady(tmp_path: Path) -> None:
    said = "=> \r\nUnknown command 'loady' - try 'help'\r\n=> "
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            end, _ = listener.accept()
            with end:
                while typed := end.recv(4096):
                    end.sendall(typed.replace(b"\r", b"") if typed != b"\r" else said.encode())

        threading.Thread(target=serve, daemon=True).start()
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        with (
            Line(url, 115200, tmp_path / "line.raw") as line,
            pytest.raises(LabError, match="BH-FLASH-003: this U-Boot has no `loady`"),
        ):
            UBoot(line, Dialect()).begin_ymodem(RAM)


@pytest.mark.slow
def test_a_board_that_is_reset_meanwhile(
    root: Path, image: Image, board: QemuProcess, tmp_path: Path
) -> None:
    """The transfer begins anew, from the prompt that comes again."""
    resets = [1]
    said: list[str] = []
    with BadLine(board.console_url, every=0, seed=0) as line:

        def progress(done: int, whole: int) -> None:
            if done > whole // 3 and resets:
                resets.pop()
                line.board_is_reset()
                board.reset()

        job = FlashJob(
            root=root, image=image, out=tmp_path, port=line.url, seconds=SECONDS, say=said.append,
            progress=progress,
        )  # fmt: skip
        UBootSerial(job).flash()
    assert not resets and said[-1] == f"build {image.build_id} runs"


@pytest.mark.slow
def test_ctrl_c_lets_the_port_go(root: Path, image: Image, board: QemuProcess, tmp_path: Path) -> None:
    """At three times of a flash: exit code 130, no traceback, and the next one works."""
    words = ["-d", str(image.path.parent), "flash", "--no-build", "--port", board.console_url]
    for wanted in ("waiting for", "sending", "booting"):
        program = subprocess.Popen(
            [sys.executable, "-P", "-m", "bulkhead", *words, "--again"], stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(root / "sdk")}, start_new_session=True,
        )  # fmt: skip
        assert program.stderr is not None
        heard = ""
        for line in program.stderr:
            heard += line
            if wanted in line:
                program.send_signal(signal.SIGINT)
                break
        heard += program.stderr.read()
        assert program.wait(SECONDS) == 130, heard
        assert "Traceback" not in heard
        if wanted == "booting":
            board.reset()
    job = FlashJob(
        root=root, image=image, out=tmp_path, port=board.console_url, seconds=SECONDS, again=True,
        say=lambda _: None,
    )  # fmt: skip
    UBootSerial(job).flash()


@pytest.mark.slow
def test_banks_over_a_line_that_alters_bytes(
    seed: int, root: Path, image: Image, firmware: Path, tmp_path: Path
) -> None:
    """One in 10^4 both ways, with every command that erases and writes: none runs with a wrong argument.

    A prompt that the line has altered ends a flash, with a message; the next one goes on from there.
    """
    from machine import Storage

    from bulkhead.flash.layout import read_banks

    banks = read_banks(root, "qemu_virt")
    assert banks is not None
    storage = Storage(tmp_path / "board", banks)
    storage.provision()
    before = storage.disk.stat().st_size
    with start(firmware, tmp_path / "qemu", storage) as machine:
        machine.release()
        altered = 0
        for attempt in range(3):
            with BadLine(machine.console_url, every=10_000, seed=seed + 1000 * attempt) as line:
                job = FlashJob(
                    root=root, image=image, out=tmp_path, port=line.url, seconds=SECONDS, bank="auto",
                    say=lambda _: None,
                )  # fmt: skip
                try:
                    UBootSerial(job).flash()
                    break
                except LabError as problem:
                    assert str(problem).startswith("BH-FLASH-0")
                    machine.reset()
                finally:
                    altered += line.altered
        assert altered > 0
    assert storage.disk.stat().st_size == before
    state = storage.state()
    assert state is not None
    assert storage.read(banks.images[state.active], state.banks[state.active].size) == image.path.read_bytes()
    for bank, place in enumerate(banks.images):
        if not state.banks[bank].size:
            assert storage.read(place, 4096) == bytes(4096)
