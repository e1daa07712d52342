# SPDX-License-Identifier: Apache-2.0
"""Preprocessed devicetree text, and where each character of it stands in the user's own files."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.diag.paths import shown

_MARKER = re.compile(r'#(?:line)?[ \t]+(\d+)[ \t]+"((?:[^"\\\n]|\\.)*)"')
_BLANK = re.compile(r'(?:[ \t\r\n\f\v]+|//[^\n]*|/\*.*?\*/|^#(?:line)?[ \t]+\d+[ \t]+"[^\n]*)+', re.S | re.M)


class Source:
    """`text` grows where a file is included by /include/; an offset keeps its place until then."""

    def __init__(self, path: Path, text: str, include_dirs: Sequence[Path] = ()) -> None:
        self.text, self.name = text, shown(path)
        self.include_dirs = include_dirs
        self._open: list[tuple[str, int]] = [(self.name, 0)]  # file, how much text is left after it
        self._note_lines(0, self.name, 1)

    def span(self, offset: int) -> Span:
        i = bisect_right(self._starts, offset) - 1
        file, line = self._places[i]
        return Span(file, line, offset - self._starts[i] + 1)

    def skip(self, offset: int) -> int:
        """The first offset that is not white space, comment or line marker."""
        found = _BLANK.match(self.text, offset)
        return found.end() if found else offset

    def include(self, offset: int, name: str) -> Diagnostic | None:
        """Put the file `name` at `offset`, where its /include/ ends; a finding where that cannot be."""
        where = self.span(offset)
        left = len(self.text) - offset
        while len(self._open) > 1 and self._open[-1][1] > left:
            self._open.pop()
        path = next((p for p in self._candidates(where.file, name) if p.is_file()), None)
        if path is None:
            looked = ", ".join(sorted({shown(p.parent) for p in self._candidates(where.file, name)}))
            return error("BH-DTS-001", f"there is no file '{name}'", where, help=f"Looked in {looked}.")
        chain = [file for file, _ in self._open]
        if shown(path) in chain:
            return cycle([*chain[chain.index(shown(path)) :], shown(path)], where)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            return unreadable(path, problem)
        self._open.append((shown(path), left))
        back = f'\n# {where.line} "{where.file}"\n' + " " * (where.col - 1)
        self.text = f'{self.text[:offset]}\n# 1 "{shown(path)}"\n{text}{back}{self.text[offset:]}'
        self._note_lines(0, self.name, 1)
        return None

    def _candidates(self, file: str, name: str) -> list[Path]:
        return [folder / name for folder in (Path(file).parent, *self.include_dirs)]

    def _note_lines(self, offset: int, file: str, line: int) -> None:
        self._starts: list[int] = []
        self._places: list[tuple[str, int]] = []
        for text in self.text.split("\n"):
            self._starts.append(offset)
            self._places.append((file, line))
            offset += len(text) + 1
            marker = _MARKER.match(text) if text.startswith("#") else None
            if marker:
                file, line = marker[2], int(marker[1])
            else:
                line += 1


def cycle(chain: Sequence[str], where: Span) -> Diagnostic:
    return error("BH-DTS-001", f"this file includes itself: {' -> '.join(chain)}", where)


def unreadable(path: Path, problem: OSError | UnicodeDecodeError) -> Diagnostic:
    if isinstance(problem, OSError):
        return error("BH-DTS-001", f"cannot read this devicetree: {problem.strerror}", Span(shown(path)))
    before = problem.object[: problem.start]
    where = Span(shown(path), before.count(b"\n") + 1, problem.start - (before.rfind(b"\n") + 1) + 1)
    text = f"cannot read this devicetree: byte {problem.object[problem.start]:#04x} is not UTF-8 text"
    return error("BH-DTS-001", text, where, help="Save the file as UTF-8.")
