# SPDX-License-Identifier: Apache-2.0
"""One build at a time in a build folder.

The lock goes with its descriptor: the compilers of a build that was killed inherit it, so the
next build begins only when they are gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bulkhead.diag import BuildFailed

WAIT_S = 600.0
_POLL_S = 0.05


@contextlib.contextmanager
def build_lock(build_dir: Path, wait_s: float = WAIT_S) -> Iterator[int]:
    """Hold the folder; yields the descriptor to hand on to tools."""
    build_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(build_dir / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        acquire(lock, f"another build is running in {build_dir}", wait_s)
        yield lock
    finally:
        os.close(lock)


def acquire(lock: int, busy: str, wait_s: float = WAIT_S) -> None:
    """Lock the descriptor, or say what keeps us waiting. Raises BuildFailed when it was too long."""
    deadline = time.monotonic() + wait_s
    said = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not said:
                print(f"{busy}; waiting for it", file=sys.stderr)
                said = True
        if time.monotonic() > deadline:
            raise BuildFailed(f"{busy}, still after {wait_s:.0f} s")
        time.sleep(_POLL_S)
