# SPDX-License-Identifier: Apache-2.0
"""Keywords: the console. One speaker's lines awaited, lines typed, silence and noise."""

from __future__ import annotations

import random
import re

from robot.api import logger
from robot.api.deco import keyword
from robot.utils import timestr_to_secs

from bulkhead.lab.transcript import printable
from bulkhead_keywords.base import Keywords, TestFailure

NOISE_AT_ONCE = 64  # bytes written in one go


class Talk(Keywords):
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

    @keyword("Wait For Groups")
    def wait_for_groups(self, speaker: str, pattern: str, timeout: str = "10 s") -> dict[str, str]:
        """Like `Wait For Line`; returns the named groups, `(?P<name>...)`, as a dictionary."""
        return {
            name: value or ""
            for name, value in self._wait(speaker, pattern, timeout).match.groupdict().items()
        }

    @keyword("Should Stay Silent")
    def should_stay_silent(self, speaker: str, duration: str = "1 s") -> None:
        """From now on `speaker` says no line for that long, in time of this host."""
        self._open.console.skip_to_now()
        with self._blamed():
            line = self._open.console.next_line(speaker, timestr_to_secs(duration))
        if line is not None:
            raise TestFailure(f"'{speaker}' was to stay silent, but said: {printable(line.text)}")

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

    @keyword("Make Console Noise")
    def make_console_noise(self, size: int = 4096, seed: int = 1) -> None:
        """Type that many random bytes, control characters and focus keys among them; then Escape, and
        focus nobody.
        """
        dice = random.Random(int(seed))
        with self._blamed():
            for _ in range(int(size) // NOISE_AT_ONCE):
                self._open.console.send(dice.randbytes(NOISE_AT_ONCE))
            self._open.console.send(b"\x1b\x1b")
        logger.info(f"{size} bytes of noise from seed {seed}")

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
