# SPDX-License-Identifier: Apache-2.0
"""Generated files, written only when they differ, so that nothing is made again from them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bulkhead.diag.paths import write_atomically


def write_if_changed(path: Path, data: str | bytes) -> bool:
    """Whether the file had to be written. A reader never sees half of it."""
    raw = data.encode("utf-8") if isinstance(data, str) else data
    try:
        if path.read_bytes() == raw:
            return False
    except OSError:
        pass
    write_atomically(path, raw)
    return True


def keep_only(folder: Path, names: Iterable[str]) -> None:
    """Delete what an earlier plan left in a folder that is ours alone."""
    wanted = set(names)
    if folder.is_dir():
        for entry in folder.iterdir():
            if entry.name not in wanted:
                entry.unlink()
