# SPDX-License-Identifier: Apache-2.0
"""How far a transfer is: a bar with rate and time left on a terminal, a line each quarter elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any

from bulkhead.model.sizes import words


class Progress:
    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._quarter = 0
        self._began = 0.0

    def show(self, done: int, all_: int) -> None:
        if sys.stderr.isatty():
            self._draw(done, all_)
            return
        if done <= 1024:
            self._quarter, self._began = 0, time.monotonic()
        quarter = 4 * done // all_
        if quarter > self._quarter:
            self._quarter = quarter
            rate = words(int(done / max(time.monotonic() - self._began, 0.001)))
            print(f"sent {words(done)} of {words(all_)}, {rate}/s", file=sys.stderr, flush=True)

    def _draw(self, done: int, all_: int) -> None:
        if self._bar is None:
            from rich import progress
            from rich.console import Console

            self._bar = progress.Progress(
                progress.BarColumn(), progress.TaskProgressColumn(), progress.TransferSpeedColumn(),
                progress.TimeRemainingColumn(), console=Console(stderr=True), transient=True,
            )  # fmt: skip
            self._task = self._bar.add_task("", total=all_)
            self._bar.start()
        self._bar.update(self._task, completed=done)
        if done >= all_:
            self._bar.stop()
            self._bar = None
