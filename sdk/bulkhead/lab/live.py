# SPDX-License-Identifier: Apache-2.0
"""A console shown while it speaks: line by line with its speaker, floods cut short.

Only printable characters reach the terminal, whatever a guest sends.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

from bulkhead.lab.transcript import LineReader, Transcript, printable

SHOWN_PER_CHAPTER = 8  # lines of one speaker


class LiveView:
    """Follows a transcript in a thread and hands each line to `show(speaker, text)`."""

    def __init__(self, transcript: Transcript, show: Callable[[str, str], None], chapter: str) -> None:
        """A line that begins with `chapter` begins a new chapter: every speaker is shown again."""
        self._transcript = transcript
        self._show = show
        self._chapter = chapter
        self._lines: Counter[str] = Counter()
        self._end: int | None = None  # of the transcript, where to stop
        self._thread = threading.Thread(target=self._follow, name="live view", daemon=True)
        self._thread.start()

    def __enter__(self) -> LiveView:
        return self

    def __exit__(self, *_: object) -> None:
        """Show what has come so far, then no more."""
        self._end = self._transcript.size
        self._thread.join()

    def _follow(self) -> None:
        reader = LineReader(self._transcript, None)
        try:
            while self._end is None or reader.offset < self._end:
                line = reader.next_line(time.monotonic() + 0.1)
                if line is not None:
                    self._take(line.speaker, line.text)
                elif self._transcript.closed:
                    break
            while line := reader.take_ready():
                self._take(line.speaker, line.text)
            self._close_chapter()
        finally:
            reader.close()

    def _take(self, speaker: str, text: str) -> None:
        if text.startswith(self._chapter):
            self._close_chapter()
        self._lines[speaker] += 1
        if self._lines[speaker] <= SHOWN_PER_CHAPTER:
            self._show(speaker, printable(text))

    def _close_chapter(self) -> None:
        for speaker, count in sorted(self._lines.items()):
            if count > SHOWN_PER_CHAPTER:
                self._show(speaker, f"... and {count - SHOWN_PER_CHAPTER} lines more")
        self._lines.clear()
