# SPDX-License-Identifier: Apache-2.0
"""QEMU's gdbstub as a way into physical memory: as much of its protocol as reading and writing bytes takes.

The machine stands while this is open. Physical mode is QEMU's own packet (`Qqemu.PhyMemMode`), so that no
page table of the machine stands in the way. docs: GDB, "Remote Serial Protocol"; QEMU, "GDB usage".
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Self

from bulkhead.diag.errors import LabError

SECONDS = 20.0
CHUNK = 512  # bytes in one packet, well below QEMU's limit


class PhysicalMemory:
    """An open gdbstub. Leaving it lets the machine run on."""

    def __init__(self, path: Path) -> None:
        self._received = b""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(SECONDS)
        try:
            self._socket.connect(str(path))
            self._ask("?")
            if self._ask("Qqemu.PhyMemMode:1") != b"OK":
                raise LabError("this QEMU's gdbstub cannot reach physical memory")
        except OSError as error:
            self._socket.close()
            raise LabError(f"QEMU's gdbstub does not answer: {error}") from error
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._ask("D")
        finally:
            self._socket.close()

    def read(self, address: int, size: int) -> bytes:
        """Bytes at a physical address."""
        out = b""
        while len(out) < size:
            wanted = min(CHUNK, size - len(out))
            answer = self._ask(f"m{address + len(out):x},{wanted:x}")
            if answer.startswith(b"E"):
                raise LabError(f"there is no memory at {address + len(out):#x}")
            out += bytes.fromhex(answer.decode("ascii"))
        return out

    def write(self, address: int, data: bytes) -> None:
        """Bytes to a physical address, at most a packet's worth."""
        if self._ask(f"M{address:x},{len(data):x}:{data.hex()}") != b"OK":
            raise LabError(f"{len(data)} bytes at {address:#x} could not be written")

    def _ask(self, text: str) -> bytes:
        body = text.encode("ascii")
        try:
            self._socket.sendall(b"$%s#%02x" % (body, sum(body) & 0xFF))
            return self._answer()
        except OSError as error:
            raise LabError(f"QEMU's gdbstub broke: {error}") from error

    def _answer(self) -> bytes:
        """The next packet; acknowledgements are passed over."""
        while True:
            start = self._received.find(b"$")
            end = self._received.find(b"#", start)
            if start >= 0 and 0 <= end <= len(self._received) - 3:
                packet, self._received = self._received[start + 1 : end], self._received[end + 3 :]
                self._socket.sendall(b"+")
                return packet
            data = self._socket.recv(4096)
            if not data:
                raise LabError("QEMU's gdbstub closed the connection")
            self._received += data
