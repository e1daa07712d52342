# SPDX-License-Identifier: Apache-2.0
"""Files that `./bulkhead fetch` put into the cache folder: how a configuration names them, and whether
they are still what was fetched."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from bulkhead.diag.paths import cache_folder

PREFIX = "fetched:"
MANIFEST = "fetched.json"  # beside the files: where each came from, and its digest
NAMES = ("linux", "u-boot")  # what there is to fetch
_NAME = re.compile(rf"{PREFIX}([a-z0-9-]+)/([A-Za-z0-9][A-Za-z0-9._-]*)")


def fetched_folder(name: str) -> Path:
    return cache_folder() / "fetched" / name


def split_name(text: str) -> tuple[str, str] | None:
    """`fetched:linux/Image` -> ("linux", "Image"); None for what has another form."""
    match = _NAME.fullmatch(text)
    return (match[1], match[2]) if match else None


def is_intact(file: Path, data: bytes) -> bool:
    """Whether these bytes of a fetched file are those of its manifest."""
    try:
        manifest = json.loads((file.parent / MANIFEST).read_text(encoding="utf-8"))
        return bool(manifest["files"][file.name] == hashlib.sha256(data).hexdigest())
    except (OSError, ValueError, KeyError, TypeError):
        return False
