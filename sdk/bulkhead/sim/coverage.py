# SPDX-License-Identifier: Apache-2.0
"""Line and toggle coverage out of Verilator's coverage.dat. Pure: text to counts.

A line of the file is `C '<key><value>...' count`, where \\x01 begins a key and \\x02 its value: f file,
l line, page v_line/MODULE or v_toggle/MODULE, o what it is about, h the instance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_POINT = re.compile(r"C '(.*)' (\d+)\Z")


@dataclass(slots=True)
class FileCoverage:
    """Points of one source file: (line, what) -> whether any instance reached it."""

    name: str
    lines: dict[tuple[int, str], bool] = field(default_factory=dict)
    toggles: dict[tuple[int, str], bool] = field(default_factory=dict)
    waived: dict[tuple[int, str], str] = field(default_factory=dict)  # not reached -> why that is meant so

    def missed(self, kind: str) -> list[tuple[int, str]]:
        """What was not reached, and nothing explains it."""
        points = self.lines if kind == "line" else self.toggles
        return sorted(point for point, hit in points.items() if not hit and point not in self.waived)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Points that cannot be reached, or need not be: a regular expression of what they are about, in a file
    (or in all: "*"), with one top level or both."""

    file: str
    what: str
    why: str
    top: str = ""

    def fits(self, top: str, file: str, what: str) -> bool:
        return (
            self.top in ("", top)
            and self.file in ("*", file)
            and re.fullmatch(self.what, what.partition(":")[0]) is not None
        )


def waive(files: Mapping[str, FileCoverage], waivers: Sequence[Waiver], top: str) -> None:
    """Notes of each point that was not reached the first waiver that fits."""
    for file in files.values():
        for point in (*file.missed("line"), *file.missed("toggle")):
            why = next((w.why for w in waivers if w.fits(top, file.name, point[1])), None)
            if why is not None:
                file.waived[point] = why


def share(points: dict[tuple[int, str], bool]) -> float:
    """Per cent that was reached; 100 of nothing."""
    return 100 * sum(points.values()) / len(points) if points else 100.0


def read_coverage(text: str) -> dict[str, FileCoverage]:
    """File name -> its points, instances taken together; the bench and generated packages left out."""
    found: dict[str, FileCoverage] = {}
    for keys, count in _points(text):
        name = keys.get("f", "").rpartition("/")[2]
        if (
            name.startswith("tb_")
            or name in ("gic_regs_pkg.sv", "gic_extra_pkg.sv")
            or not name.endswith(".sv")
        ):
            continue
        file = found.setdefault(name, FileCoverage(name))
        page = keys.get("page", "")
        points = file.toggles if page.startswith("v_toggle") else file.lines
        point = int(keys.get("l", "0")), keys.get("o", "")
        points[point] = points.get(point, False) or count > 0
    return dict(sorted(found.items()))


def _points(text: str) -> Iterator[tuple[dict[str, str], int]]:
    for line in text.splitlines():
        if match := _POINT.match(line):
            parts = (part.partition("\x02") for part in match[1].split("\x01") if part)
            yield {key: value for key, _, value in parts}, int(match[2])
