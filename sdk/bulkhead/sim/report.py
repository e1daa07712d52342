# SPDX-License-Identifier: Apache-2.0
"""The coverage of a simulation as one page that opens anywhere. Pure: values to text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape

from bulkhead.sim.coverage import FileCoverage, share

_STYLE = """body{font:15px sans-serif;margin:2em;max-width:75em}table{border-collapse:collapse}
td,th{padding:.2em .8em;border-bottom:1px solid #ccc;text-align:left}td.n{text-align:right}
.miss{color:#a00}details{margin:.3em 0}code{font-size:90%}"""


def coverage_page(bins: Mapping[str, int], files: Mapping[str, FileCoverage], title: str) -> str:
    """Functional bins by their subject, and lines and toggles by file; what was missed is listed."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>",
        "<h2>Functional coverage</h2>", *_functional(bins),
    ]  # fmt: skip
    if files:
        parts += ["<h2>Lines and toggles</h2>", *_files(files)]
    return "\n".join(parts) + "\n"


def _functional(bins: Mapping[str, int]) -> list[str]:
    groups: dict[str, list[tuple[str, int]]] = {}
    for name, count in bins.items():
        groups.setdefault(name.partition(":")[0], []).append((name, count))
    hit = sum(1 for count in bins.values() if count)
    rows = [f"<p>{100 * hit / max(1, len(bins)):.1f} % of {len(bins)} bins.</p>"]
    for group, entries in groups.items():
        reached = sum(1 for _, count in entries if count)
        rows.append(f"<details><summary>{escape(group)}: {reached} of {len(entries)}</summary><table>")
        for name, count in entries:
            style = "" if count else " class=miss"
            rows.append(f"<tr{style}><td>{escape(name)}<td class=n>{count or 'never'}")
        rows.append("</table></details>")
    return rows


def _waived(files: Mapping[str, FileCoverage]) -> list[str]:
    """What was not reached and is explained, by reason."""
    counts = Counter((file.name, why) for file in files.values() for why in file.waived.values())
    rows = ["<h3>Not reached, and why</h3><table><tr><th>file<th>points<th>why"] if counts else []
    for (name, why), count in counts.items():
        rows.append(f"<tr><td><code>{escape(name)}</code><td class=n>{count}<td>{escape(why)}")
    return [*rows, "</table>"] if counts else []


def _files(files: Mapping[str, FileCoverage]) -> list[str]:
    rows = ["<table><tr><th>file<th>lines<th>toggles<th>lines missed"]
    for name, file in files.items():
        missed = ", ".join(str(line) for line in dict.fromkeys(line for line, _ in file.missed("line")))
        rows.append(
            f"<tr><td><code>{escape(name)}</code><td class=n>{share(file.lines):.1f} %"
            f"<td class=n>{share(file.toggles):.1f} %<td class=miss>{missed}"
        )
    rows.append("</table>")
    rows += _waived(files)
    for name, file in files.items():
        if missing := file.missed("toggle"):
            rows.append(f"<details><summary>{escape(name)}: {len(missing)} toggles missed</summary><code>")
            rows.append("<br>".join(escape(f"{line}: {what}") for line, what in missing))
            rows.append("</code></details>")
    return rows
