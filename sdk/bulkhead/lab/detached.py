# SPDX-License-Identifier: Apache-2.0
"""A target that runs on after the command that started it: where it is, and whether it is still it.

`<build>/run/target.json` has the process; its start time tells it from a later process that got
the same number.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from bulkhead.diag.errors import LabError
from bulkhead.diag.paths import write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached:
    pid: int
    started: str  # the process's start time, as the kernel counts it
    target: str
    build_id: str
    console_url: str
    console_log: str
    partitions: tuple[str, ...] = ()  # what the plan called them: the plan may be gone by now


def record_path(build_dir: Path) -> Path:
    return build_dir / "run" / "target.json"


def remember(build_dir: Path, running: Detached) -> None:
    write_atomically(record_path(build_dir), json.dumps(asdict(running), indent=2) + "\n")


def recall(build_dir: Path) -> Detached | None:
    """The target that runs detached from this build folder, if it still does."""
    try:
        running = Detached(**json.loads(record_path(build_dir).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return running if start_time(running.pid) == running.started else None


def stop(build_dir: Path) -> bool:
    """End it; False when nothing runs."""
    running = recall(build_dir)
    if running is None:
        return False
    descriptor = os.pidfd_open(running.pid)
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        if not select.select([descriptor], [], [], 5.0)[0]:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            if not select.select([descriptor], [], [], 5.0)[0]:
                raise LabError(f"process {running.pid} does not end")
    except ProcessLookupError:
        pass
    finally:
        os.close(descriptor)
    with contextlib.suppress(FileNotFoundError):
        record_path(build_dir).unlink()
    return True


def start_time(pid: int) -> str:
    """Of a process, "" if there is none (or only its remains)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in ("Z", "X") else fields[19]
