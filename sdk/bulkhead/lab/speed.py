# SPDX-License-Identifier: Apache-2.0
"""How much slower this host is right now than the one that deadlines were written for.

A busy host makes a run slower, never a failure: every wait's deadline is multiplied by the factor.
"""

from __future__ import annotations

import hashlib
import time

NOMINAL_SECONDS = 0.02  # what the work below takes alone on a host of 2020
WORK = b"\0" * (1 << 20)
ROUNDS = 10
MOST = 12.0


def measure() -> float:
    """1.0 on a host that is fast enough and idle, up to 12. Takes about 20 ms of an idle host."""
    began = time.perf_counter()
    for _ in range(ROUNDS):
        hashlib.sha1(WORK, usedforsecurity=False).digest()
        time.sleep(0)  # somebody else may want the CPU: that is what is measured
    return min(MOST, max(1.0, (time.perf_counter() - began) / NOMINAL_SECONDS))
