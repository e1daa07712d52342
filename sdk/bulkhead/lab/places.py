# SPDX-License-Identifier: Apache-2.0
"""A board is one user's at a time: sessions of this machine take turns, whichever run they belong to.

The kernel lets go of the lock when its holder ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bulkhead.diag.errors import LabError

WAIT_SECONDS = 1800.0
POLL_SECONDS = 0.1


@contextlib.contextmanager
def hold(place: str, seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """`place` is the console's URL. Waits for its turn; raises LabError, with who has it, where that does not
    come in time.
    """
    name = hashlib.sha256(place.encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"bulkhead-place-{name}.lock"
    deadline = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        fd, is_ours = _open(path)
        stack.callback(os.close, fd)
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    who = os.pread(fd, 200, 0).decode(errors="replace").strip() or "somebody"
                    raise LabError(f"another run has held {place} for {seconds:.0f} s: {who}") from None
                time.sleep(POLL_SECONDS)
        if is_ours:
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{getpass.getuser()}, process {os.getpid()}".encode(), 0)
        yield


def _open(path: Path) -> tuple[int, bool]:
    """The lock's file, and whether it can be written: another user's can only be locked."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except PermissionError:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC), False
    return fd, True
