# SPDX-License-Identifier: Apache-2.0
"""Test runners are programs of their own: waited for with a deadline, never left behind.

Each is in a process group of its own, so that Ctrl-C reaches only us: we pass it on, once, and wait
for the program to let go of its targets.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import IO

from bulkhead.diag import LabError
from bulkhead.runners.lifetime import end_with_parent

END_SECONDS = 20.0
KILL_SECONDS = 5.0


def start(command: list[str], output: IO[bytes] | int, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    """Begin it, with both streams to `output`. Give it to `wait_for`."""
    return subprocess.Popen(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        process_group=0, preexec_fn=end_with_parent(signal.SIGTERM),
    )  # fmt: skip


def wait_for(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Its exit status; it does not outlive the deadline or an interruption."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired as late:
        raise LabError(f"LAB: {_name(process)} did not end within {seconds:.0f} s") from late
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C would, with time for its tear-downs; another Ctrl-C is less patient."""
    for how, seconds in ((signal.SIGINT, END_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            process.wait(seconds)
            return


def _name(process: subprocess.Popen[bytes]) -> str:
    words = process.args if isinstance(process.args, list) else [process.args]
    return " ".join(str(word) for word in words[:5])
