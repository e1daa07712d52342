# SPDX-License-Identifier: Apache-2.0
"""YMODEM to U-Boot's `loady`: the library sends the blocks, this sends what is around them.

What was received is thrown away before each block, so that an answer to an earlier one, or what the
line made of it, is never taken for this one's. Each block has its own count of retries.
"""

from __future__ import annotations

import binascii
import io
from collections.abc import Callable

from xmodem import ACK, CAN, CRC, NAK, XMODEM1k

from bulkhead.diag.errors import LabError
from bulkhead.flash.line import Line

BLOCK = 1024
RETRIES = 16
_ANSWER_SECONDS = 3.0
_START_SECONDS = 0.2
_HEADER = 128
_ANSWERS = (ACK, NAK, CRC, CAN)
_TEXT = 6  # bytes that are no answers, one after another: the board was reset


class TransferFailed(LabError):
    """The receiver gave up, or the retries of a block were used up. A whole new transfer may work."""


def send(line: Line, name: str, data: bytes, progress: Callable[[int], None]) -> None:
    """One file, then the end of the batch. `progress` gets the number of bytes that were taken."""

    started = False

    def get(size: int, timeout: float = _ANSWER_SECONDS) -> bytes | None:
        nonlocal started
        if not started:  # U-Boot says `C` once more only seconds after it took the header
            started = True
            return line.read(size, _START_SECONDS) or CRC
        answer = line.read(size, min(timeout, _ANSWER_SECONDS))
        if answer and answer not in _ANSWERS:
            _is_noise(line, answer)
        return answer or None

    def put(block: bytes, timeout: float = 0) -> int:
        line.drain()
        line.write(bytes(block))
        return len(block)

    _header(line, f"{name}\0{len(data)}\0".encode("ascii"))
    modem = XMODEM1k(get, put)
    done = modem.send(
        io.BytesIO(data), retry=RETRIES, timeout=_ANSWER_SECONDS, quiet=True,
        callback=lambda _total, taken, _errors: progress(min(taken * BLOCK, len(data))),
    )  # fmt: skip
    if not done:
        raise TransferFailed("BH-FLASH-006: the receiver gave the transfer up")
    _header(line, b"")


def _is_noise(line: Line, first: bytes) -> None:
    """One byte that is no answer is one that the line has altered. Several are somebody else speaking."""
    more = line.read(_TEXT - 1, _START_SECONDS)
    if len(more) == _TEXT - 1 and not set(more) & set(b"".join(_ANSWERS)):
        raise TransferFailed(f"BH-FLASH-006: the board says `{(first + more).decode('latin-1').strip()}`")


def _header(line: Line, content: bytes) -> None:
    """Block 0: the file's name and size, or nothing: no more files. The receiver begins with `C`."""
    payload = content.ljust(_HEADER, b"\0")
    block = b"\x01\x00\xff" + payload + binascii.crc_hqx(payload, 0).to_bytes(2, "big")
    sent = False
    for _ in range(RETRIES):
        answer = line.read(1, _ANSWER_SECONDS)
        if answer == ACK and sent:
            return
        if answer in (CRC, NAK):
            line.drain()
            line.write(block)
            sent = True
    raise TransferFailed("BH-FLASH-006: the receiver does not take the transfer's header")
