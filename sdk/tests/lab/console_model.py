# SPDX-License-Identifier: Apache-2.0
"""What EL2 does to the bytes of its guests, in Python: the other end of `bulkhead.lab.demux`."""

from __future__ import annotations


class Mux:
    """Several speakers on one wire, as docs/console.md says. `wire` is what was sent so far."""

    def __init__(self) -> None:
        self.wire = bytearray()
        self.focus: str | None = None
        self._current: str | None = None  # whose line is open on the wire
        self._interrupted: set[str] = set()  # whose open line was ended early
        self._held_cr: set[str] = set()

    def write(self, speaker: str, data: bytes) -> None:
        for byte in data:
            self._put(speaker, byte)

    def say(self, text: str) -> None:
        """A line of the hypervisor's own."""
        self.write("hv", text.encode() + b"\n")

    def flush(self) -> None:
        """Send the carriage returns that waited for what follows them."""
        for speaker in sorted(self._held_cr):
            self._begin(speaker)
            self._send(speaker, 0x0D)
        self._held_cr.clear()

    def _put(self, speaker: str, byte: int) -> None:
        if speaker in self._held_cr:
            self._held_cr.discard(speaker)
            self._begin(speaker)
            if byte == 0x0A:
                self.wire.append(0x0D)
            else:
                self._send(speaker, 0x0D)
        if byte == 0x0D:
            self._held_cr.add(speaker)
            return
        self._begin(speaker)
        if byte == 0x0A:
            self.wire += b"\r\n"
            self._current = None
        else:
            self._send(speaker, byte)

    def _begin(self, speaker: str) -> None:
        """Make the line on the wire one of `speaker`."""
        if self._current == speaker:
            return
        if self._current is not None:
            self.wire += b"\\\r\n"
            self._interrupted.add(self._current)
        self.wire += speaker.encode() + (b"|+ " if speaker in self._interrupted else b"| ")
        self._interrupted.discard(speaker)
        self._current = speaker

    def _send(self, speaker: str, byte: int) -> None:
        if byte == 0x5C:
            self.wire += b"\\\\"
        elif speaker != self.focus and ((byte < 0x20 and byte != 0x09) or byte >= 0x7F):
            self.wire += b"\\x%02x" % byte
        else:
            self.wire.append(byte)
