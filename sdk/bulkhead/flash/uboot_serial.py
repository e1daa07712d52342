# SPDX-License-Identifier: Apache-2.0
"""`uboot-serial`: through the U-Boot on a board's serial line, into RAM or into one of its banks.

Into RAM nothing of the board's storage is changed: the image goes where it is linked to run, and is booted
from there. Into a bank: flash/banks.py.
"""

from __future__ import annotations

import zlib

from bulkhead.diag import LabError, UserError
from bulkhead.flash.banks import BankWriter
from bulkhead.flash.bootscript import boot_script, script_file
from bulkhead.flash.card import disk_head
from bulkhead.flash.layout import NAMES, Banks, read_banks, read_section
from bulkhead.flash.line import Line, Silence
from bulkhead.flash.method import FlashCaps, FlashJob, FlashMethod
from bulkhead.flash.sdcard import bank_files, partition_bytes
from bulkhead.flash.state import Stored, word_of
from bulkhead.flash.transfer import pack, transfer
from bulkhead.flash.uboot import Dialect, UBoot
from bulkhead.lab.session import BOOT_LINE, IDENTITY_KEYS
from bulkhead.model.sizes import addresses, words

_CONFIRMED = r"hv\| ?confirmed(?: before)?, build="
_IDENTITY_SECONDS = 1.5
_BOOT = rf"hv\| ?{BOOT_LINE.removeprefix('^')}"


class UBootSerial(FlashMethod):
    name = "uboot-serial"
    what = "by U-Boot on the serial line, into RAM or a bank"
    caps = FlashCaps(keeps=True, needs_port=True)

    def __init__(self, job: FlashJob) -> None:
        """Raises UserError where a bank is wanted and the board has none."""
        super().__init__(job)
        self._raw = job.image.path.read_bytes()
        boxes = job.image.plan["boxes"]
        self._base = int(boxes[0]["base"])
        self._end = max(int(box["base"] + box["size"]) for box in boxes)
        self._dialect = read_dialect(job)
        self._banks = self._wanted_banks()

    def _wanted_banks(self) -> Banks | None:
        if not self.job.bank:
            return None
        found = read_banks(self.job.root, self.job.image.board)
        if found is None:
            raise UserError(
                f"BH-FLASH-013: boards/{self.job.image.board}/board.yaml has no `banks:`; "
                "without --bank the image goes to RAM"
            )
        return found

    def steps(self) -> list[str]:
        build, prompt = self.job.image.build_id, self._dialect.prompt.strip()
        steps = [
            f"open {self.job.port} at {self.job.baud} baud",
            f"ask the hypervisor for its build; nothing to do if it is {build}",
            f"stop U-Boot's automatic boot, wait for its prompt `{prompt}`",
            f"bdinfo: {addresses(self._base, self._end)} must be free RAM",
        ]
        crc = f"{zlib.crc32(self._raw):08x}"
        send = [
            f"loady, by YMODEM: {words(len(self._raw))}, less if it has unzip",
            f"crc32 {self._base:x} {len(self._raw):x}: must be {crc}",
        ]
        if self._banks is None:
            return [*steps, *send, f"booti {self._base:x} - ${{fdtcontroladdr}}; build {build} must boot"]
        places = ", ".join(place.words for place in self._banks.script)
        spare = self.job.bank if self.job.bank in NAMES else "the one that is not booted"
        record = self._banks.state[0].words + " or " + self._banks.state[1].words
        confirm = [f"erase {self._banks.confirm.words}"] if self._banks.confirm else []
        return [
            *steps, *(["write partition table and file systems, no state"] if self.job.make_disk else []),
            "read the state, choose the bank", f"boot.scr to {places}, where it is another", *send,
            f"write bank {spare}, read it back: must be {crc}", *confirm,
            f"write the record to {record}, whichever is older, read it back",
            f"reset; build {build} must boot, and confirm itself within {self._banks.boots} boots",
        ]  # fmt: skip

    def running_build(self) -> str:
        with self._open() as line:
            return _ask(line)

    def flash(self) -> None:
        with self._open() as line:
            runs = _ask(line)
            if runs == self.job.image.build_id and not self.job.again:
                self.job.say(f"the board runs build {runs} already: nothing to do")
                return
            uboot = UBoot(line, self._dialect)
            self._reach_prompt(uboot, runs)
            if self._banks is None:
                self._send(line, uboot, self.job.image.path.name, self._raw, self._base, self._end)
                self.job.say(f"crc32 {zlib.crc32(self._raw):08x} ok; booting")
                uboot.start(f"booti {self._base:x} - ${{fdtcontroladdr}}")
                self._see_boot(line)
            else:
                self._flash_bank(line, uboot, self._banks)

    def _flash_bank(self, line: Line, uboot: UBoot, banks: Banks) -> None:
        def send(name: str, data: bytes, base: int) -> None:
            self._send(line, uboot, name, data, base, base + len(data))

        writer = BankWriter(uboot, banks, self.job.say)
        if self.job.make_disk:
            writer.make_disk(self._disk_head(banks), send)
            uboot.start("reset")  # U-Boot looks for partitions once
            uboot.reach_prompt(self.job.seconds)
        state, slot = writer.read_state()
        bank = writer.choose(state, self.job.bank if self.job.bank in NAMES else "")
        writer.put_script(
            script_file(boot_script(banks)), send, lambda place: partition_bytes(self.job.out, banks, place)
        )
        self._send(line, uboot, self.job.image.path.name, self._raw, self._base, self._end)
        crc, word = zlib.crc32(self._raw), word_of(self.job.image.build_id)
        writer.put_image(bank, self._base, len(self._raw), crc)
        state = writer.start_trial(state, slot, bank, Stored(size=len(self._raw), crc=crc, word=word))
        self.job.say(f"bank {NAMES[bank]} is next, for {banks.boots} boots unless it is confirmed; resetting")
        uboot.start("reset")
        self._see_boot(line)
        self._see_confirmation(line)

    def _disk_head(self, banks: Banks) -> bytes:
        if banks.disk is None:
            raise UserError(
                f"BH-FLASH-013: boards/{self.job.image.board}/board.yaml has no `disk:` under `banks:`"
            )
        return disk_head(self.job.out, banks.disk, bank_files(banks))

    def _send(self, line: Line, uboot: UBoot, name: str, data: bytes, base: int, end: int) -> None:
        transfer(line, uboot, pack(uboot, uboot.board_info(), name, data, base, end), self.job)

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

    def confirm(self) -> None:
        """In the hypervisor's stead: keep the bank that is booted. Raises LabError for another build."""
        if self._banks is None:
            raise UserError(f"BH-FLASH-013: {self.job.image.board} has no banks to confirm one of")
        build = self.job.image.build_id
        with self._open() as line:
            runs = _ask(line)
            if runs != build:
                raise LabError(
                    f"BH-FLASH-014: the board does not run {build}, which is to be confirmed, but "
                    f"{f'build {runs}' if runs else 'nothing that answers'}"
                )
            uboot = UBoot(line, self._dialect)
            self.job.say(
                f"build {build} runs: reset the board, so that its boot loader can be told to keep it"
            )
            uboot.reach_prompt(self.job.seconds)
            writer = BankWriter(uboot, self._banks, self.job.say)
            state, slot = writer.read_state()
            if state.banks[state.active].word != word_of(build):
                raise LabError(
                    f"BH-FLASH-014: bank {NAMES[state.active]}, which is active, has another image"
                )
            if not state.confirmed:
                writer.confirm(state, slot)
            self.job.say(f"bank {NAMES[state.active]} is confirmed")
            uboot.start("boot")
            self._see_boot(line)

    def _see_confirmation(self, line: Line) -> None:
        """The hypervisor's own, where it gives one. Raises LabError where it does not come."""
        if not self.job.image.plan.get("confirm"):
            self.job.say("the image does not confirm itself: once it is good, `flash --confirm` keeps it")
            return
        line.expect(_CONFIRMED, self.job.seconds, "the hypervisor's word that the image is confirmed")
        self.job.say("confirmed: this bank stays")

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
    section = read_section(job.root, job.image.board, "uboot") or {}
    return Dialect(**{name: str(value) for name, value in section.items() if name in Dialect.__slots__})
