# SPDX-License-Identifier: Apache-2.0
"""How a file is called in messages, and how it is written without half-written leftovers."""

from __future__ import annotations

import os
import shlex
import tempfile
from pathlib import Path


def shown(path: Path | str) -> str:
    """`path` as the user would type it: relative to the working folder unless that climbs out of it."""
    absolute, here = _absolute(path), Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)


def stable(file: str, root: Path, build_dir: Path) -> str:
    """The name a `Span.file` gets in outputs that must not depend on the machine.

    Relative to the build folder or the checkout where it lies in one, else the last two parts.
    """
    absolute = _absolute(file)
    for base in (build_dir, root):
        if absolute.is_relative_to(base):
            return absolute.relative_to(base).as_posix()
    return "/".join(absolute.parts[-2:])


def _absolute(path: Path | str) -> Path:
    """Without `..`, and with symbolic links as the user named them."""
    return Path(os.path.normpath(Path(path).absolute()))


def write_atomically(path: Path, data: str | bytes) -> None:
    """Replace `path` in one step: whoever reads it sees the old content or the new one."""
    raw = data.encode("utf-8") if isinstance(data, str) else data
    path.parent.mkdir(parents=True, exist_ok=True)
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except BaseException as problem:
        Path(temporary).unlink()
        if isinstance(problem, OSError) and problem.filename is None:
            problem.filename = str(path)  # a full disk: which file is what the user wants to know
        raise


def to_type(build_dir: Path, words: str) -> str:
    """A command line for the user to type: with `-d`, where they would need it again."""
    default = Path(os.environ.get("BULKHEAD_BUILD_DIR") or Path(__file__).resolve().parents[3] / "build")
    option = "" if build_dir == default.absolute() else f" -d {shlex.quote(shown(build_dir))}"
    return f"./bulkhead{option} {words}"


def cache_folder() -> Path:
    """Bulkhead's own cache folder; nothing is written to any other cache."""
    if chosen := os.environ.get("BULKHEAD_CACHE"):
        return Path(chosen).absolute()
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "bulkhead"
