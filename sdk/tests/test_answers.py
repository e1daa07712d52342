# SPDX-License-Identifier: Apache-2.0
"""Which complaints about other SDKs are answered: the comments `answers PROJECT#ISSUE` are counted.

A comment stands at the test that shows the answer; in test_cases.py and test_dts_cases.py at the
bad configuration or devicetree whose message it is.
"""

from __future__ import annotations

import re
from pathlib import Path

from test_cases import ANSWERS
from test_dts_cases import ANSWERED

HERE = Path(__file__).parent
_COMMENT = re.compile(r"(?:#|//) answers (.*)")
_THREAD = re.compile(r"(?:(?P<project>[\w./-]+)(?: PR)?)?#(?P<number>\d+)")


def threads(comment: str) -> set[str]:
    """`bao-hypervisor PR#75, zephyr#1 and #2` -> three; a number alone is of the project before it."""
    found, project = set(), ""
    for match in _THREAD.finditer(comment):
        project = match["project"] or project
        found.add(f"{project.rpartition('/')[2]}#{match['number']}")
    return found


def test_threads() -> None:
    assert threads("a/b-c PR#75, zephyr#1 and #2: words") == {"b-c#75", "zephyr#1", "zephyr#2"}


def test_how_many_are_answered() -> None:
    """By forty messages and tests; most of the forty bad inputs that the messages are about are theirs."""
    golden = {t for name in (*ANSWERS, *ANSWERED) for t in threads(name)}
    tests = {
        t
        for path in HERE.rglob("*.py")
        if path != Path(__file__)
        for found in _COMMENT.finditer(path.read_text(encoding="utf-8"))
        for t in threads(found[1])
    }
    assert len(golden) > 20
    assert len(golden | tests) >= 40
