# SPDX-License-Identifier: Apache-2.0
"""Deletes what a build made, by name: a build folder may hold what is not ours."""

from __future__ import annotations

import shutil
from pathlib import Path

from bulkhead.build.lock import build_lock
from bulkhead.build.result import ELF, IMAGE, MAP, PLAN, SBOM

_MADE = (
    "stamp.json",  # first: from here on nothing looks finished
    "stamp.old.json",
    ELF,
    IMAGE,
    PLAN,
    MAP,
    SBOM,
    "bulkhead.itb",  # of `fit`
    "build.ninja",
    ".ninja_log",
    ".ninja_deps",
    "dtb",
    "gen",
    "guests",
    "link",
    "obj",
)


def clean(build_dir: Path) -> int:
    """How many entries of the folder were deleted; waits for a build that is running."""
    if not build_dir.is_dir():
        return 0
    removed = 0
    with build_lock(build_dir):
        for name in _MADE:
            entry = build_dir / name
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.exists():
                entry.unlink()
            else:
                continue
            removed += 1
    return removed
