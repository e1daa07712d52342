# SPDX-License-Identifier: Apache-2.0
"""Python environments of their own, for what would not fit the SDK's: made when first needed.

`lab` has labgrid, whose fork of pyserial would replace ours; `browser` has selenium and `ci` the schemas of
pipelines, which only tests need. Each is made from requirements-NAME.lock into .bulkhead/env/NAME. Its
stamp is written last, so that an interrupted set-up is done again; two at once wait for each other.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

from bulkhead.diag.errors import ToolMissing

SECONDS = 900.0


def python_of(root: Path, name: str) -> Path:
    """The Python of the environment, made first if it is not there. Raises ToolMissing."""
    lock, folder = root / f"requirements-{name}.lock", root / ".bulkhead" / "env" / name
    python, stamp = folder / "bin" / "python", folder / "made-from.lock"
    if _is_ready(lock, stamp, python):
        return python
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{name}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not _is_ready(lock, stamp, python):
            _make(lock, folder, name)
            stamp.write_bytes(lock.read_bytes())
    return python


def _is_ready(lock: Path, stamp: Path, python: Path) -> bool:
    return python.exists() and stamp.is_file() and stamp.read_bytes() == lock.read_bytes()


def _make(lock: Path, folder: Path, name: str) -> None:
    print(f"bulkhead: setting up {folder} from {lock.name}, once ...", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(lock)]
    for command in ([sys.executable, "-m", "venv", str(folder)], [*pip, *options]):
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise ToolMissing(name, f"its environment could not be set up: {problem}") from problem
        if done.returncode:
            raise ToolMissing(name, f"its environment could not be set up: {done.stderr.strip()[-1500:]}")
