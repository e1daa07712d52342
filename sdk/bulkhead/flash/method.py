# SPDX-License-Identifier: Apache-2.0
"""What every way of flashing has in common, and the table of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bulkhead.diag import UserError
from bulkhead.lab.image import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashCaps:
    """What a method can do."""

    keeps: bool  # what it wrote is there after the power was off
    needs_port: bool = False  # talks over the board's serial line
    needs_file: bool = False  # writes to what `--to` names
    here: bool = True  # tried on the thing itself, not only to its command line


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashJob:
    """What is to be put where."""

    root: Path
    image: Image
    out: Path  # a folder for the line's log
    port: str = ""  # a pyserial URL
    baud: int = 115200
    to: Path | None = None  # a file or device that is written to
    large: bool = False  # that device may be larger than a card is
    beside: tuple[Path, ...] = ()  # files that go beside the image, from the board's vendor
    bank: str = ""  # "A", "B", "auto" for the one that is not booted, "" for RAM
    make_disk: bool = False  # make the banks' disk anew first
    again: bool = False  # even if the board runs this build
    seconds: float = 60.0  # for the boot loader to show itself, and for the image to boot
    say: Callable[[str], None] = print  # what happens, a line each
    progress: Callable[[int, int], None] = lambda done, all_: None  # bytes on the line


class FlashMethod(ABC):
    """One way onto a board. Every wait has a deadline; the port is let go on every path."""

    name: ClassVar[str]
    what: ClassVar[str]  # in a line
    caps: ClassVar[FlashCaps]

    def __init__(self, job: FlashJob) -> None:
        self.job = job

    @abstractmethod
    def steps(self) -> list[str]:
        """What `flash` will do, for people and for `--dry-run`."""

    @abstractmethod
    def flash(self) -> None:
        """Bring the image on the board and see it boot. Raises LabError."""

    def confirm(self) -> None:
        """Keep the image that runs, in the hypervisor's stead. Raises UserError where the method cannot."""
        raise UserError(f"`{self.name}` has no banks to confirm one of")

    def running_build(self) -> str:
        """The build that the board runs now, "" where it does not say. Raises UserError where none asks."""
        raise UserError(f"`{self.name}` does not talk to the hypervisor")
