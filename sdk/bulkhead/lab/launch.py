# SPDX-License-Identifier: Apache-2.0
"""`run` and `console`: a target for a person, in the terminal or left running."""

from __future__ import annotations

import contextlib
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from bulkhead.diag import UserError
from bulkhead.diag.paths import shown, to_type
from bulkhead.kconfig.system import recall
from bulkhead.lab import detached, terminal
from bulkhead.lab.console import FOCUS_KEY, open_port
from bulkhead.lab.image import Image, read_image
from bulkhead.lab.session import Stage, StageError, make_runner
from bulkhead.lab.targets import Target, find_target, require_usable
from bulkhead.lab.transcript import LineReader, Transcript, write_readable
from bulkhead.runners.qemu import QemuProcess


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to run where."""

    root: Path
    build_dir: Path
    target: Target
    image: Image

    @property
    def out(self) -> Path:
        return self.build_dir / "run"


def choose(
    root: Path, build_dir: Path, target: str, targets: Path | None, *, build: bool, dry: bool = False
) -> Choice:
    """The target and the image, built first if it is not up to date.

    What speaks against the target is said before anything is built; `dry`: its port is not tried.
    """
    found = find_target(root, target, targets)
    board = recall(root, build_dir).board if build else read_image(build_dir).board
    if board:  # else `build` says what is missing
        require_usable(root, found, board)
    if found.kind == "serial" and not dry:
        open_port(found.console_url, found.baud).close()
    if build:
        from bulkhead.build import build as build_image

        sys.stderr.write(build_image(root, build_dir).warnings)
    return Choice(root, build_dir, found, read_image(build_dir))


def commands(choice: Choice, *, exact: bool) -> list[str]:
    runner = make_runner(choice.root, choice.target, choice.image, choice.out, exact_time=exact)
    return [shlex.join(words) for words in runner.commands()]


def attend(choice: Choice, seconds: float | None, *, exact: bool, keyboard: bool) -> None:
    """Run with the console in this terminal until it ends, the user ends it, or the deadline."""
    _refuse_second(choice.build_dir)
    runner = make_runner(choice.root, choice.target, choice.image, choice.out, exact_time=exact)
    with (
        runner.run() as running,
        contextlib.closing(open_port(running.console_url, choice.target.baud)) as port,
    ):
        transcript = Transcript(choice.out / "console.raw")
        if keyboard:
            _say(
                "Ctrl-] ends the run; Ctrl-^ and a digit chooses who gets what is typed (0 hypervisor, 1 ...)"
            )
        running.release()
        end = terminal.interact(
            terminal.PortSource(port, transcript), terminal.whole_stream, seconds, keyboard=keyboard
        )
        transcript.close(end)
        why = running.failure()
    write_readable(transcript, choice.out / "console.txt")
    if why:
        raise StageError(Stage.TEST, why)
    if end == "deadline":
        _say(f"ended after {seconds:g} s")
    if end != "quit":
        _check_identity(transcript, choice.image)


def detach(choice: Choice, *, exact: bool) -> None:
    """Start it and leave it running."""
    if choice.target.kind != "qemu":
        raise UserError("only a QEMU target can be left running; a board runs on by itself")
    _refuse_second(choice.build_dir)
    choice.out.mkdir(parents=True, exist_ok=True)
    log = choice.out / "console.raw"
    log.write_bytes(b"")
    runner = make_runner(
        choice.root, choice.target, choice.image, choice.out, exact_time=exact, console_log=log, detach=True
    )
    running = runner.run()
    if not isinstance(running, QemuProcess):
        running.end()
        raise UserError("only a QEMU target can be left running; a board runs on by itself")
    try:
        running.release()
        pid = running.process.pid
        detached.remember(
            choice.build_dir,
            detached.Detached(
                pid=pid, started=detached.start_time(pid), target=choice.target.name,
                build_id=choice.image.build_id, console_url=running.console_url, console_log=str(log),
                partitions=tuple(choice.image.partitions),
            ),
        )  # fmt: skip
    except BaseException:
        running.end()
        raise
    running.let_go()
    _say(f"running as process {pid}; {_what_next(choice.build_dir)}")


def stop_detached(build_dir: Path) -> None:
    if not detached.stop(build_dir):
        raise UserError("nothing was left running in this build folder")
    _say("stopped")


def attach(build_dir: Path, speaker: str | None, seconds: float | None, *, keyboard: bool) -> None:
    """The console of what was left running: all it said, then what it says."""
    running = detached.recall(build_dir)
    if running is None:
        raise UserError(f"no target is running; start one with {to_type(build_dir, 'run --detach')}")
    log = Path(running.console_log)
    if speaker is not None:
        _check_speaker(running, speaker)
    view = terminal.only(speaker) if speaker else terminal.whole_stream
    with contextlib.closing(open_port(running.console_url)) as port:
        source = terminal.LogSource(port, log)
        if seconds == 0:
            terminal.drain(source, view)
            return
        if keyboard:
            _say("Ctrl-] leaves; the target runs on")
            if speaker is not None:
                port.write(FOCUS_KEY + speaker.encode() + b"\r")
        if terminal.interact(source, view, seconds, keyboard=keyboard) == "ended":
            _say("the target ended")


def _check_speaker(running: detached.Detached, speaker: str) -> None:
    names = ["hv", *running.partitions]
    if speaker not in names:
        raise UserError(f"there is no '{speaker}' on this console; there are: {', '.join(names)}")


def _refuse_second(build_dir: Path) -> None:
    running = detached.recall(build_dir)
    if running is not None:
        raise UserError(
            f"'{running.target}' already runs from {shown(build_dir)} (process {running.pid}): "
            + _what_next(build_dir)
        )


def _what_next(build_dir: Path) -> str:
    return f"{to_type(build_dir, 'console')} attaches, {to_type(build_dir, 'run --stop')} ends it"


def _check_identity(transcript: Transcript, image: Image) -> None:
    """What booted must be what was built; a machine that never said a word did not boot."""
    reader = LineReader(transcript, "hv")
    try:
        while line := reader.next_line(0.0):
            match = re.match(r"boot build=([0-9a-f]{16})", line.text)
            if match and match[1] == image.build_id:
                return
            if match:
                raise StageError(
                    Stage.BOOT, f"the target runs build {match[1]}, but the image is {image.build_id}"
                )
    finally:
        reader.close()
    raise StageError(Stage.BOOT, "the hypervisor never said its boot line")


def _say(text: str) -> None:
    print(f"bulkhead: {text}", file=sys.stderr, flush=True)
