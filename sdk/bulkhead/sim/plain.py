# SPDX-License-Identifier: Apache-2.0
"""Places without spaces in their names: make takes names apart at spaces, and Verilator writes makefiles."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from bulkhead.diag.paths import cache_folder


def plain(place: Path) -> Path:
    """The folder `place` itself, or a link to it whose name has no space. It is made if it is not there."""
    place = place.absolute()
    if not _has_space(place):
        return place
    place.mkdir(parents=True, exist_ok=True)
    link = _elsewhere() / _short(place)
    with contextlib.suppress(FileExistsError):
        link.symlink_to(place)
    return link


def build_folder(root: Path) -> Path:
    """Where simulators are built: in the checkout, or, since make looks behind links, in the cache folder."""
    real = root.resolve()
    return _elsewhere() / f"{_short(real)}-sim" if _has_space(real) else real / ".bulkhead" / "sim"


def _elsewhere() -> Path:
    folder = cache_folder() / "plain"
    if _has_space(folder):
        folder = Path(tempfile.gettempdir()) / f"bulkhead-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _short(place: Path) -> str:
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:16]


def _has_space(place: Path) -> bool:
    return any(letter.isspace() for letter in str(place))
