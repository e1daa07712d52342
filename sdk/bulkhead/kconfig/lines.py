# SPDX-License-Identifier: Apache-2.0
"""The lines of a `.config` or defconfig, read beside kconfiglib, which keeps none of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from bulkhead.diag import Diagnostic, Span, UserError, error
from bulkhead.diag.paths import shown

_SET = re.compile(r"CONFIG_([A-Za-z0-9_]+)=(.*)")
_UNSET = re.compile(r"# CONFIG_([A-Za-z0-9_]+) is not set")
_STRING = re.compile(r'"((?:[^\\"]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Assignment:
    """One line. `value` is without quotes; "n" for `# CONFIG_X is not set`."""

    name: str
    value: str
    where: Span
    quoted: bool = False
    unset: bool = False


@dataclass(frozen=True, slots=True)
class ConfigLines:
    path: Path
    assignments: tuple[Assignment, ...]
    diags: tuple[Diagnostic, ...]
    _last: dict[str, Assignment] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_last", {a.name: a for a in self.assignments})

    def last(self, name: str) -> Assignment | None:
        """The assignment that counts."""
        return self._last.get(name)


def read_lines(path: Path) -> ConfigLines:
    """Raises UserError(BH-KCFG-007) where the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8 text"
        help = "Start one with `./bulkhead defconfig BOARD/SYSTEM`; `./bulkhead list` names them."
        finding = error("BH-KCFG-007", f"no configuration here: {reason}", Span(shown(path)), help=help)
        raise UserError([finding]) from problem
    return parse_lines(text, path)


def parse_lines(text: str, path: Path) -> ConfigLines:
    assignments: list[Assignment] = []
    diags: list[Diagnostic] = []
    file = shown(path)  # of 6000 lines, where 128 partitions are described
    for number, line in enumerate(text.splitlines(), start=1):
        where = Span(file, number, _column(line))
        found = _parse(line.strip(), where)
        if isinstance(found, Assignment):
            assignments.append(found)
        elif found is not None:
            diags.append(found)
    return ConfigLines(path, tuple(assignments), tuple(diags))


def _column(line: str) -> int:
    """Of the value, which is what findings are about; of the text where there is no value."""
    found = _SET.match(line)
    return found.start(2) + 1 if found else len(line) - len(line.lstrip()) + 1


def _parse(line: str, where: Span) -> Assignment | Diagnostic | None:
    unset = _UNSET.fullmatch(line)
    if unset:
        return Assignment(unset[1], "n", where, unset=True)
    if not line or line.startswith("#"):
        return None
    found = _SET.fullmatch(line)
    if found is None:
        return error("BH-KCFG-001", f"'{line}' is not a configuration line", where, help=_suggest(line))
    name, value = found[1], found[2].strip()
    if not value.startswith('"'):
        return Assignment(name, value, where)
    string = _STRING.fullmatch(value)
    if string is None:
        return error(
            "BH-KCFG-001", f"the string of CONFIG_{name} does not end", where, help='Close it with ".'
        )
    return Assignment(name, re.sub(r"\\(.)", r"\1", string[1]), where, quoted=True)


def _suggest(line: str) -> str:
    spaced = re.fullmatch(r"(CONFIG_)?([A-Za-z0-9_]+)\s*[=:]\s*(.*)", line)
    if spaced:
        return f"Write CONFIG_{spaced[2]}={spaced[3]}"
    return "A line is CONFIG_NAME=value, `# CONFIG_NAME is not set`, or a comment."
