# SPDX-License-Identifier: Apache-2.0
"""A console that says very much: nothing is lost at 3 Mbaud, and a log of a day costs no memory."""

from __future__ import annotations

import hashlib
import os
import pty
import subprocess
import sys
import threading
import time
import tty
from pathlib import Path

import pytest

from bulkhead.lab.console import Console

BYTES_A_SECOND = 300_000  # 3 Mbaud, 8N1
MEBI = 1 << 20
LINE = b"control| second=%09d jitter=40 missed=0 %s\r\n"


def test_a_pty_at_3_mbaud_loses_nothing(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    sent = hashlib.sha256()
    seconds = 3.0

    def board() -> None:
        began, number, total = time.monotonic(), 0, 0
        while (now := time.monotonic() - began) < seconds:
            due = int(now * BYTES_A_SECOND)
            while total < due:  # a UART does not wait: late here means faster afterwards
                data = LINE % (number, b"x" * 80)
                os.write(master, data)
                sent.update(data)
                total, number = total + len(data), number + 1
            time.sleep(0.001)
        os.write(master, b"hv| end\r\n")
        sent.update(b"hv| end\r\n")

    with Console.open(os.ttyname(slave), tmp_path / "console.raw", 3_000_000) as console:
        thread = threading.Thread(target=board)
        thread.start()
        numbers = []
        for number in range(7):
            numbers.append(int(console.wait(rf"second=0*({1000 * number})\b", "control", 30).match[1]))
        console.wait("^end$", "hv", 30)
        thread.join()
    os.close(master)
    os.close(slave)
    raw = (tmp_path / "console.raw").read_bytes()
    assert hashlib.sha256(raw).digest() == sent.digest()
    assert len(raw) > seconds * BYTES_A_SECOND * 0.95
    assert numbers == [1000 * number for number in range(7)]


SOURCE = """
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
client = server.accept()[0]
client.recv(1)  # opening a port throws away what waits in it
line = b"control| " + b"x" * 90 + b" %09d\\r\\n"
for block in range(int(sys.argv[1])):  # MiB
    client.sendall(b"".join(line % n for n in range(block * 9500, (block + 1) * 9500)))
client.sendall(b"hv| end\\r\\n")
sys.stdin.read()
"""
WAITER = """
import re, sys
from pathlib import Path
from bulkhead.lab.console import Console, TextNotSeen
with Console.open(sys.argv[1], Path(sys.argv[2])) as console:
    console.send(b"x")
    console.wait("^end$", "hv", float(sys.argv[3]))
    try:
        console.wait("never", "control", 0.1)
    except TextNotSeen:
        pass
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def most_memory(folder: Path, mebibytes: int, seconds: float) -> int:
    """KiB that a process needed at most to capture that much, wait in it, fail, and write it for people."""
    folder.mkdir()
    source = subprocess.Popen(
        [sys.executable, "-c", SOURCE, str(mebibytes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert source.stdin and source.stdout
    try:
        url = f"socket://127.0.0.1:{int(source.stdout.readline())}"
        words = [url, str(folder / "console.raw"), str(seconds)]
        done = subprocess.run(
            [sys.executable, "-P", "-c", WAITER, *words],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3 * seconds, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert (folder / "console.raw").stat().st_size > mebibytes * MEBI * 0.9
        return int(done.stdout)
    finally:
        source.stdin.close()
        source.wait(30)
        source.stdout.close()
        for file in folder.iterdir():
            file.unlink()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_log(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    is_long = request.config.getoption("--long")
    small = most_memory(tmp_path / "small", 1, 60)
    large = most_memory(tmp_path / "large", 1024 if is_long else 24, 1200)
    print(f"most memory: {small} KiB for 1 MiB, {large} KiB for {1024 if is_long else 24} MiB")
    assert large < small + 8 * 1024
