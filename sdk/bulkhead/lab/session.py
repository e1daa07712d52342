# SPDX-License-Identifier: Apache-2.0
"""One image on one target, brought from state to state: BUILD, FLASH, BOOT, TEST.

A failure says in which state it happened, so that a dead board is never called a failed test.
Whatever happens, the target is let go: use it as a context manager.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from bulkhead.diag import error
from bulkhead.diag.errors import LabError, UserError
from bulkhead.diag.paths import shown
from bulkhead.elaborate.fetched import fetched_folder
from bulkhead.flash.layout import read_banks
from bulkhead.lab.console import Console, Seen, TextNotSeen
from bulkhead.lab.demux import HYPERVISOR
from bulkhead.lab.image import Image
from bulkhead.lab.places import hold
from bulkhead.lab.targets import FIRMWARE, Target, require_usable
from bulkhead.runners import hosttools
from bulkhead.runners.base import Job, Runner, Running
from bulkhead.runners.boards import read_qemu_machine
from bulkhead.runners.qemu import FLASH_BANK, SECOND_UART, SECOND_UART_QEMU
from bulkhead.runners.registry import RUNNERS

BOOT_LINE = (
    r"^boot build=(?P<build>[0-9a-f]{16}) count=(?P<count>\d+) "
    r"pcpus=(?P<pcpus>\d+) partitions=(?P<partitions>\d+)"
)
IDENTITY_KEYS = b"\x1e?"  # Ctrl-^ ?: the boot line and the speakers again


class Stage(Enum):
    """How far the target is, and where a failure belongs."""

    BUILD = "build"
    LAB = "lab"  # the place itself: power, port, coordinator
    FLASH = "flash"
    BOOT = "boot"
    TEST = "test"


class StageError(LabError):
    """The target did not reach a state. `stage` is the one it was on the way to."""

    def __init__(self, stage: Stage, text: str) -> None:
        self.stage = stage
        super().__init__(f"{stage.name}: {text}")


@dataclass(frozen=True, slots=True)
class BootReport:
    """The first line of the hypervisor."""

    build_id: str
    count: int
    pcpus: int
    partitions: int


class Session:
    """A target with an image on it. `open` starts it, `boot` brings it to where tests may begin."""

    def __init__(
        self, target: Target, image: Image, running: Running, console: Console, stack: ExitStack
    ) -> None:
        self.target = target
        self.image = image
        self.running = running
        self.console = console
        self.stage = Stage.FLASH
        self._stack = stack

    @classmethod
    def open(cls, root: Path, target: Target, image: Image, out: Path, **options: Any) -> Session:
        """Flash and power what must be, attach the console; nothing of the image has run yet.

        `options` go to the runner and win over the target's own. Raises LabError, UserError.
        """
        runner = make_runner(root, target, image, out, **options)
        with ExitStack() as stack:
            try:
                if target.kind != "qemu":
                    stack.enter_context(hold(target.console_url))
                running = stack.enter_context(runner.run())
                console = stack.enter_context(
                    Console.open(running.console_url, out / "console.raw", target.baud)
                )
            except StageError:
                raise
            except LabError as problem:
                raise StageError(Stage.FLASH, str(problem)) from problem
            return cls(target, image, running, console, stack.pop_all())

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._stack.close()

    def boot(self, seconds: float | None = None) -> BootReport:
        """Let the target run; it must say that it is what was built."""
        self.stage = Stage.BOOT
        self.running.release()
        report = self.wait_boot(seconds)
        self.stage = Stage.TEST
        return report

    def reset(self) -> BootReport:
        """Reset the whole board and wait until it is up again."""
        self.running.reset()
        return self.wait_boot()

    def wait_boot(self, seconds: float | None = None) -> BootReport:
        """The next boot line, checked against the build. Raises StageError(BOOT)."""
        limit = seconds or self.target.boot_seconds
        had = self.console.transcript.size
        try:
            return self._checked(self.console.wait(BOOT_LINE, HYPERVISOR, limit))
        except TextNotSeen as problem:
            text = self.running.failure() or str(problem)
            if self.stage is Stage.BOOT and not self.console.transcript.size and not self.running.failure():
                waited = limit * self.console.speed
                text = f"not one byte came from the console within {waited:g} s after power on"
                raise StageError(Stage.LAB, text) from problem
            if came := self.console.transcript.size - had:
                rate = came / (limit * self.console.speed)
                text += (
                    f"\n{came} bytes came meanwhile, {rate:.0f} bytes a second"
                    " (if the board is only slow: boot_seconds in its targets.yaml)"
                )
            raise StageError(Stage.BOOT, text) from problem

    def ask_identity(self) -> BootReport:
        """The boot line again, asked for with Ctrl-^ ?"""
        self.console.send(IDENTITY_KEYS)
        return self.wait_boot(5.0)

    def wait(self, pattern: str, speaker: str | None, seconds: float) -> Seen:
        """A text from a partition. Raises TextNotSeen, or StageError where the target is dead."""
        try:
            return self.console.wait(pattern, speaker, seconds)
        except TextNotSeen as problem:
            why = self.running.failure()
            if why:
                raise StageError(self.stage, why) from problem
            if self.target.kind != "qemu" and self.console.transcript.closed:
                text = f"the console's port went away: {self.console.transcript.why_closed}"
                raise StageError(Stage.LAB, text) from problem
            raise

    def _checked(self, seen: Seen) -> BootReport:
        found = seen.match
        report = BootReport(
            found["build"], int(found["count"]), int(found["pcpus"]), int(found["partitions"])
        )
        if report.build_id != self.image.build_id:
            raise StageError(
                Stage.BOOT,
                f"the target runs build {report.build_id}, "
                f"but {self.image.path.name} is build {self.image.build_id}",
            )
        return report


def make_runner(root: Path, target: Target, image: Image, out: Path, **options: Any) -> Runner:
    """What will run `image` on `target`; `options` win over the target's own. Raises UserError."""
    require_usable(root, target, image.board)
    job = make_job(root, target, image, out, **options)
    return RUNNERS[runner_name(target)].create(job)


def runner_name(target: Target) -> str:
    """Which runner drives this kind of target."""
    return {"qemu": "qemu", "serial": "board"}[target.kind]


def make_job(root: Path, target: Target, image: Image, out: Path, **options: Any) -> Job:
    """What the runner is told: the target's own settings under those of this call."""
    if target.kind == "qemu":
        machine = read_qemu_machine(root, image.board)
        own: dict[str, Any] = {
            "transport": target.transport, "exact_time": target.exact_time, "firmware": _firmware(target),
            "second_uart": machine["machine"].split(",")[0] == "virt" and _second_uart(image),
        }  # fmt: skip
        own |= _storage(root, target, image, out)
    else:
        own = {
            "console_url": target.console_url, "flash": target.flash.command,
            "on": target.power.on, "off": target.power.off, "cycle": target.power.cycle,
        }  # fmt: skip
        machine = {}
    return Job(image=image.path, out=out, cpus=image.cpus, machine=machine, options=own | options)


def _firmware(target: Target) -> Path | None:
    """The boot loader that a QEMU target starts with. Raises UserError where it is not there."""
    if not target.firmware:
        return None
    is_fetched = target.firmware == FIRMWARE
    path = fetched_folder(FIRMWARE) / "u-boot.bin" if is_fetched else Path(target.firmware)
    if not path.is_file():
        help = (
            "`./bulkhead fetch u-boot` gets it." if is_fetched else "Name the file that QEMU's -bios takes."
        )
        text = f"the firmware of target '{target.name}' is not there: {shown(path)}"
        raise UserError([error("BH-FLASH-010", text, target.where, help=help)])
    return path


def _storage(root: Path, target: Target, image: Image, out: Path) -> dict[str, Path]:
    """The disk and the flash of a QEMU target, made where they are not there: nothing is on them."""
    banks = read_banks(root, image.board) if target.storage else None
    if banks is None:
        return {}
    out.mkdir(parents=True, exist_ok=True)
    disk, flash = out / "disk.img", out / "flash.img"
    if banks.disk is not None and not disk.is_file():
        with disk.open("wb") as made:
            made.truncate(banks.disk.place.room)
    if not flash.is_file():
        flash.write_bytes(b"\xff" * FLASH_BANK)
    return {"flash": flash} | ({"disk": disk} if banks.disk is not None else {})


def _second_uart(image: Image) -> bool:
    """Whether QEMU must be asked for it. Says so where this QEMU does not have it."""
    owner = image.owner_at(SECOND_UART)
    if owner and hosttools.qemu_version() < SECOND_UART_QEMU:
        wanted = ".".join(map(str, SECOND_UART_QEMU))
        print(
            f"bulkhead: this QEMU has no device at {SECOND_UART:#x}, which partition '{owner}' owns: "
            f"it faults there. QEMU {wanted} or newer has it.",
            file=sys.stderr, flush=True,
        )  # fmt: skip
    return bool(owner)
