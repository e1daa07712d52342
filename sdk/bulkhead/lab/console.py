# SPDX-License-Identifier: Apache-2.0
"""A target's console: one thread reads the port into a transcript, everybody else reads that.

The port is a pyserial URL: a device, a pseudo terminal, `socket://`, `rfc2217://`. Waiting is
always for a text or a deadline.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import termios
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import serial

from bulkhead.diag.errors import LabError, UserError
from bulkhead.lab.demux import HYPERVISOR
from bulkhead.lab.transcript import Line, LineReader, Transcript, printable, read_end, write_readable

FOCUS_KEY = b"\x1e"  # Ctrl-^
LAST_LINES = 12  # of the console, in a message about a text that did not come


class TextNotSeen(Exception):
    """The deadline came first, or the console ended. Whose fault that is, the caller knows."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A line that was waited for, and where in it the pattern matched."""

    line: Line
    match: re.Match[str]

    @property
    def text(self) -> str:
        return self.line.text


def open_port(url: str, baud: int = 115200) -> Any:
    """The opened pyserial port. Raises LabError with what to do about it, UserError where it can be none."""
    try:
        return serial.serial_for_url(url, baudrate=baud, timeout=0.2, **_device_options(url))
    except (serial.SerialException, OSError, ValueError) as error:
        chain = list(_reasons(error))
        if any(isinstance(reason, termios.error) for reason in chain):
            raise UserError(f"the console {url} is not a serial device") from error
        if any(isinstance(reason, ValueError | TypeError) for reason in chain):
            raise UserError(f"the console {url} cannot be used: {chain[0]}") from error
        numbers = [reason.errno for reason in chain if isinstance(reason, OSError) and reason.errno]
        text = os.strerror(numbers[-1]) if numbers else str(error)
        hint = ""
        if errno.EACCES in numbers:
            hint = " (is this user in the group 'dialout'?)"
        elif "exclusively lock" in str(error):
            hint = " (another program has it open)"
        raise LabError(f"the console {url} cannot be opened: {text}{hint}") from error


def _reasons(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from; pyserial wraps the system's own."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _device_options(url: str) -> dict[str, Any]:
    """A device is opened for us alone, 8N1 and without flow control."""
    return {} if "://" in url else {"exclusive": True}


class Console:
    """An open console. Close it on every path: `with Console.open(...) as console`."""

    def __init__(self, port: Any, transcript: Transcript) -> None:
        self._port = port
        self.transcript = transcript
        self._readers: dict[str | None, LineReader] = {}
        self.speed = 1.0  # every deadline is multiplied by it (lab/speed.py)
        self._start = 0  # lines before this offset are not waited for
        self._stop_read, self._stop_write = os.pipe()
        self._write_lock = threading.Lock()
        self._thread = threading.Thread(target=self._pump, name="console", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, url: str, path: Path, baud: int = 115200) -> Console:
        """Open the port and begin the transcript in `path`."""
        port = open_port(url, baud)
        try:
            return cls(port, Transcript(path))
        except BaseException:
            port.close()
            raise

    def __enter__(self) -> Console:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading; the transcript stays readable, also as `PATH.txt` for people."""
        if self._thread.is_alive():
            os.write(self._stop_write, b"x")
            self._thread.join()
        self._port.close()
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        if self._stop_write >= 0:
            os.close(self._stop_read)
            os.close(self._stop_write)
            self._stop_read = self._stop_write = -1
            write_readable(self.transcript, self.transcript.path.with_suffix(".txt"))

    def send(self, data: bytes) -> None:
        """Type into the console, to whoever has the focus."""
        try:
            with self._write_lock:
                self._port.write(data)
                self._port.flush()
        except (serial.SerialException, OSError) as error:
            raise LabError(f"the console does not take input: {error}") from error

    def focus(self, speaker: str, seconds: float = 5.0) -> None:
        """Give the input to `speaker` and see it confirmed."""
        self.send(FOCUS_KEY + speaker.encode() + b"\r")
        self.wait(rf"focus {re.escape(speaker)}$", HYPERVISOR, seconds)

    def send_line(self, speaker: str, text: str) -> None:
        """Type a line to one partition."""
        self.focus(speaker)
        self.send(text.encode() + b"\r")

    def wait(self, pattern: str, speaker: str | None, seconds: float) -> Seen:
        """The next line of `speaker` (None: of anybody) in which `pattern` is found.

        Each speaker's lines are looked at once, in order: a line that was passed over is gone.
        Raises TextNotSeen.
        """
        wanted = re.compile(pattern)
        seconds *= self.speed
        deadline = time.monotonic() + seconds
        reader = self._reader(speaker)
        passed: list[str] = []
        while line := reader.next_line(deadline):
            if line.offset < self._start:
                continue
            match = wanted.search(line.text)
            if match:
                return Seen(line, match)
            passed = [*passed[1 - LAST_LINES :], printable(line.text)]
        raise TextNotSeen(self._explain(pattern, speaker, seconds, passed))

    def wait_open_line(self, pattern: str, speaker: str, seconds: float) -> str:
        """Like `wait`, for a prompt: the line may still be unfinished."""
        wanted = re.compile(pattern)
        seconds *= self.speed
        deadline = time.monotonic() + seconds
        reader = self._reader(speaker)
        while True:
            while line := reader.take_ready():
                if line.offset >= self._start and wanted.search(line.text):
                    return line.text
            unfinished = reader.open_line(speaker)
            if unfinished and wanted.search(unfinished.text):
                return unfinished.text
            if not reader.advance(deadline):
                raise TextNotSeen(self._explain(pattern, speaker, seconds, []))

    def lines(self, speaker: str | None) -> Iterator[Line]:
        """Every line there is so far, from the beginning; `wait` is not disturbed."""
        reader = LineReader(self.transcript, speaker)
        try:
            yield from iter(lambda: reader.next_line(0.0), None)
        finally:
            reader.close()

    def last_lines(self, number: int) -> list[Line]:
        """The last lines of everybody, out of the end of a transcript that may be long."""
        return list(deque(read_end(self.transcript), maxlen=number))

    def last_line(self, speaker: str, seconds: float) -> str:
        """What a speaker said last: waits that long, or until the console's end, for more of it."""
        reader = LineReader(self.transcript, speaker)
        deadline, last = time.monotonic() + seconds, ""
        try:
            while line := reader.next_line(deadline):
                last = line.text
        finally:
            reader.close()
        return last

    def next_line(self, speaker: str, seconds: float) -> Line | None:
        """The speaker's next line, whatever it is; None if it stays silent that long. Not scaled."""
        deadline = time.monotonic() + seconds
        reader = self._reader(speaker)
        while line := reader.next_line(deadline):
            if line.offset >= self._start:
                return line
        return None

    def skip_to_now(self) -> None:
        """Let later waits look only at lines that begin from now on."""
        self._start = self.transcript.size

    def _reader(self, speaker: str | None) -> LineReader:
        if speaker not in self._readers:
            self._readers[speaker] = LineReader(self.transcript, speaker)
        return self._readers[speaker]

    def _explain(self, pattern: str, speaker: str | None, seconds: float, passed: list[str]) -> str:
        who = f"'{speaker}'" if speaker else "anybody"
        if self.transcript.closed:
            text = f"the console ended ({self.transcript.why_closed}) before {who} said /{pattern}/"
        else:
            text = f"{who} did not say /{pattern}/ within {seconds:g} s"
        if passed:
            text += "; what it said last:\n  " + "\n  ".join(passed)
        else:
            last = [f"{line.speaker}| {printable(line.text)}" for line in self.last_lines(LAST_LINES)]
            text += "; it said nothing new" + (
                "; the console ends with:\n  " + "\n  ".join(last) if last else ""
            )
        return text

    def _pump(self) -> None:
        why = "closed by us"
        try:
            fd = file_number(self._port)
            while True:
                if fd is None:
                    data = self._port.read(1) + self._port.read(self._port.in_waiting)
                    if select.select([self._stop_read], [], [], 0)[0]:
                        break
                else:
                    ready = select.select([fd, self._stop_read], [], [])[0]
                    if self._stop_read in ready:
                        break
                    try:
                        data = os.read(fd, 1 << 16)
                    except BlockingIOError:
                        continue
                    if not data:
                        why = "the other end closed it"
                        break
                if data:
                    self.transcript.append(data)
        except (serial.SerialException, OSError) as error:
            why = "the other end closed it" if error.errno == errno.EIO else str(error)
        finally:
            self.transcript.close(why)


def file_number(port: Any) -> int | None:
    """What can be waited for with select; None for a port that has no such thing (rfc2217://)."""
    with contextlib.suppress(AttributeError, OSError):
        number = port.fileno()
        return int(number) if number is not None else None
    return None
