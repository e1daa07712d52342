# SPDX-License-Identifier: Apache-2.0
"""What every way of bringing an image to life has in common: emulator, flasher, lab place.

A runner knows how to start a machine and end it. It does not read the console: that is `lab/`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerCaps:
    """What a kind of target can do; suites ask before they rely on it."""

    pty: bool = False  # its console can be a pseudo terminal
    exact_time: bool = False  # can run one instruction per tick (icount)
    paused_start: bool = False  # nothing is lost before the reader is attached
    power: bool = False  # can switch the target off and on
    physical_memory: bool = False  # its memory can be changed from outside while it runs
    interrupt_lines: bool = False  # so can the lines of its interrupt controller


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be run: the image, the machine's description, and where files may be written."""

    image: Path
    out: Path  # a folder for this run's files
    cpus: int
    machine: Mapping[str, str] = field(default_factory=dict)  # from board.yaml: what the emulator is told
    options: Mapping[str, Any] = field(default_factory=dict)  # from the target: transport, exact, ...


class Running(ABC):
    """A machine that was started. `end` is safe to call at any time, any number of times."""

    console_url: str

    @abstractmethod
    def release(self) -> None:
        """Let go: the console's reader is attached now."""

    @abstractmethod
    def reset(self) -> None:
        """Reset the machine, as its reset button would."""

    @abstractmethod
    def lose_power(self) -> None:
        """Cut the power, whatever the machine is doing. It does not come back by itself."""

    @abstractmethod
    def failure(self) -> str:
        """Why the machine ended on its own, as a sentence; "" while it runs or ended well."""

    def went_off(self, seconds: float) -> bool:
        """Whether the machine has switched itself off, or does within that time. A board cannot tell."""
        return False

    @abstractmethod
    def end(self) -> None:
        """Stop it, whatever state it is in."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class Runner(ABC):
    """One way of running an image. Made by `create`, registered in `runners.registry.RUNNERS`."""

    name: ClassVar[str]
    caps: ClassVar[RunnerCaps]

    @classmethod
    @abstractmethod
    def create(cls, job: Job) -> Runner: ...

    @abstractmethod
    def commands(self) -> list[list[str]]:
        """What `run` will execute, for people and for `--dry-run`."""

    @abstractmethod
    def run(self) -> Running: ...
