# SPDX-License-Identifier: Apache-2.0
"""The result of one test, whichever runner ran it, and JUnit made from many of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bulkhead.lab.transcript import printable

PASS, FAIL, SKIP = "PASS", "FAIL", "SKIP"
TEST = "test"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One test's end. `stage` is where a failure belongs: "test", or build, flash, boot, lab."""

    suite: str
    name: str
    status: str
    message: str = ""
    seconds: float = 0.0
    stage: str = TEST
    target: str = ""  # where it ran, of a Robot suite
    tags: tuple[str, ...] = ()


def count(cases: Iterable[CaseResult], status: str) -> int:
    return sum(case.status == status for case in cases)


def closing_line(cases: Iterable[CaseResult]) -> str:
    """`N passed, N failed, N skipped`."""
    cases = list(cases)
    return f"{count(cases, PASS)} passed, {count(cases, FAIL)} failed, {count(cases, SKIP)} skipped"


def is_selected(expression: str, name: str) -> bool:
    """pytest's -k for the other runners: words joined by `and`, `or` and `not`, found in the name."""
    if not expression:
        return True
    return any(
        all(_holds(term, name) for term in re.split(r"\s+and\s+", part))
        for part in re.split(r"\s+or\s+", expression)
    )


def _holds(term: str, name: str) -> bool:
    word = term.strip()
    negated = word.startswith("not ")
    return (word.removeprefix("not ").strip().lower() in name.lower()) != negated


def write_junit(cases: Iterable[CaseResult], path: Path, properties: dict[str, str] | None = None) -> None:
    """One <testsuites>; an <error> where the target or the build, not the test, failed."""
    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

    xml = JUnitXml("bulkhead")
    suites: dict[str, TestSuite] = {}
    for case in cases:
        if case.suite not in suites:
            suites[case.suite] = TestSuite(case.suite)
            for name, value in (properties or {}).items():
                suites[case.suite].add_property(name, value)
        test = TestCase(case.name, classname=case.suite, time=round(case.seconds, 3))
        message = printable(case.message)
        if case.status == SKIP:
            test.result = [Skipped(message)]
        elif case.status == FAIL:
            test.result = [(Failure if case.stage == TEST else Error)(message, case.stage)]
        suites[case.suite].add_testcase(test)
    for suite in suites.values():
        xml.add_testsuite(suite)
    xml.update_statistics()  # type: ignore[no-untyped-call]
    path.parent.mkdir(parents=True, exist_ok=True)
    xml.write(str(path))


def read_junit(path: Path) -> list[CaseResult]:
    """What pytest wrote."""
    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

    xml = JUnitXml.fromfile(str(path))
    suites: Iterable[TestSuite] = [xml] if isinstance(xml, TestSuite) else xml
    found: list[CaseResult] = []
    for suite in suites:
        case: TestCase
        for case in suite:
            status, message = PASS, ""
            for result in case.result:
                if isinstance(result, Failure | Error):
                    status, message = FAIL, f"{result.message or ''}\n{result.text or ''}".strip()
                elif isinstance(result, Skipped) and status == PASS:
                    status, message = SKIP, result.message or ""
            found.append(
                CaseResult(case.classname or suite.name, case.name, status, message, float(case.time or 0))
            )
    return found
