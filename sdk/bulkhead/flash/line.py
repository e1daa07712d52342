# SPDX-License-Identifier: Apache-2.0
"""A serial line to a boot loader: everything received is kept, and every wait has a deadline."""

from __future__ import annotations

import contextlib
import re
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import serial

from bulkhead.diag.errors import LabError
from bulkhead.lab.console import open_port
from bulkhead.lab.places import hold
from bulkhead.lab.transcript import printable

_SHOWN = 400  # characters of what was received, in a message


class Silence(LabError):
    """The deadline came before the text. `received` is what came instead."""

    def __init__(self, wanted: str, seconds: float, received: str) -> None:
        self.received = received
        tail = printable(received[-_SHOWN:]).strip()
        said = f"; the line ends with: {tail}" if tail else "; the line was silent"
        super().__init__(f"BH-FLASH-001: {wanted} did not come within {seconds:g} s{said}")


class Line:
    """An open port. Use it as a context manager: the port is let go on every path."""

    def __init__(self, url: str, baud: int, log: Path) -> None:
        """Raises LabError where the port cannot be had; another flash that has it is named."""
        self._held = ExitStack()
        self._held.enter_context(hold(f"the line {url}", 0.0))
        try:
            self._port = open_port(url, baud)
        except BaseException:
            self._held.close()
            raise
        self._kept = ""
        self.tail = ""  # the last of all that was received, whoever has looked at it
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log: IO[bytes] = log.open("wb")

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._port.close()
        self._log.close()
        self._held.close()

    def read(self, size: int, seconds: float) -> bytes:
        """At most `size` bytes, fewer when the time is over."""
        with _lost():
            self._port.timeout = seconds
            data = bytes(self._port.read(size))
        self._log.write(data)
        self.tail = (self.tail + data.decode("latin-1"))[-_SHOWN:]
        return data

    def write(self, data: bytes) -> None:
        with _lost():
            self._port.write(data)
            self._port.flush()

    def drain(self, quiet: float = 0.0) -> None:
        """Forget what was received and not looked at, until the line was quiet for that long."""
        self._kept = ""
        while self._some(quiet):
            pass

    def expect(self, pattern: str, seconds: float, what: str = "") -> re.Match[str]:
        """The first match in what comes from now on; the rest is kept. Raises Silence."""
        wanted = re.compile(pattern)
        deadline = time.monotonic() + seconds
        while True:
            match = wanted.search(self._kept)
            if match:
                self._kept = self._kept[match.end() :]
                return match
            left = deadline - time.monotonic()
            if left <= 0:
                received, self._kept = self._kept, ""
                raise Silence(what or f"/{pattern}/", seconds, received)
            self._kept += self._some(min(left, 0.1)).decode("ascii", "replace")

    def _some(self, seconds: float) -> bytes:
        """The next byte and what is there with it."""
        data = self.read(1, seconds)
        return data + self.read(4096, 0) if data else b""


@contextlib.contextmanager
def _lost() -> Any:
    try:
        yield
    except (serial.SerialException, OSError) as problem:
        raise LabError(f"BH-FLASH-002: the serial line is gone: {problem}") from problem
