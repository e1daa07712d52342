# SPDX-License-Identifier: Apache-2.0
"""What all keywords stand on: the session of the suite, whose failure is whose, what a failure carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from robot.api import SkipExecution
from robot.libraries.BuiltIn import BuiltIn
from robot.utils import timestr_to_secs

from bulkhead.diag import SdkError
from bulkhead.lab import evidence, tracing
from bulkhead.lab.console import Seen, TextNotSeen
from bulkhead.lab.demux import HYPERVISOR
from bulkhead.lab.image import Image, read_image
from bulkhead.lab.session import BootReport, Session, StageError
from bulkhead.lab.targets import Target, find_target

ALL_OFF = "all partitions are off"  # the hypervisor's last words before the board goes off
SETTLE_SECONDS = 0.5  # until they have come through the console


class LabFailure(Exception):
    """The target is not usable: nothing that follows in this suite can be judged."""

    ROBOT_SUPPRESS_NAME = True


class TestFailure(AssertionError):
    ROBOT_SUPPRESS_NAME = True


class Keywords:
    """State that the keyword classes share."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._heard: Session | None = None  # the last one, whose transcript stays readable
        self._report: BootReport | None = None
        self._boots = 0
        self._may_end = False

    def _end_test(self, data: Any, result: Any) -> None:
        """Robot calls this after each test: a failed one carries what the console ended with."""
        if result.failed and self._heard is not None:
            about = evidence.collect(self._heard.console.transcript, root(), build_folder())
            result.message += f"\n\n{about}{self._trace_of(result.name)}"

    def _trace_of(self, test: str) -> str:
        """Where the trace of a machine that still runs was put; "" where there is none."""
        if self._session is None or not tracing.has_trace(self._session.image):
            return ""
        path = trace_path(self._session, test)
        try:
            figures = tracing.keep(self._session, path)
        except (SdkError, OSError) as problem:
            return f"\nthe trace: {problem}"
        return f"\nthe trace: {path.with_suffix('.html').relative_to(out_folder())}\n{figures}"

    def _close(self) -> None:
        """Robot calls this when the suite is over, whether or not it released the target."""
        if self._session is not None:
            self._session.close()
            self._session = None

    @property
    def _open(self) -> Session:
        if self._session is None:
            raise LabFailure("LAB: the target is not booted; use `Boot Target` in the suite's set-up")
        return self._session

    def _wait(self, speaker: str, pattern: str, timeout: str) -> Seen:
        with self._blamed():
            return self._open.wait(pattern, speaker, timestr_to_secs(timeout))

    @contextmanager
    def _blamed(self, about: str = "") -> Iterator[None]:
        """Whatever goes wrong inside is told as the failure of whoever's it is."""
        try:
            yield
        except StageError as problem:
            raise self._switched_off() or LabFailure(str(problem)) from problem
        except SdkError as problem:
            raise self._switched_off() or LabFailure(f"LAB: {problem}") from problem
        except TextNotSeen as problem:
            raise self._switched_off() or TestFailure(f"{about}{problem}") from problem

    def _switched_off(self) -> Exception | None:
        """Where the board went off because all partitions did: that, instead of what it led to."""
        if self._session is None or not image().plan.get("features", {}).get("power_off_when_idle"):
            return None
        said = self._session.console.last_line(HYPERVISOR, SETTLE_SECONDS) == ALL_OFF
        # What was typed into a console that closes may throw away the last words that came from it.
        if not said and not self._session.running.went_off(SETTLE_SECONDS):
            return None
        text = f"every partition of '{image().system}' has switched itself off, and the board with them"
        return SkipExecution(text) if self._may_end else TestFailure(text)


def trace_path(session: Session, name: str) -> Path:
    """Beside the console; without a suffix."""
    return session.console.transcript.path.with_name("trace-" + re.sub(r"[^\w-]+", "-", name))


def variable(name: str) -> Any:
    return BuiltIn().get_variable_value(f"${{{name}}}")


def root() -> Path:
    return Path(variable("ROOT"))


def build_folder() -> Path:
    return Path(variable("BUILD"))


def out_folder() -> Path:
    """Where the whole run's files go; a parallel run's parts write their logs elsewhere."""
    return Path(variable("OUT") or variable("OUTPUT DIR"))


def target() -> Target:
    own = variable("TARGETS")
    return find_target(root(), variable("TARGET"), Path(own) if own else None)


def image() -> Image:
    return read_image(build_folder())
