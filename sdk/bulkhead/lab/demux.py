# SPDX-License-Identifier: Apache-2.0
"""The console stream taken apart: which bytes came from which speaker, without loss.

The protocol is written down in docs/console.md. Bytes go in as they arrive, pieces come out as
early as they are certain; nothing here waits or knows where the bytes are from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HYPERVISOR = "hv"  # the name no partition may have
UNTAGGED = ""  # no speaker of the protocol: a boot loader, line noise; taken as it is, its lines end with LF

_TAG = re.compile(rb"([A-Za-z0-9_][A-Za-z0-9_.-]{0,22})\|(\+?) ")
_TAG_BEGINNING = re.compile(rb"(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,22}(?:\|\+?)?)?\Z")
_ESCAPE = re.compile(rb"\\(\\|x[0-9a-f]{2}|\Z)")
_LINE_END = b"\r\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of one speaker. `ended`: the speaker ended its line after them (its LF is not in `data`).

    `fresh`: they begin a line of the speaker. `offset`: where in the stream they were found.
    """

    speaker: str
    data: bytes
    ended: bool
    fresh: bool
    offset: int


class Demux:
    """Feed it the stream in any portions; what it returns does not depend on how it was cut."""

    def __init__(self, offset: int = 0) -> None:
        self._held = b""  # the undecided tail of what was fed
        self._offset = offset  # of the first held byte
        self._speaker: str | None = None  # None: at the start of a line of the stream
        self._fresh = True  # the next piece begins a line of its speaker

    def feed(self, data: bytes) -> list[Piece]:
        self._held += data
        pieces: list[Piece] = []
        while self._held and (self._speaker is not None or self._read_tag(False)):
            if not self._read_body(pieces):
                break
        return pieces

    def finish(self) -> list[Piece]:
        """What was held back, once it is certain that nothing follows."""
        pieces: list[Piece] = []
        if self._held:
            if self._speaker is None:
                self._read_tag(True)
            data = self._held if self._speaker == UNTAGGED else decode(self._held)[0]
            self._emit(pieces, len(self._held), data, ended=False)
        return pieces

    def _read_tag(self, is_last: bool) -> bool:
        """At the start of a line: settle who speaks. False: that takes more bytes."""
        tag = _TAG.match(self._held)
        if tag:
            self._speaker = tag[1].decode("ascii")
            self._fresh = not tag[2]
            self._drop(tag.end())
        elif not is_last and _TAG_BEGINNING.match(self._held):
            return False
        else:
            self._speaker, self._fresh = UNTAGGED, True
        return True

    def _read_body(self, pieces: list[Piece]) -> bool:
        """One line's rest, or as much of it as is certain. False: the next line has not begun."""
        is_tagged = self._speaker != UNTAGGED
        end_mark = _LINE_END if is_tagged else b"\n"
        end = self._held.find(end_mark)
        if end >= 0:
            body = self._held[:end]
            data, is_open = decode(body) if is_tagged else (body.removesuffix(b"\r"), False)
            self._emit(pieces, end + len(end_mark), data, ended=not is_open)
            self._speaker = None
            return True
        certain = _certain_size(self._held) if is_tagged else len(self._held) - self._held.endswith(b"\r")
        if certain:
            body = self._held[:certain]
            self._emit(pieces, certain, decode(body)[0] if is_tagged else body, ended=False)
        return False

    def _emit(self, pieces: list[Piece], consumed: int, data: bytes, *, ended: bool) -> None:
        assert self._speaker is not None
        if data or ended or self._fresh:
            pieces.append(Piece(self._speaker, data, ended, self._fresh, self._offset))
        self._fresh = False
        self._drop(consumed)

    def _drop(self, size: int) -> None:
        self._held = self._held[size:]
        self._offset += size


def decode(body: bytes) -> tuple[bytes, bool]:
    """A line's bytes without escapes, and whether it goes on later (a lone backslash at its end)."""
    if b"\\" not in body:
        return body, False
    is_open = False

    def replace(escape: re.Match[bytes]) -> bytes:
        nonlocal is_open
        token = escape[1]
        if not token:
            is_open = True
            return b""
        return token if token == b"\\" else bytes([int(token[1:], 16)])

    return _ESCAPE.sub(replace, body), is_open


def _certain_size(body: bytes) -> int:
    """How much of an unfinished line cannot change its meaning by what follows."""
    size = len(body) - body.endswith(b"\r")  # might begin the line's end
    for tail in (1, 2, 3):  # might be an escape cut short: "\", "\x", "\x0"
        start = size - tail
        if start >= 0 and re.fullmatch(rb"\\(x[0-9a-f]?)?", body[start:size]):
            before = body[:start]
            if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
                return start
    return size
