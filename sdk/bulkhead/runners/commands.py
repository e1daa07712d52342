# SPDX-License-Identifier: Apache-2.0
"""A real board: flashed, switched and reset by the commands its owner wrote in targets.yaml."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from bulkhead.diag.errors import LabError
from bulkhead.runners.base import Job, Runner, RunnerCaps, Running

COMMAND_SECONDS = 300.0


class BoardRun(Running):
    """A board whose power we were given. It is switched off at the end where that is possible."""

    def __init__(self, console_url: str, on: Sequence[str], off: Sequence[str], cycle: Sequence[str]) -> None:
        self.console_url = console_url
        self._on, self._off, self._cycle = list(on), list(off), list(cycle)
        self._is_off = False

    def release(self) -> None:
        if self._cycle or not self._off:
            call(self._cycle or self._on, "power")
        else:
            call(self._off, "power")
            call(self._on, "power")

    def reset(self) -> None:
        self.release()

    def lose_power(self) -> None:
        if not self._off:
            raise LabError("this target has no `power.off` command")
        call(self._off, "power")

    def failure(self) -> str:
        return ""

    def end(self) -> None:
        if self._off and not self._is_off:
            self._is_off = True
            call(self._off, "power")


class BoardRunner(Runner):
    name = "board"
    caps = RunnerCaps(power=True)

    def __init__(self, job: Job) -> None:
        self._job = job

    @classmethod
    def create(cls, job: Job) -> BoardRunner:
        return cls(job)

    def commands(self) -> list[list[str]]:
        options = self._job.options
        power = [list(options.get(verb, ())) for verb in ("cycle", "on")]
        return [c for c in (flash_command(options.get("flash", ()), self._job.image), *power) if c]

    def run(self) -> BoardRun:
        options = self._job.options
        flash = flash_command(options.get("flash", ()), self._job.image)
        if flash:
            call(flash, "flash")
        return BoardRun(
            options["console_url"], options.get("on", ()), options.get("off", ()), options.get("cycle", ())
        )


def flash_command(words: Sequence[str], image: Path) -> list[str]:
    """The owner's command with the image's path in it."""
    return [word.replace("{image}", str(image)) for word in words]


def call(command: Sequence[str], what: str) -> None:
    """Run an owner's command; an empty one does nothing. Raises LabError with what it printed."""
    if not command:
        return
    try:
        done = subprocess.run(
            list(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip
    except OSError as error:
        raise LabError(f"the {what} command {command[0]} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(
            f"the {what} command {command[0]} did not end within {COMMAND_SECONDS:.0f} s"
        ) from error
    if done.returncode:
        printed = (done.stdout + done.stderr).strip()[-2000:]
        raise LabError(f"the {what} command {' '.join(command)} failed with {done.returncode}: {printed}")
