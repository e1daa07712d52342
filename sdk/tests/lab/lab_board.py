# SPDX-License-Identifier: Apache-2.0
"""A board of a lab: a console port that is always there, and QEMU behind it while the power is on.

lab_board.py serve PORT FOLDER RATE COMMAND...    the board; COMMAND is QEMU's, its console follows.
                                             RATE: bytes a second that the console lets through; 0: all
lab_board.py cycle FOLDER                    its power switch (also: off)
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path


def serve(port: int, folder: Path, rate: int, command: list[str]) -> None:
    listener = socket.create_server(("127.0.0.1", port))
    switch, line = (socket.socket(socket.AF_UNIX) for _ in range(2))
    for each, name in ((switch, "switch"), (line, "line")):
        each.bind(str(folder / name))
        each.listen()
    client = board = None
    machine: subprocess.Popen[bytes] | None = None
    (folder / "ready").touch()
    while True:
        ends = [end for end in (listener, switch, line, client, board) if end is not None]
        for end in select.select(ends, [], [])[0]:
            if end is listener:
                client = listener.accept()[0]  # the last one that connects is the one that hears
            elif end is line:
                board = line.accept()[0]
            elif end is switch:
                asked = switch.accept()[0]
                word = asked.recv(16)
                if machine is not None:
                    machine.kill()
                    machine.wait()
                    machine = None
                if word == b"cycle":
                    machine = subprocess.Popen(
                        [*command, "-chardev", f"socket,id=c,path={folder / 'line'}", "-serial", "chardev:c"],
                        stdin=subprocess.DEVNULL,
                    )
                asked.sendall(b"ok")
                asked.close()
            else:
                data = b""
                with contextlib.suppress(OSError):
                    data = end.recv(1 if rate and end is board else 65536)
                    time.sleep(1 / rate if rate and end is board else 0)
                other = board if end is client else client
                if data and other is not None:
                    with contextlib.suppress(OSError):
                        other.sendall(data)
                elif not data and end is client:
                    client = None
                elif not data:
                    board = None


def throw(word: str, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as switch:
        switch.connect(str(folder / "switch"))
        switch.sendall(word.encode())
        assert switch.recv(2) == b"ok"


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        os.chdir(sys.argv[3])
        serve(int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
    else:
        throw(sys.argv[1], Path(sys.argv[2]))
