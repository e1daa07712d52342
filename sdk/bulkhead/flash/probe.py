# SPDX-License-Identifier: Apache-2.0
"""Methods that go through another program, by USB or a debug probe: its command line, and its exit code.

They are tried here to the command line with the real program's own parser; nobody has seen them on a board.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from abc import abstractmethod
from pathlib import Path

from bulkhead.diag import LabError, UserError
from bulkhead.flash.layout import read_section
from bulkhead.flash.method import FlashCaps, FlashJob, FlashMethod
from bulkhead.runners.hosttools import require


class ByProgram(FlashMethod):
    """`section` of board.yaml says what the program needs to know of the board."""

    section: str
    caps = FlashCaps(keeps=False, here=False)

    def __init__(self, job: FlashJob) -> None:
        super().__init__(job)
        found = read_section(job.root, job.image.board, self.section)
        if not isinstance(found, dict):
            raise UserError(
                f"BH-FLASH-013: boards/{job.image.board}/board.yaml has no `{self.section}:`, "
                f"which {self.name} needs"
            )
        self.board = found
        self.base = int(job.image.plan["boxes"][0]["base"])

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments; pure."""

    def prepare(self) -> None:
        """Write what the command line names."""

    def steps(self) -> list[str]:
        return [shlex.join(self.command())]

    def flash(self) -> None:
        program, *arguments = self.command()
        self.prepare()
        try:
            done = subprocess.run(
                [require(program, f"flash --method {self.name}"), *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                errors="replace", timeout=self.job.seconds, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise LabError(f"BH-FLASH-017: {program} did not end within {self.job.seconds:g} s") from None
        if done.returncode:
            last = " / ".join(done.stdout.strip().splitlines()[-3:])
            raise LabError(f"BH-FLASH-017: {program} ended with status {done.returncode}: {last}")
        self.job.say(f"{program} says that build {self.job.image.build_id} is on the board")


class Uuu(ByProgram):
    """NXP's: the boot ROM takes a U-Boot over USB, and that takes the image by fastboot."""

    name = "uuu"
    what = "over USB by NXP's uuu, into RAM (i.MX; not tried on a board)"
    section = "uuu"

    def command(self) -> list[str]:
        return ["uuu", str(self._script_path)]

    def prepare(self) -> None:
        """The script, and its files beside it: uuu reads paths as below the script's folder."""
        self.job.out.mkdir(parents=True, exist_ok=True)
        loader = Path(str(self.board["loader"]))
        try:
            shutil.copy(loader, self.job.out / "loader.bin")
        except OSError as problem:
            raise UserError(
                f"BH-FLASH-018: {loader}, the vendor's boot loader, cannot be read: {problem.strerror}"
            ) from problem
        shutil.copy(self.job.image.path, self.job.out / "bulkhead.img")
        self._script_path.write_text(self.script(), encoding="utf-8")

    def script(self) -> str:
        """What uuu carries out: the vendor's boot loader takes the image to where it runs."""
        lines = [
            "uuu_version 1.4.193",
            "SDPS: boot -f loader.bin",
            f"FB: ucmd setenv fastboot_buffer {self.base:#x}",
            "FB: download -f bulkhead.img",
            f"FB: acmd booti {self.base:#x} - ${{fdtcontroladdr}}",
            "FB: done",
        ]
        return "\n".join(lines) + "\n"

    @property
    def _script_path(self) -> Path:
        return self.job.out / "bulkhead.uuu"


class OpenOcd(ByProgram):
    """A debug probe writes the image to RAM and lets the CPU go on there, at EL2."""

    name = "openocd"
    what = "by a debug probe with OpenOCD, into RAM (not tried on a board)"
    section = "openocd"

    def command(self) -> list[str]:
        files = [word for name in self.board["config"] for word in ("-f", str(name))]
        image = str(self.job.image.path.resolve()).replace("\\", "\\\\").replace("}", "\\}")
        steps = [
            "init", "halt", f"load_image {{{image}}} {self.base:#x} bin",
            f"verify_image {{{image}}} {self.base:#x} bin", f"reg x0 {int(self.board.get('dtb', 0)):#x}",
            f"resume {self.base:#x}", "shutdown",
        ]  # fmt: skip
        return ["openocd", *files, "-c", "; ".join(steps)]
