# SPDX-License-Identifier: Apache-2.0
"""Which tests a target can run: a tag `needs:ABILITY` on what cannot run everywhere.

Robot loads `Select` as its pre-run modifier: a test whose target lacks something is skipped with the
reason, and a suite of which nothing is left does not boot the target.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from robot.api import SuiteVisitor

from bulkhead.lab.image import Image
from bulkhead.lab.targets import Target

NEEDS = "needs:"
VIRT = "linux,dummy-virt"  # QEMU's machine whose interrupt lines can be moved from outside


def abilities(target: Target, image: Image) -> set[str]:
    """What the target, its board and the image on it can do, as words for `needs:`."""
    found = {target.kind, *target.capabilities}
    if target.kind == "qemu":
        found |= {"power", "reset", "physical-memory"}
        if VIRT in image.plan["board"].get("compatible", ()):
            found.add("interrupt-lines")
        if target.exact_time:
            found.add("exact-time")
    elif target.kind == "lab" or target.power.cycle or (target.power.on and target.power.off):
        found |= {"power", "reset"}
    features = image.plan.get("features", {})
    found |= {name.replace("_", "-") for name, value in features.items() if value is True}
    if features.get("trace_records"):
        found.add("trace")
    found |= {f"partition={name}" for name in image.partitions}
    return found


class Select(SuiteVisitor):  # type: ignore[misc]  # Robot publishes no types for it
    """`abilities`: one argument each."""

    def __init__(self, *abilities: str) -> None:
        self._abilities = set(abilities)

    def start_suite(self, suite: Any) -> None:
        left = 0
        for test in suite.tests:
            missing = sorted(tag.removeprefix(NEEDS) for tag in test.tags if tag.startswith(NEEDS))
            missing = [name for name in missing if name not in self._abilities]
            if not missing:
                left += 1
                continue
            test.setup = test.teardown = test.template = None
            test.body.clear()
            test.body.create_keyword(
                name="Skip", args=[f"the target or the system has no {', '.join(missing)}"]
            )
        if suite.tests and not left:
            suite.setup = suite.teardown = None


class Only(SuiteVisitor):  # type: ignore[misc]  # Robot publishes no types for it
    """Leaves the tests named `suite.Name Of The Test`, and no suite without one."""

    def __init__(self, *names: str) -> None:
        self._names = {name for name in names if name}

    def start_suite(self, suite: Any) -> None:
        stem = Path(suite.source).stem if suite.source else ""
        suite.tests = [test for test in suite.tests if f"{stem}.{test.name}" in self._names]

    def end_suite(self, suite: Any) -> None:
        suite.suites = [child for child in suite.suites if child.test_count]
