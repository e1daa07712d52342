# SPDX-License-Identifier: Apache-2.0
"""What `hil` prints while Robot Framework runs: a line for each test, and one for a suite that never began.

A listener inside of Robot's process, which is told to print nothing itself but its own errors.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from bulkhead.lab.cases import CaseResult
from bulkhead.lab.transcript import printable

WIDTH = 100
# How Robot begins the message of each test in a suite whose set-up did not succeed.
_NOT_BEGUN = {"SKIP": "Skipped in parent suite setup:\n", "FAIL": "Parent suite setup failed:\n"}


class Progress:
    """Robot calls its methods; see its listener interface, version 3."""

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._not_begun: tuple[int, str] = (0, "")  # how many tests, and why
        self._said_title = False

    def start_suite(self, suite: Any, result: Any) -> None:
        self._not_begun, self._said_title = (0, ""), False

    def end_test(self, test: Any, result: Any) -> None:
        prefix = _NOT_BEGUN.get(result.status)
        if prefix and result.message.startswith(prefix):
            self._not_begun = (self._not_begun[0] + 1, result.message.removeprefix(prefix).strip())
            return
        if not self._said_title:
            self._said_title = True
            _say(f"{Path(result.source).stem}: {result.parent.doc}".rstrip(": "))
        _say(f"  {result.name:<{WIDTH}} | {result.status} |")
        if result.status != "PASS":
            _say("    " + result.message.strip().replace("\n", "\n    "))

    def end_suite(self, suite: Any, result: Any) -> None:
        count, why = self._not_begun
        if count:
            what = "skipped" if result.status == "SKIP" else "not run"
            _say(f"{Path(result.source).stem}: {count} {what}: {why}")
        self._not_begun = (0, "")


def tell(cases: Iterable[CaseResult]) -> None:
    """The same lines for results of processes that printed none, each suite's behind its target."""
    titled: tuple[str, str] | None = None
    for case in sorted(cases, key=lambda case: (case.target, case.suite)):
        if titled != (case.target, case.suite):
            titled = (case.target, case.suite)
            _say(f"{case.target}: {case.suite}", sys.stderr)
        _say(f"  {case.name:<{WIDTH}} | {case.status} |", sys.stderr)
        if case.status != "PASS":
            _say("    " + case.message.strip().replace("\n", "\n    "), sys.stderr)


def _say(text: str, stream: TextIO | None = None) -> None:
    """To the stream that Robot itself would use, unless told another."""
    stream = stream or sys.__stdout__
    if stream is not None:
        stream.write("".join(f"{printable(line)}\n" for line in text.split("\n")))
        stream.flush()
