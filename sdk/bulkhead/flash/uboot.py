# SPDX-License-Identifier: Apache-2.0
"""A dialogue with U-Boot: its prompt, and commands of which every character was seen to arrive.

A command is sent without its newline and its echo is compared; only then the newline follows. So
no command ever runs with an argument that the line has altered.
"""

from __future__ import annotations

import re
import time
import zlib
from dataclasses import dataclass

from bulkhead.diag.errors import LabError
from bulkhead.flash.line import Line, Silence

_ECHO_SECONDS = 5.0
_TRIES = 5
_CANCEL = b"\x03"  # Ctrl-C: forget the line
_KEY_EVERY = 0.1
_SILENCE = 4.0  # longer than U-Boot waits within a block, so that it gives up one that was cut
_WAITS_FOR_BLOCK = re.compile("[C\x15]+")
_END_OF_TRANSFER = b"\x18" * 10
_DUMPED = re.compile(r"^[0-9a-f]{8,16}:((?: [0-9a-f]{8}){1,4})", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a board's U-Boot is talked to: `uboot:` in its board.yaml."""

    prompt: str = "=> "
    stop_key: str = " "
    autoboot: str = "stop autoboot"


@dataclass(frozen=True, slots=True)
class Bank:
    """A range of memory; `end` is exclusive."""

    base: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardInfo:
    """What `bdinfo` tells: RAM, and what of it U-Boot uses itself."""

    ram: tuple[Bank, ...]
    used: tuple[Bank, ...]

    def is_free(self, base: int, size: int) -> bool:
        end = base + size
        inside = any(bank.base <= base and end <= bank.end for bank in self.ram)
        return inside and not any(base < bank.end and bank.base < end for bank in self.used)


class Refused(LabError):
    """U-Boot carried a command out and it failed, or does not have it."""


class UBoot:
    def __init__(self, line: Line, dialect: Dialect) -> None:
        self._line = line
        self._dialect = dialect
        self._prompt = re.escape(dialect.prompt)

    def reach_prompt(self, seconds: float) -> None:
        """Stop the automatic boot, or find that it stands already. Raises LabError with what is there."""
        deadline = time.monotonic() + seconds
        seen, last_word = "", time.monotonic()
        while time.monotonic() < deadline:
            try:
                self._line.expect(rf"{self._prompt}\s*$", _KEY_EVERY)
            except Silence as silence:
                seen = (seen + silence.received)[-8192:]
                if silence.received:
                    last_word = time.monotonic()
                # A receiver that is not set up yet chokes on keys: none until U-Boot asks or nobody speaks.
                if self._dialect.autoboot in seen:
                    self._line.write(self._dialect.stop_key.encode())
                elif _WAITS_FOR_BLOCK.fullmatch(silence.received):
                    self._line.write(_END_OF_TRANSFER)
                elif time.monotonic() - last_word > _SILENCE:
                    self._line.write(_CANCEL)  # it may stand at its prompt: this makes it say so
                    last_word = time.monotonic()
                continue
            self._line.write(_CANCEL)  # keys that were one too many
            self._line.drain(_KEY_EVERY)
            if self._answers():
                return
            seen = ""
        raise Silence(f"U-Boot's prompt `{self._dialect.prompt.strip()}`", seconds, self._line.tail)

    def run(self, command: str, seconds: float = 10.0) -> str:
        """What a command prints. Raises Refused where its status is not 0."""
        printed = self._carry_out(command, seconds)
        if self._status(seconds) != "0":
            reason = printed.strip().splitlines()[-3:]
            raise Refused(
                f"BH-FLASH-003: U-Boot refused `{command}`: {' / '.join(reason) or 'without a word'}"
            )
        return printed

    def _status(self, seconds: float) -> str:
        """Of the last command, kept so that it can be asked for again where the line altered the answer."""
        said = self._carry_out("bh_status=$?; echo status=$bh_status", seconds)
        for _ in range(_TRIES):
            found = re.fullmatch(r"status=(\d+)", said.strip())
            if found:
                return found[1]
            said = self._carry_out("echo status=$bh_status", seconds)
        raise LabError(f"BH-FLASH-004: a command's status arrived damaged {_TRIES} times")

    def start(self, command: str) -> None:
        """Let a command go that does not come back to the prompt: a transfer, a boot."""
        self._type(command)
        self._line.write(b"\r")

    def come_back(self, seconds: float) -> str:
        """What was printed until the prompt came."""
        found = self._line.expect(rf"(?s)(.*?)\r?\n{self._prompt}$", seconds, "U-Boot's prompt")
        return found[1].replace("\r", "")

    def has(self, command: str) -> bool:
        """Whether this U-Boot was built with a command."""
        return "Unknown command" not in self._carry_out(f"help {command}", 5.0)

    def begin_ymodem(self, base: int) -> None:
        """Let it wait for a file that goes to memory at `base`. Raises Refused where it cannot."""
        self.start(f"loady {base:x}")
        found = self._line.expect(r"## Ready for binary \(ymodem\)[^\n]*\n|Unknown command", 10.0, "`loady`")
        if "Unknown" in found[0]:
            raise Refused("BH-FLASH-003: this U-Boot has no `loady`: its serial line cannot take an image")

    def board_info(self) -> BoardInfo:
        text = self.run("bdinfo")
        banks = re.findall(r"-> start\s*=\s*0x([0-9a-f]+)\s*-> size\s*=\s*0x([0-9a-f]+)", text)
        used = re.findall(r"reserved\[\d+\]\s*\[0x([0-9a-f]+)-0x([0-9a-f]+)\]", text)
        if not banks:
            raise Refused("BH-FLASH-003: `bdinfo` of this U-Boot does not tell where the RAM is")
        return BoardInfo(
            ram=tuple(Bank(int(base, 16), int(base, 16) + int(size, 16)) for base, size in banks),
            used=tuple(Bank(int(base, 16), int(last, 16) + 1) for base, last in used),
        )

    def crc32(self, base: int, size: int) -> int:
        """CRC-32 (IEEE) of memory, as zlib computes it."""
        text = self.run(f"crc32 {base:x} {size:x}", 30.0)
        found = re.search(r"==> ([0-9a-f]{8})", text)
        if not found:
            raise Refused(f"BH-FLASH-003: `crc32` of this U-Boot says: {text.strip()}")
        return int(found[1], 16)

    def read_memory(self, base: int, size: int) -> bytes:
        """`size` bytes of memory, a multiple of 4, shown again until U-Boot's CRC-32 of them fits."""
        for _ in range(_TRIES):
            text = self.run(f"md.l {base:x} {size // 4:x}")
            words = [word for line in _DUMPED.findall(text) for word in line.split()]
            data = b"".join(int(word, 16).to_bytes(4, "little") for word in words)
            if len(data) == size and zlib.crc32(data) == self.crc32(base, size):
                return data
        raise LabError(f"BH-FLASH-004: what `md.l {base:x}` shows arrived damaged {_TRIES} times")

    def write_memory(self, base: int, data: bytes) -> None:
        """A few words, a multiple of 4 bytes, typed one by one. Raises LabError where others are there."""
        for at in range(0, len(data), 4):
            self.run(f"mw.l {base + at:x} {int.from_bytes(data[at : at + 4], 'little'):x}")
        if self.crc32(base, len(data)) != zlib.crc32(data):
            raise LabError(f"BH-FLASH-006: {len(data)} bytes typed to {base:#x} are not what was typed")

    def _answers(self) -> bool:
        """A prompt that is left over from before, or that somebody else prints, does not."""
        try:
            return "bulkhead" in self._carry_out("echo bulk''head", 3.0)
        except LabError:
            return False

    def _carry_out(self, command: str, seconds: float) -> str:
        self._type(command)
        self._line.write(b"\r")
        found = self._line.expect(
            rf"(?s)^[\r\n]*(.*?)(?:^|\n){self._prompt}$", seconds, f"the end of U-Boot's `{command}`"
        )
        return found[1].replace("\r", "")

    def _type(self, command: str) -> None:
        """Send a command without its newline and see all of it echoed."""
        for _ in range(_TRIES):
            self._line.drain()
            self._line.write(command.encode("ascii"))
            try:
                self._line.expect(rf"^{re.escape(command)}$", _ECHO_SECONDS)
                return
            except Silence:
                self._settle()
        raise LabError(f"BH-FLASH-004: U-Boot's echo of `{command}` was wrong {_TRIES} times")

    def _settle(self) -> None:
        """An empty line again, seen: a Ctrl-C may be altered too, and what stands there must not run."""
        for _ in range(_TRIES):
            self._line.write(_CANCEL)
            try:
                self._line.expect(rf"<INTERRUPT>[\r\n]+{self._prompt}$", _ECHO_SECONDS)
                return
            except Silence:
                continue
        raise LabError("BH-FLASH-004: U-Boot does not give its prompt back after Ctrl-C")
