# SPDX-License-Identifier: Apache-2.0
"""Which serial line, where none was named: never a guess."""

from __future__ import annotations

from pathlib import Path

from bulkhead.diag import LabError
from bulkhead.lab import detached

BY_ID = Path("/dev/serial/by-id")


def choose_port(build_dir: Path, by_id: Path = BY_ID) -> str:
    """What `run --detach` left running from this build folder, else the only adapter there is.

    Raises LabError with the candidates.
    """
    running = detached.recall(build_dir)
    if running is not None:
        return running.console_url
    found = sorted(map(str, by_id.glob("*"))) if by_id.is_dir() else []
    if len(found) == 1:
        return found[0]
    if not found:
        raise LabError(f"BH-FLASH-009: no serial adapter is in {by_id}; name the board's line with --port")
    choices = "\n".join(f"  --port {port}" for port in found)
    raise LabError(f"BH-FLASH-009: {len(found)} serial adapters are here; choose one:\n{choices}")
