# SPDX-License-Identifier: Apache-2.0
"""`uboot-serial`: into RAM through the U-Boot on a board's serial line, then booted from there.

Nothing of the board's storage is changed. The image goes where it is linked to run; on the line it is
compressed where this U-Boot can unpack it.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from typing import Any

from bulkhead.diag import LabError
from bulkhead.flash import ymodem
from bulkhead.flash.line import Line, Silence
from bulkhead.flash.method import FlashCaps, FlashJob, FlashMethod
from bulkhead.flash.uboot import BoardInfo, Dialect, UBoot
from bulkhead.lab.session import BOOT_LINE, IDENTITY_KEYS
from bulkhead.model.sizes import addresses, round_up, words

TRANSFERS = 3  # whole ones, before the line counts as unusable
_MIB = 1 << 20
_IDENTITY_SECONDS = 1.5
_BOOT = rf"hv\| ?{BOOT_LINE.removeprefix('^')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What goes over the line: `data` to `buffer`; `target` is where it is unpacked to, or the same."""

    data: bytes
    buffer: int
    target: int

    @property
    def packed(self) -> bool:
        return self.buffer != self.target


class UBootSerial(FlashMethod):
    name = "uboot-serial"
    what = "into RAM by U-Boot on the serial line, and booted"
    caps = FlashCaps(keeps=False, needs_port=True)

    def __init__(self, job: FlashJob) -> None:
        super().__init__(job)
        self._raw = job.image.path.read_bytes()
        boxes = job.image.plan["boxes"]
        self._base = int(boxes[0]["base"])
        self._end = max(int(box["base"] + box["size"]) for box in boxes)
        self._dialect = read_dialect(job)

    def steps(self) -> list[str]:
        prompt = self._dialect.prompt.strip()
        return [
            f"open {self.job.port} at {self.job.baud} baud",
            f"ask the hypervisor for its build; nothing to do if it is {self.job.image.build_id}",
            f"stop U-Boot's automatic boot, wait for its prompt `{prompt}`",
            f"bdinfo: {addresses(self._base, self._end)} must be free RAM",
            f"loady, by YMODEM: {words(len(self._raw))}, less if it has unzip",
            f"crc32 {self._base:x} {len(self._raw):x}: must be {zlib.crc32(self._raw):08x}",
            f"booti {self._base:x} - ${{fdtcontroladdr}}; build {self.job.image.build_id} must boot",
        ]

    def running_build(self) -> str:
        with self._open() as line:
            return _ask(line)

    def flash(self) -> None:
        with self._open() as line:
            runs = _ask(line)
            if runs == self.job.image.build_id:
                self.job.say(f"the board runs build {runs} already: nothing to do")
                return
            uboot = UBoot(line, self._dialect)
            self._reach_prompt(uboot, runs)
            parcel = self._pack(uboot, uboot.board_info())
            self._transfer(line, uboot, parcel)
            self.job.say(f"crc32 {zlib.crc32(self._raw):08x} ok; booting")
            uboot.start(f"booti {self._base:x} - ${{fdtcontroladdr}}")
            self._see_boot(line)

    def _reach_prompt(self, uboot: UBoot, runs: str) -> None:
        what = f"the board runs build {runs}: reset it" if runs else "reset the board if it is not booting"
        self.job.say(f"waiting for U-Boot's prompt; {what}")
        try:
            uboot.reach_prompt(self.job.seconds)
        except Silence:
            if not runs:
                raise
            raise LabError(
                f"BH-FLASH-005: the board runs Bulkhead (build {runs}), not its boot loader: reset it"
            ) from None

    def _open(self) -> Line:
        return Line(self.job.port, self.job.baud, self.job.out / "line.raw")

    def _pack(self, uboot: UBoot, info: BoardInfo) -> Parcel:
        """Where the image goes, and in which form. Raises LabError where it cannot go there."""
        if not info.is_free(self._base, self._end - self._base):
            ram = ", ".join(addresses(bank.base, bank.end) for bank in info.ram)
            used = ", ".join(addresses(bank.base, bank.end) for bank in info.used)
            raise LabError(
                f"BH-FLASH-007: the image runs at {addresses(self._base, self._end)}, which this U-Boot does "
                f"not leave free: its RAM is {ram}, of which it uses {used}"
            )
        packed = gzip.compress(self._raw, 9, mtime=0)
        buffer = round_up(self._end, _MIB)
        if len(packed) < len(self._raw) and info.is_free(buffer, len(packed)) and uboot.has("unzip"):
            return Parcel(data=packed, buffer=buffer, target=self._base)
        return Parcel(data=self._raw, buffer=self._base, target=self._base)

    def _transfer(self, line: Line, uboot: UBoot, parcel: Parcel) -> None:
        """Until U-Boot computes the checksum that we do. A line that is too bad for that is told so."""
        form = " (compressed)" if parcel.packed else ""
        self.job.say(f"sending {words(len(parcel.data))}{form} to {parcel.buffer:#x}")
        problem = ""
        for _ in range(TRANSFERS):
            try:
                uboot.begin_ymodem(parcel.buffer)
                ymodem.send(
                    line, self.job.image.path.name, parcel.data,
                    lambda done: self.job.progress(done, len(parcel.data)),
                )  # fmt: skip
                uboot.come_back(10.0)
                if parcel.packed:
                    uboot.run(f"unzip {parcel.buffer:x} {parcel.target:x}", 60.0)
                found = uboot.crc32(parcel.target, len(self._raw))
            except (ymodem.TransferFailed, Silence) as failure:
                problem = str(failure)
                uboot.reach_prompt(self.job.seconds)
                continue
            if found == zlib.crc32(self._raw):
                return
            problem = f"U-Boot computes {found:08x} over the image, not {zlib.crc32(self._raw):08x}"
        raise LabError(f"BH-FLASH-006: {TRANSFERS} transfers failed; the last one: {problem}")

    def _see_boot(self, line: Line) -> None:
        found = line.expect(_BOOT, self.job.seconds, "the hypervisor's boot line")
        if found["build"] != self.job.image.build_id:
            raise LabError(
                f"BH-FLASH-008: build {found['build']} booted, not {self.job.image.build_id}, which was sent"
            )
        self.job.say(f"build {found['build']} runs")


def _ask(line: Line) -> str:
    """The build of a hypervisor that runs on the board."""
    line.write(IDENTITY_KEYS)
    try:
        return line.expect(_BOOT, _IDENTITY_SECONDS)["build"]
    except Silence:
        return ""


def read_dialect(job: FlashJob) -> Dialect:
    """`uboot:` of the board's board.yaml; what it does not say is as U-Boot has it."""
    import yaml

    path = job.root / "boards" / job.image.board / "board.yaml"
    section: Any = None
    if path.is_file():
        section = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("uboot")
    known = {name: str(value) for name, value in (section or {}).items() if name in Dialect.__slots__}
    return Dialect(**known)
