# SPDX-License-Identifier: Apache-2.0
"""A board is one user's at a time: sessions of this machine take turns, whichever run they belong to.

The kernel lets go of the lock when its holder ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
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
    """`place` is the console's URL. Waits for its turn; raises LabError where that does not come in time."""
    name = hashlib.sha256(place.encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"bulkhead-place-{name}.lock"
    deadline = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        stack.callback(os.close, fd)
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LabError(f"another run has held {place} for {seconds:.0f} s") from None
                time.sleep(POLL_SECONDS)
        yield
