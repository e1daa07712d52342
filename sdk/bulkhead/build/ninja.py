# SPDX-License-Identifier: Apache-2.0
"""Runs ninja on a target and shows what a compiler had to say."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bulkhead.build.toolchain import Toolchain, ninja_command
from bulkhead.build.tools import run_tool
from bulkhead.diag import BuildFailed


class NinjaFailed(BuildFailed):
    """Steps that failed: what they were to make, and what all of them said."""

    def __init__(self, text: str, outputs: tuple[str, ...], said: str) -> None:
        super().__init__(text)
        self.outputs, self.said = outputs, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Ninja:
    build_dir: Path
    tools: Toolchain
    lock: int
    verbose: bool = False

    def make(self, target: str, what: str) -> None:
        """Bring `target` up to date; `what` names it in the message of a failure.

        Steps that do not need the one that failed are tried too, so that all mistakes show at once.
        """
        command = [ninja_command(), "-C", str(self.build_dir), "-f", "build.ninja", "-k", "0"]
        command += ["-v" if self.verbose else "--quiet", target]
        done = run_tool(
            command,
            cwd=self.build_dir,
            environment=self.tools.environment(),
            keep_open=(self.lock,),
        )
        if done.status != 0:
            output = done.output if self.verbose else "\n".join(messages(done.output.splitlines()))
            print(output.rstrip("\n"), file=sys.stderr)
            failed = tuple(name for line in done.output.splitlines() for name in _failed(line))
            raise NinjaFailed(f"{what} could not be built; the messages are above", failed, done.output)
        if self.verbose:
            print(done.output, end="", file=sys.stderr)


def _failed(line: str) -> list[str]:
    """`FAILED: [code=1] out other` names what a step was to make; older ninjas know no code."""
    if not line.startswith("FAILED: "):
        return []
    return [line.removeprefix("FAILED: ").removeprefix("[code=1] ").strip()]


def messages(lines: Iterable[str]) -> Iterable[str]:
    """Ninja's output without its own frame: which step failed and its long command line."""
    command_follows = False
    for line in lines:
        if line.startswith("FAILED: "):
            command_follows = True
        elif command_follows:
            command_follows = False
        elif not line.startswith(("ninja: Entering directory", "ninja: build stopped")):
            yield line
