# SPDX-License-Identifier: Apache-2.0
"""Everything a console said, in a file, with the time of each portion beside it.

One writer appends; any number of readers follow, each with its own place. Memory stays bounded:
what is read is read from the file. `PATH` has the raw bytes, `PATH.times` lines of
"seconds offset": bytes from that offset on arrived at that time.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bulkhead.lab.demux import UNTAGGED, Demux, Piece

PORTION = 1 << 16
LINE_MAX = 1 << 16  # a longer line is shown in parts
ROWS_KEPT = 1 << 12  # portions that a line may span and still be dated by its beginning


class Transcript:
    """The file and the bell that rings when it grows or will grow no more."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.times_path = path.with_name(path.name + ".times")
        self._clock = clock
        self._start = clock()
        self._raw: IO[bytes] = path.open("wb", buffering=0)
        self._times: IO[str] = self.times_path.open("w", buffering=1, encoding="ascii")
        self._changed = threading.Condition()
        self.size = 0
        self.closed = False
        self.why_closed = ""

    def append(self, data: bytes) -> None:
        self._raw.write(data)
        self._times.write(f"{self.now():.6f} {self.size}\n")
        with self._changed:
            self.size += len(data)
            self._changed.notify_all()

    def close(self, why: str) -> None:
        """Nothing more will come."""
        with self._changed:
            if self.closed:
                return
            self.closed, self.why_closed = True, why
            self._changed.notify_all()
        self._raw.close()
        self._times.close()

    def now(self) -> float:
        """Seconds since the transcript began, as in its index."""
        return self._clock() - self._start

    def wait_beyond(self, offset: int, deadline: float) -> bool:
        """Until there is something after `offset`; False at the deadline or when it is closed."""
        with self._changed:
            while self.size <= offset and not self.closed:
                left = deadline - self._clock()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return self.size > offset


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one speaker, complete or as far as it has come."""

    speaker: str
    raw: bytes
    complete: bool
    offset: int  # in the stream, of its first byte

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", errors="replace").rstrip("\r")


class LineReader:
    """Follows one speaker (or, with None, all of them) through a transcript, line by line."""

    def __init__(self, transcript: Transcript, speaker: str | None, offset: int = 0) -> None:
        """From `offset` on, which must be 0 or where a line of the stream begins."""
        self._transcript = transcript
        self._speaker = speaker
        self._offset = offset
        self._demux = Demux(offset)
        self._open: dict[str, tuple[int, bytes]] = {}  # line so far of each speaker
        self._ready: list[Line] = []
        self._file: IO[bytes] = transcript.path.open("rb")

    def close(self) -> None:
        self._file.close()

    @property
    def offset(self) -> int:
        """How much of the transcript has been taken in."""
        return self._offset

    def next_line(self, deadline: float) -> Line | None:
        """The next complete line; None at the deadline or at the end of a closed transcript."""
        while not self._ready:
            if not self.advance(deadline):
                self._finish()
                return self._ready.pop(0) if self._ready else None
        return self._ready.pop(0)

    def take_ready(self) -> Line | None:
        """The next complete line, if it has already been read from the file."""
        return self._ready.pop(0) if self._ready else None

    def open_line(self, speaker: str) -> Line | None:
        """What stands in the speaker's unfinished line."""
        found = self._open.get(speaker)
        return Line(speaker, found[1], False, found[0]) if found else None

    def advance(self, deadline: float) -> bool:
        """Take in more of the file, waiting for it until the deadline. False: there was nothing."""
        self._file.seek(self._offset)
        data = self._file.read(PORTION)
        if not data:
            if not self._transcript.wait_beyond(self._offset, deadline):
                return False
            data = self._file.read(PORTION)
        self._offset += len(data)
        for piece in self._demux.feed(data):
            self._take(piece)
        return True

    def _finish(self) -> None:
        if self._transcript.closed:
            for piece in self._demux.finish():
                self._take(piece)
            for speaker, (offset, raw) in self._open.items():
                self._ready.append(Line(speaker, raw, False, offset))
            self._open.clear()

    def _take(self, piece: Piece) -> None:
        if self._speaker is not None and piece.speaker != self._speaker:
            return
        if piece.fresh and piece.speaker in self._open:  # cut off, by a reset perhaps
            offset, raw = self._open.pop(piece.speaker)
            self._ready.append(Line(piece.speaker, raw, False, offset))
        offset, raw = self._open.pop(piece.speaker, (piece.offset, b""))
        raw += piece.data
        if piece.ended or len(raw) >= LINE_MAX:
            self._ready.append(Line(piece.speaker, raw, piece.ended, offset))
        else:
            self._open[piece.speaker] = (offset, raw)


def printable(text: str) -> str:
    """Without what a terminal or an XML file would take as a command."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]", lambda c: f"\\x{ord(c[0]):02x}", text)


def read_end(transcript: Transcript) -> Iterator[Line]:
    """The lines of a transcript's last portion; the first of them may be the rest of one."""
    with transcript.path.open("rb") as raw:
        raw.seek(max(0, transcript.size - PORTION))
        begin = raw.tell() + (len(raw.readline()) if raw.tell() else 0)
    reader = LineReader(transcript, None, begin)
    try:
        yield from iter(lambda: reader.next_line(0.0), None)
    finally:
        reader.close()


def write_readable(transcript: Transcript, path: Path) -> None:
    """The transcript for people: each line with the second it began in and its speaker."""
    times = read_times(transcript.times_path)
    recent: deque[tuple[int, str]] = deque([(0, "0")], ROWS_KEPT)  # offset, second; lines end out of order
    coming = next(times, None)
    reader = LineReader(transcript, None)
    try:
        with path.open("w", encoding="utf-8") as out:
            while line := reader.next_line(0.0):
                while coming and coming[0] <= line.offset:
                    recent.append(coming)
                    coming = next(times, None)
                at = next(
                    (second for offset, second in reversed(recent) if offset <= line.offset), recent[0][1]
                )
                tag = f"{line.speaker}| " if line.speaker != UNTAGGED else ""
                out.write(f"[{float(at):12.6f}] {tag}{printable(line.text)}\n")
    finally:
        reader.close()


def read_times(path: Path) -> Iterator[tuple[int, str]]:
    """Each portion's offset and its second."""
    with path.open(encoding="ascii") as rows:
        for row in rows:
            second, _, offset = row.partition(" ")
            yield int(offset), second
