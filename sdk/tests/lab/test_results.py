# SPDX-License-Identifier: Apache-2.0
"""Results of all runners: selection, JUnit there and back, the closing line."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bulkhead.lab.cases import (
    FAIL,
    PASS,
    SKIP,
    CaseResult,
    closing_line,
    is_selected,
    read_junit,
    write_junit,
)

CASES = [
    CaseResult("hil.qemu.boot", "comes up", PASS, seconds=1.5),
    CaseResult("hil.qemu.boot", "says hello", FAIL, "heard \x1b[2K\x00 only"),
    CaseResult("hil.qemu.boot", "is there", FAIL, "BOOT: silent", stage="boot"),
    CaseResult("target.uart", "rx", SKIP, "no QEMU"),
]


def test_the_closing_line() -> None:
    assert closing_line(CASES) == "1 passed, 2 failed, 1 skipped"


def test_junit_tells_a_failed_target_from_a_failed_test(tmp_path: Path) -> None:
    path = tmp_path / "out" / "junit.xml"
    write_junit(CASES, path, {"build": "0123"})
    top = ElementTree.parse(path).getroot()
    assert top.tag == "testsuites"
    assert [top.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["4", "1", "1", "1"]
    assert top.find("testsuite/properties/property[@name='build']").get("value") == "0123"  # type: ignore[union-attr]
    read = read_junit(path)
    assert [(case.suite, case.name, case.status) for case in read] == [
        (case.suite, case.name, case.status) for case in CASES
    ]
    assert read[1].message == "heard \\x1b[2K\\x00 only"


@pytest.mark.parametrize(
    ("expression", "is_fitting"),
    [
        ("", True),
        ("uart", True),
        ("UART", True),
        ("hil", False),
        ("target and uart", True),
        ("target and not uart", False),
        ("hil or uart", True),
        ("not hil", True),
    ],
)
def test_selection(expression: str, is_fitting: bool) -> None:
    assert is_selected(expression, "target.uart") == is_fitting
