# SPDX-License-Identifier: Apache-2.0
"""The cache folder's part for what was fetched: whole sets of files, exchanged in one step.

fetched/linux        a link to the set in use
fetched/linux-DIGEST files of a set and its manifest
fetched/.work-*      a fetch in progress, or one that was killed: the next one deletes it
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bulkhead.build.lock import acquire
from bulkhead.elaborate.fetched import MANIFEST, fetched_folder, is_intact
from bulkhead.fetch.apt import Package

VERSION = 1
_WORK = ".work-"


@contextlib.contextmanager
def working_folder(name: str) -> Iterator[Path]:
    """A folder for one fetch of `name`, deleted at its end. Others wait for it meanwhile."""
    base = fetched_folder(name).parent
    base.mkdir(parents=True, exist_ok=True)
    with (base / ".lock").open("w") as lock:
        acquire(lock.fileno(), f"another fetch is running with the cache {base}")
        for left in base.glob(f"{_WORK}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_WORK, dir=base))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def manifest_of(name: str) -> dict[str, Any] | None:
    """The manifest of a set that is there and whole."""
    folder = fetched_folder(name)
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        whole = manifest["version"] == VERSION and all(
            is_intact(folder / file, (folder / file).read_bytes()) for file in manifest["files"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if whole else None


def keep(
    name: str,
    recipe: str,
    packages: Sequence[Package],
    files: Mapping[str, bytes],
    work: Path,
    folders: Mapping[str, Path] | None = None,
) -> None:
    """Make `files`, and `folders` as they are, the set in use, within `working_folder`.

    A reader sees the old set or the new one.
    """
    manifest = {
        "version": VERSION,
        "name": name,
        "recipe": recipe,
        "packages": [{"name": p.name, "version": p.version, "sha256": p.sha256} for p in packages],
        "files": {file: hashlib.sha256(data).hexdigest() for file, data in sorted(files.items())},
    }
    text = json.dumps(manifest, indent=2) + "\n"
    made = work / "set"
    made.mkdir()
    for file, data in (*files.items(), (MANIFEST, text.encode())):
        with (made / file).open("wb") as out:
            out.write(data)
            os.fsync(out.fileno())
    for folder, path in (folders or {}).items():
        path.rename(made / folder)
    link = fetched_folder(name)
    final = link.with_name(f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}")
    if final.exists():  # the same, damaged
        shutil.rmtree(final)
    made.rename(final)
    (work / "link").symlink_to(final.name)
    (work / "link").replace(link)
    for other in link.parent.glob(f"{name}-*"):
        if other != final:
            shutil.rmtree(other, ignore_errors=True)
