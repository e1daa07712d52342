# SPDX-License-Identifier: Apache-2.0
"""Tests that are known to be unreliable: listed with a reason, an owner and a day on which that ends.

A listed test still runs. While its entry lasts its failure does not fail the run, but is told every time;
from the day after, it fails as any other, and says that its entry has ended.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulkhead.diag import Diagnostic, Span, UserError, error
from bulkhead.diag.paths import shown
from bulkhead.lab.cases import FAIL, PASS, SKIP, TEST, CaseResult

SHIPPED = Path("hil-tests") / "quarantine.yaml"
NAME = "quarantine.yaml"  # beside a user's own suites
_PAST = {PASS: "passed", FAIL: "failed", SKIP: "skipped"}
FIELDS = ("test", "reason", "owner", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`test` is `suite.Name Of The Test`; `until` is its last day."""

    test: str
    reason: str
    owner: str
    until: datetime.date
    where: Span

    def describe(self) -> str:
        return f"{self.test}: {self.reason} ({self.owner}, until {self.until})"


def read_quarantine(paths: Iterable[Path]) -> list[Entry]:
    """The entries of the files that exist. Raises UserError(BH-LAB-006) with all mistakes."""
    entries: list[Entry] = []
    diags: list[Diagnostic] = []
    for path in paths:
        if path.is_file():
            _read(path, entries, diags)
    if diags:
        raise UserError(diags)
    return entries


def _read(path: Path, entries: list[Entry], diags: list[Diagnostic]) -> None:
    import yaml

    try:
        top = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        mark = getattr(problem, "problem_mark", None)
        where = Span(shown(path), mark.line + 1, mark.column + 1) if mark else Span(shown(path))
        diags.append(error("BH-LAB-006", str(getattr(problem, "problem", problem)), where))
        return
    if top is None:
        return
    if top.id != "sequence":
        diags.append(
            error("BH-LAB-006", "a list of entries is expected: `- test: ...`", Span(shown(path), 1, 1))
        )
        return
    for node in top.value:
        entry = _entry(path, node, diags)
        if entry:
            entries.append(entry)


def _entry(path: Path, node: Any, diags: list[Diagnostic]) -> Entry | None:
    where = Span(shown(path), node.start_mark.line + 1, node.start_mark.column + 1)
    fields = {str(k.value): str(v.value) for k, v in node.value} if node.id == "mapping" else {}
    missing = [name for name in FIELDS if not fields.get(name)]
    unknown = sorted(fields.keys() - set(FIELDS))
    if missing or unknown:
        text = (
            f"an entry needs {', '.join(missing)}"
            if missing
            else f"an entry has no field {', '.join(unknown)}"
        )
        diags.append(error("BH-LAB-006", text, where, help=f"Its fields are {', '.join(FIELDS)}."))
        return None
    try:
        until = datetime.date.fromisoformat(fields["until"])
    except ValueError:
        help = "Write the last day as 2027-01-31."
        diags.append(error("BH-LAB-006", f"'{fields['until']}' is not a day", where, help=help))
        return None
    return Entry(
        test=fields["test"], reason=fields["reason"], owner=fields["owner"], until=until, where=where
    )


def apply(
    entries: list[Entry], cases: Iterable[CaseResult], today: datetime.date
) -> tuple[list[CaseResult], list[str]]:
    """The results with listed failures taken out, and a sentence for each entry."""
    by_test = {entry.test: entry for entry in entries}
    out: list[CaseResult] = []
    said: dict[str, str] = {entry.test: "did not run" for entry in entries}
    for case in cases:
        entry = by_test.get(f"{case.suite}.{case.name}")
        if entry is None:
            out.append(case)
            continue
        failed = case.status == FAIL and case.stage == TEST
        said[entry.test] = _PAST[case.status]
        if failed and today <= entry.until:
            case = dataclasses.replace(
                case, status=SKIP, message=f"in quarantine: {entry.describe()}\n{case.message}"
            )
        elif failed:
            case = dataclasses.replace(case, message=f"its quarantine ended on {entry.until}\n{case.message}")
        out.append(case)
    return out, [f"quarantine: {by_test[test].describe()}: {what}" for test, what in said.items()]
