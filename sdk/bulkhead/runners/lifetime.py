# SPDX-License-Identifier: Apache-2.0
"""A process that we start does not outlive us, however we end."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent(how: signal.Signals) -> Callable[[], None]:
    """For between fork and exec: the kernel sends `how` when the thread that started it ends."""
    parent = os.getpid()

    def arrange() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:  # it ended before the call above
            os._exit(1)

    return arrange
