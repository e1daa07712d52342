# SPDX-License-Identifier: Apache-2.0
"""Every promise has a test, every tag is a promise: docs/requirements.md and the suites agree."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from robot.api import TestSuite as RobotSuite

LENGTHS = {"length:short", "length:long"}


def tags_by_suite(root: Path) -> dict[str, list[set[str]]]:
    """The tags of each test, by suite."""
    found: dict[str, list[set[str]]] = {}
    for path in sorted((root / "hil-tests" / "suites").glob("*.robot")):
        suite = RobotSuite.from_file_system(path)
        found[path.stem] = [{str(tag) for tag in test.tags} for test in suite.tests]
    return found


def test_promises_and_tags_agree(root: Path) -> None:
    text = (root / "docs" / "requirements.md").read_text(encoding="utf-8")
    promised = {
        row[1]: set(row[2].split(", "))
        for line in text.splitlines()
        if (row := re.match(r"\| ([A-Z][A-Z0-9-]+) \|.*\| ([\w, ]+) \|$", line))
    }
    tried = defaultdict(set)
    for suite, tests in tags_by_suite(root).items():
        for tags in tests:
            for tag in tags:
                if tag.startswith("req:"):
                    tried[tag.removeprefix("req:")].add(suite)
    assert promised
    assert promised == dict(tried)


def test_every_test_says_what_for_and_how_long(root: Path) -> None:
    for suite, tests in tags_by_suite(root).items():
        assert tests, suite
        for tags in tests:
            assert len(tags & LENGTHS) == 1, suite
            assert any(tag.startswith("req:") for tag in tags), suite
