# SPDX-License-Identifier: Apache-2.0
"""A board of Python: speaks the console protocol on a TCP port or a pseudo terminal.

It answers the focus keys and echoes lines typed to a partition, so that the lab can be tested
without a hypervisor.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import socket
import threading
import tty
from collections.abc import Callable

from console_model import Mux

BUILD_ID = "0123456789abcdef"
BOOT_LINE = f"boot build={BUILD_ID} count=1 pcpus=2 partitions=2 gic=v3"


class FakeBoard:
    """Silent until released, as a board that is off: opening a port throws away what waits in it."""

    def __init__(self, script: Callable[[FakeBoard], None], *, over: str = "tcp") -> None:
        self.mux = Mux()
        self.speakers = ["hv", "control", "rogue"]
        self.typed: list[tuple[str | None, bytes]] = []
        self._script = script
        self._released = threading.Event()
        self._sent = 0
        self._focus_name: bytes | None = None  # what was typed after Ctrl-^
        self._line = b""
        self._stop, self._stopper = os.pipe()
        if over == "tcp":
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
            self._open = self._accept
        else:
            self._master, self._slave = pty.openpty()
            tty.setraw(self._slave)
            self.url = os.ttyname(self._slave)
            self._open = lambda: self._master
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> FakeBoard:
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._stopper, b"x")
        self._released.set()
        self._thread.join(5)

    def release(self) -> None:
        self._released.set()

    def say(self, speaker: str, data: bytes) -> None:
        self.mux.write(speaker, data)
        self._flush()

    def boot(self) -> None:
        self.mux.say(BOOT_LINE)
        self._flush()

    def _accept(self) -> int | None:
        if self._stop in select.select([self._listener, self._stop], [], [])[0]:
            return None
        self._connection = self._listener.accept()[0]
        return self._connection.fileno()

    def _serve(self) -> None:
        fd = self._open()
        if fd is None:
            return
        self._fd = fd
        with contextlib.suppress(OSError):
            self._released.wait(10)
            self._script(self)
            while self._stop not in select.select([fd, self._stop], [], [])[0]:
                data = os.read(fd, 4096)
                if not data:
                    break
                for byte in data:
                    self._type(byte)
                self._flush()
        os.close(fd)
        if hasattr(self, "_connection"):
            self._connection.detach()

    def _flush(self) -> None:
        while self._sent < len(self.mux.wire):
            self._sent += os.write(self._fd, bytes(self.mux.wire[self._sent :]))

    def _type(self, byte: int) -> None:
        if self._focus_name is not None:
            if byte == ord("?") and not self._focus_name:
                self._focus_name = None
                self.mux.say(BOOT_LINE)
                for number, speaker in enumerate(self.speakers[1:], start=1):
                    self.mux.say(f"speaker {number} {speaker}")
            elif byte in b"0123456789" and not self._focus_name:
                self._set_focus(self.speakers[byte - 48])
            elif byte == 13:
                self._set_focus(self._focus_name.decode())
            else:
                self._focus_name += bytes([byte])
        elif byte == 0x1E:
            self._focus_name = b""
        elif byte == 13:
            self.typed.append((self.mux.focus, self._line))
            if self.mux.focus:
                self.mux.write(self.mux.focus, b"echo: " + self._line + b"\n")
            self._line = b""
        else:
            self._line += bytes([byte])

    def _set_focus(self, speaker: str) -> None:
        self._focus_name = None
        self.mux.focus = speaker
        self.mux.say(f"focus {speaker}")
