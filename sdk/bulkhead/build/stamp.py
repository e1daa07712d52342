# SPDX-License-Identifier: Apache-2.0
"""What the last build was made from: when nothing of it changed there is nothing to do.

`stamp.json` is written last and set aside first, so that an interrupted build never looks
done. Files are compared by size, change and modification time, not by reading them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulkhead.diag.paths import write_atomically

Facts = dict[str, list[int]]  # path -> size, modification time, change time; [] when it is not there

_FORMAT = 1
_SKIPPED = {"__pycache__"}
_COMPILED = (".c", ".S", ".h", ".def", ".ld")  # what ninja looks at


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """`files` are single files and `folders` whole ones; `result` is what the build returned."""

    files: list[str]
    folders: list[str]
    inputs: Facts
    outputs: Facts
    result: Mapping[str, Any]
    epoch: str = ""  # SOURCE_DATE_EPOCH of that build

    def is_current(self) -> bool:
        return gather(self.files, self.folders) == self.inputs and gather(self.outputs, []) == self.outputs


def gather(files: Iterable[str], folders: Iterable[str]) -> Facts:
    """The facts of the files, and of all files below the folders."""
    found: Facts = {}
    for name in files:
        try:
            found[name] = _facts(Path(name).stat())
        except OSError:
            found[name] = []
    for folder in folders:
        for entry in _walk(folder):
            found[entry.path] = _facts(entry.stat())
    return found


def read_stamp(build_dir: Path) -> Stamp | None:
    return _read(build_dir / "stamp.json")


def begin(build_dir: Path, now: Facts) -> None:
    """Set the stamp aside before the first output changes. ninja looks at modification times
    alone; where one went back, everything it made is thrown away."""
    stamp, aside = build_dir / "stamp.json", build_dir / "stamp.old.json"
    if stamp.exists():
        stamp.replace(aside)
    last = _read(aside)
    if last is None or _went_back(last.inputs, now):
        for made in ("obj", "link", "guests"):
            shutil.rmtree(build_dir / made, ignore_errors=True)


def write_stamp(build_dir: Path, stamp: Stamp, began_ns: int) -> None:
    """An input that changed since the build began may have been read too early: it is recorded
    as unknown, so that the next build looks again."""
    inputs = {
        name: [] if facts and max(facts[1:]) >= began_ns else facts for name, facts in stamp.inputs.items()
    }
    data = {
        "format": _FORMAT,
        "files": stamp.files,
        "folders": stamp.folders,
        "inputs": inputs,
        "outputs": stamp.outputs,
        "result": stamp.result,
        "epoch": stamp.epoch,
    }
    write_atomically(build_dir / "stamp.json", json.dumps(data))


def _went_back(last: Facts, now: Facts) -> bool:
    """Whether a file differs from last time without being newer than all of that time."""
    newest = max((facts[1] for facts in last.values() if facts), default=0)
    return any(
        facts != last.get(name) and facts and facts[1] <= newest
        for name, facts in now.items()
        if name.endswith(_COMPILED)
    )


def _read(path: Path) -> Stamp | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("format") != _FORMAT:
            return None
        return Stamp(**data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _facts(status: os.stat_result) -> list[int]:
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _walk(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name in _SKIPPED or entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry.path)
        elif entry.is_file():
            yield entry
