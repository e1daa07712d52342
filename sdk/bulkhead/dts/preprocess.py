# SPDX-License-Identifier: Apache-2.0
"""The C preprocessor in front of the devicetree reader, as the kernel's build has it.

A file without a directive is taken as it is: a compiler's start would be most of `check`'s time.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bulkhead.diag import Span, ToolMissing, UserError, error
from bulkhead.diag.diagnostic import Diagnostic
from bulkhead.diag.paths import shown
from bulkhead.dts.source import cycle, unreadable

_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(include|define|undef|if|ifdef|ifndef|elif|else|endif|error)\b", re.M)
_CLANG_ERROR = re.compile(
    r"^(?P<file>[^:\n]+):(?P<line>\d+):(?P<col>\d+): (?:fatal )?error: (?P<text>.*)$", re.M
)
_MISSING = re.compile(r"'(.*)' file not found")
_CAME_FROM = re.compile(r"(?:In file included|                ) from ([^:\n]+):\d+[:,]")
_TIME_LIMIT_S = 60


def preprocess(path: Path, include_dirs: Sequence[Path] = ()) -> str:
    """The text of `path` with its directives carried out and line markers kept."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError([unreadable(path, problem)]) from problem
    return _run(path, include_dirs) if _DIRECTIVE.search(text) else text


def command(clang: Sequence[str], path: Path, include_dirs: Sequence[Path]) -> list[str]:
    """The preprocessor's command line: pure, so that a test can compare it."""
    options = ["-E", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp"]
    return [*clang, *options, *(f"-I{d}" for d in include_dirs), shown(path)]


def _run(path: Path, include_dirs: Sequence[Path]) -> str:
    done = subprocess.run(
        command(_clang(), path, include_dirs),
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT_S,
        check=False,
    )
    if done.returncode != 0:
        raise UserError(_errors(done.stderr, path))
    return done.stdout


def _clang() -> list[str]:
    spec = importlib.util.find_spec("ziglang")
    if spec is None or not spec.submodule_search_locations:
        raise ToolMissing("the pinned clang (Python package ziglang)", "run ./bulkhead doctor")
    return [str(Path(spec.submodule_search_locations[0]) / "zig"), "clang"]


def _errors(output: str, path: Path) -> list[Diagnostic]:
    found = []
    for m in _CLANG_ERROR.finditer(output):
        where = Span(m["file"], int(m["line"]), int(m["col"]))
        missing = _MISSING.fullmatch(m["text"])
        if missing:
            help = "Folders are searched in this order: the file's own, `include:` of board.yaml, dts/."
            found.append(error("BH-DTS-001", f"there is no file '{missing[1]}'", where, help=help))
        elif m["text"].startswith("#include nested too deeply"):
            found.append(_cycle(output, where))
        elif "comment" in m["text"]:
            found.append(error("BH-DTS-002", "this comment is not closed: its */ is missing", where))
        else:
            found.append(error("BH-DTS-002", m["text"], where))
    return found or [error("BH-DTS-002", output.strip() or "the preprocessor failed", Span(shown(path)))]


def _cycle(output: str, where: Span) -> Diagnostic:
    """The circle, from the list of files that clang came through."""
    files = [where.file]
    for file in reversed(_CAME_FROM.findall(output)):
        files.insert(0, file)
        if file == where.file:
            return cycle(files, where)
    return cycle([where.file, where.file], where)
