# SPDX-License-Identifier: Apache-2.0
"""A console in the user's terminal: what the board says goes out, what is typed goes in.

One loop waits for the port, the keyboard and the deadline; Ctrl-] ends it. Everything else that
is typed belongs to the board, Ctrl-C and Ctrl-^ included.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from bulkhead.lab.console import file_number
from bulkhead.lab.demux import Demux
from bulkhead.lab.transcript import Transcript

QUIT_KEY = 0x1D  # Ctrl-]
PORTION = 1 << 16
POLL_SECONDS = 0.2  # for ports that cannot be waited for, and for a log that others write

View = Callable[[bytes], bytes]  # from the stream to what is shown of it


def whole_stream(data: bytes) -> bytes:
    """Every speaker, with its tag."""
    return data


def only(speaker: str) -> View:
    """One speaker's own bytes, untagged."""
    demux = Demux()

    def view(data: bytes) -> bytes:
        return b"".join(
            piece.data + (b"\r\n" if piece.ended else b"")
            for piece in demux.feed(data)
            if piece.speaker == speaker
        )

    return view


class PortSource:
    """Reads the port itself and keeps what it read in a transcript."""

    def __init__(self, port: Any, transcript: Transcript) -> None:
        self.port, self._transcript = port, transcript
        self.fd = file_number(port)

    def pull(self) -> bytes | None:
        """What has come; None when nothing ever will."""
        try:
            if self.fd is None:
                data = bytes(self.port.read(1) + self.port.read(self.port.in_waiting))
            else:
                data = os.read(self.fd, PORTION)
                if not data:
                    return None
        except BlockingIOError:
            return b""
        except OSError:  # SerialException is one
            return None
        if data:
            self._transcript.append(data)
        return data


class LogSource:
    """Reads a log that somebody else keeps; the port only tells that there is more."""

    def __init__(self, port: Any, log: Path) -> None:
        self.port = port
        self.fd = file_number(port)
        self._log: IO[bytes] = log.open("rb")
        self._is_over = False

    def pull(self) -> bytes | None:
        if self.fd is not None and select.select([self.fd], [], [], 0)[0]:
            with contextlib.suppress(BlockingIOError):
                try:
                    self._is_over = not os.read(self.fd, PORTION)
                except ConnectionError:
                    self._is_over = True
        data = self._log.read(PORTION)
        return None if self._is_over and not data else data


Source = PortSource | LogSource


def interact(source: Source, view: View, seconds: float | None, *, keyboard: bool) -> str:
    """Until Ctrl-], the end of the console, or the deadline: "quit", "ended" or "deadline"."""
    deadline = None if seconds is None else time.monotonic() + seconds
    with raw_terminal() if keyboard else contextlib.nullcontext():
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return "deadline"
            if not _pass_on(source, view):
                return "ended"
            typed = _wait(source, left, keyboard)
            before, quit_key, _ = typed.partition(bytes([QUIT_KEY]))
            if before:
                try:
                    source.port.write(before)
                except OSError:
                    return "ended"
            if quit_key:
                return "quit"


def drain(source: Source, view: View) -> None:
    """Show what there is now, and no more."""
    while data := source.pull():
        _write(view(data))


def _pass_on(source: Source, view: View) -> bool:
    if source.fd is not None and isinstance(source, PortSource) and not _is_readable(source.fd):
        return True
    data = source.pull()
    if data is None:
        return False
    _write(view(data))
    return True


def _wait(source: Source, left: float | None, keyboard: bool) -> bytes:
    """Until something can be done; what was typed."""
    waiting: list[int] = [source.fd] if source.fd is not None else []
    if keyboard:
        waiting.append(sys.stdin.fileno())
    if source.fd is None or isinstance(source, LogSource):
        left = POLL_SECONDS if left is None else min(left, POLL_SECONDS)
    if source.fd is None:
        left = 0.0  # its own read waits
    ready = select.select(waiting, [], [], left)[0]
    if keyboard and sys.stdin.fileno() in ready:
        return os.read(sys.stdin.fileno(), 1024) or bytes([QUIT_KEY])
    return b""


def _is_readable(fd: int) -> bool:
    return bool(select.select([fd], [], [], 0)[0])


def _write(data: bytes) -> None:
    if data:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@contextlib.contextmanager
def raw_terminal() -> Iterator[None]:
    """Every key as it is pressed, put back to normal on every path."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setraw(fd)
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
