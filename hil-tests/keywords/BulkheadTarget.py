# SPDX-License-Identifier: Apache-2.0
"""Robot keywords over `bulkhead.lab`: a target booted, listened to, typed to, and judged.

They translate and nothing more. Every wait is for a text or its deadline. What fails before the
first test may begin is raised as BOOT or FLASH, so that it is never counted as a failed test.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from robot.api import SkipExecution, logger
from robot.api.deco import keyword, library
from robot.libraries.BuiltIn import BuiltIn
from robot.utils import is_truthy, timestr_to_secs

from bulkhead.diag import SdkError
from bulkhead.lab.attacks import Neighbour, read_report, run_attack
from bulkhead.lab.console import TextNotSeen
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


@library(scope="SUITE", version="1", doc_format="TEXT", listener="SELF")
class BulkheadTarget:
    """One target per suite. `Boot Target` in the suite's set-up, `Release Target` in its tear-down."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._report: BootReport | None = None
        self._boots = itertools.count(1)
        self._may_end = False

    # -- the target ------------------------------------------------------------------------

    @keyword("Boot Target")
    def boot_target(self, may_end: bool = False) -> str:
        """Power the target with the built image and wait for the hypervisor's boot line.

        The build id in it must be the image's. Returns the build id. `may_end`: once all partitions
        have switched themselves off, and the board with them, what needs the board is skipped.
        """
        self.release_target()
        self._may_end = is_truthy(may_end)
        out = Path(_variable("OUTPUT DIR")) / "consoles" / f"{_suite_stem()}-{next(self._boots)}"
        root = Path(_variable("ROOT"))
        with self._blamed():
            self._session = Session.open(root, _target(), _image(), out)
            self._report = self._session.boot()
        return self._report.build_id

    @keyword("Release Target")
    def release_target(self) -> None:
        """End the target and keep what its console said beside the log."""
        if self._session is not None:
            with self._blamed():
                self._session.close()
            console = self._session.console.transcript.path.with_suffix(".txt")
            name = console.relative_to(_variable("OUTPUT DIR")).as_posix()
            logger.info(f'Console with timestamps: <a href="{name}">{name}</a>', html=True)
            self._session = None

    @keyword("Reset Target")
    def reset_target(self) -> int:
        """Reset the whole board; returns the boot count that it then tells."""
        with self._blamed():
            self._report = self._open.reset()
        return self._report.count

    @keyword("Ask Identity")
    def ask_identity(self) -> str:
        """Ctrl-^ ?: returns the build id that the running hypervisor tells."""
        with self._blamed():
            return self._open.ask_identity().build_id

    @keyword("Expected Build Id")
    def expected_build_id(self) -> str:
        """The build id that stands in plan.json."""
        return _image().build_id

    @keyword("Boot Count")
    def boot_count(self) -> int:
        """The boot count of the last boot line."""
        assert self._report is not None
        return self._report.count

    @keyword("Expected Partitions")
    def expected_partitions(self) -> list[str]:
        """The partitions' names, in plan order."""
        return _image().partitions

    @keyword("Require Partitions")
    def require_partitions(self, *names: str) -> None:
        """Skip, saying why, where the system under test does not have these partitions."""
        missing = [name for name in names if name not in _image().partitions]
        if missing:
            raise SkipExecution(f"the system '{_image().system}' has no partition {', '.join(missing)}")

    @keyword("Require Device Owner")
    def require_device_owner(self, device: str, owner: str) -> None:
        """Skip, saying why, where `device` (a word of its compatible) is not `owner`'s."""
        plan = _image().plan
        names = {d["name"] for d in plan["board"]["devices"] if device in ",".join(d["compatible"])}
        if not any(o["device"] in names and o["owner"] == owner for o in plan["owners"]):
            raise SkipExecution(
                f"no device '{device}' belongs to '{owner}' in the system '{_image().system}'"
            )

    # -- the console -----------------------------------------------------------------------

    @keyword("Wait For Line")
    def wait_for_line(self, speaker: str, pattern: str, timeout: str = "10 s") -> str:
        """The next line of `speaker` in which the regular expression is found."""
        return self._wait(speaker, pattern, timeout).text

    @keyword("Wait For Lines")
    def wait_for_lines(self, speaker: str, *patterns: str, timeout: str = "10 s") -> None:
        """A line of `speaker` for each of the regular expressions, in whatever order they come."""
        missing = list(patterns)
        while missing:
            line = self._wait(speaker, "|".join(f"(?:{pattern})" for pattern in missing), timeout).text
            missing = [pattern for pattern in missing if not re.search(pattern, line)]

    @keyword("Wait For Value")
    def wait_for_value(self, speaker: str, pattern: str, timeout: str = "10 s") -> str:
        """Like `Wait For Line`; returns the first group of the regular expression."""
        return str(self._wait(speaker, pattern, timeout).match[1])

    @keyword("Skip To Now")
    def skip_to_now(self) -> None:
        """Let later waits see only lines that begin from now on."""
        self._open.console.skip_to_now()

    @keyword("Send Line")
    def send_line(self, speaker: str, text: str) -> None:
        """Give the input to `speaker` and type a line."""
        with self._blamed():
            self._open.console.send_line(speaker, text)

    @keyword("Type Keys")
    def type_keys(self, text: str) -> None:
        """Type as it is, to whoever has the focus. `^^` stands for Ctrl-^, `\\n` for Enter."""
        with self._blamed():
            self._open.console.send(text.replace("^^", "\x1e").replace("\n", "\r").encode())

    @keyword("Lines Of")
    def lines_of(self, speaker: str) -> list[str]:
        """Every line of a speaker since the start."""
        return [line.text for line in self._open.console.lines(speaker)]

    @keyword("Speakers Should Be")
    def speakers_should_be(self, *names: str) -> None:
        """Nobody else may have spoken on the console; nothing may stand there untagged."""
        heard = {line.speaker for line in self._open.console.lines(None) if line.speaker or line.raw}
        strange = heard - set(names)
        if strange:
            raise TestFailure(f"on the console are lines of {sorted(strange)}")

    # -- isolation -------------------------------------------------------------------------

    @keyword("Attack Should Be Contained")
    def attack_should_be_contained(
        self, attack: str, attacker: str = "rogue", neighbour: str = "control"
    ) -> None:
        """Let the attacker run an attack by name; it must be contained and the neighbour on time."""
        with self._blamed(f"attack {attack}: "):
            outcome = run_attack(self._open, attack, attacker=attacker, neighbour=neighbour)
        logger.info(f"{outcome.verdict}; the hypervisor said: {outcome.hypervisor or 'nothing'}")
        logger.info(f"neighbour before: {outcome.before}, during: {outcome.during}")
        if outcome.problems:
            raise TestFailure(f"attack {attack}: " + "; ".join(outcome.problems))

    @keyword("Neighbour Should Be On Time")
    def neighbour_should_be_on_time(self, neighbour: str = "control", seconds: int = 2) -> None:
        """The neighbour's next reports have no missed deadline."""
        for _ in range(int(seconds)):
            report = read_report(self._wait(neighbour, Neighbour.PATTERN, "20 s").match)
            if report.missed:
                raise TestFailure(
                    f"{neighbour} missed {report.missed} deadlines in its second {report.second}"
                )

    def _close(self) -> None:
        """Robot calls this when the suite is over, whether or not it released the target."""
        if self._session is not None:
            self._session.close()
            self._session = None

    # -- inside ----------------------------------------------------------------------------

    @property
    def _open(self) -> Session:
        if self._session is None:
            raise LabFailure("LAB: the target is not booted; use `Boot Target` in the suite's set-up")
        return self._session

    def _wait(self, speaker: str, pattern: str, timeout: str) -> Any:
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
        if self._session is None or not _image().plan.get("features", {}).get("power_off_when_idle"):
            return None
        if self._session.console.last_line(HYPERVISOR, SETTLE_SECONDS) != ALL_OFF:
            return None
        text = f"every partition of '{_image().system}' has switched itself off, and the board with them"
        return SkipExecution(text) if self._may_end else TestFailure(text)


def _variable(name: str) -> Any:
    return BuiltIn().get_variable_value(f"${{{name}}}")


def _suite_stem() -> str:
    return Path(_variable("SUITE SOURCE")).stem


def _target() -> Target:
    own = _variable("TARGETS")
    return find_target(Path(_variable("ROOT")), _variable("TARGET"), Path(own) if own else None)


def _image() -> Image:
    return read_image(Path(_variable("BUILD")))
