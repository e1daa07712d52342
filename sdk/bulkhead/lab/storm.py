# SPDX-License-Identifier: Apache-2.0
"""An interrupt storm: lines of the interrupt controller moved as fast as the target lets them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bulkhead.diag import UserError
from bulkhead.lab.session import Session
from bulkhead.runners.qemu import QemuProcess


def storm(session: Session, lines: Sequence[int], changes: int) -> int:
    """Each change raises or lowers one of the lines (INTIDs), in turn; at the end all are low.

    Returns changes a second. Raises UserError on a target whose lines cannot be moved, LabError.
    """
    if not isinstance(session.running, QemuProcess):
        raise UserError(f"the interrupt lines of target '{session.target.name}' cannot be moved from outside")
    controller = session.running.interrupt_lines()
    began = time.monotonic()
    for change in range(changes):
        high = not (change // len(lines)) % 2
        controller.set_level(lines[change % len(lines)], high)
    seconds = time.monotonic() - began
    for line in lines:
        controller.set_level(line, False)
    return int(changes / max(seconds, 1e-6))
