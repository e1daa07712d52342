# SPDX-License-Identifier: Apache-2.0
"""Robot suites: found by name, run in a process, and failures put where they belong."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bulkhead.diag import LabError, UserError
from bulkhead.lab.image import Image
from bulkhead.lab.suites import RunResult, find_suites, run_suites
from bulkhead.lab.targets import Target, find_target
from bulkhead.runners import hosttools

needs_qemu = pytest.mark.skipif(not hosttools.find("qemu-system-aarch64"), reason="QEMU is not installed")

MIXED = """\
*** Settings ***
Library             BulkheadTarget


*** Test Cases ***
Good
    No Operation

Bad
    Fail    the board said \\x1b no

Left Out
    Skip    because
"""
DEAD = """\
*** Settings ***
Library             BulkheadTarget
Suite Setup         Boot Target


*** Test Cases ***
Never Judged
    No Operation
"""


@pytest.fixture
def build(tmp_path: Path, speaker: Image) -> Path:
    folder = tmp_path / "a build"
    folder.mkdir()
    (folder / "bulkhead.img").write_bytes(speaker.path.read_bytes())
    (folder / "plan.json").write_text(
        json.dumps({"build_id": speaker.build_id, "system": "x", **speaker.plan})
    )
    return folder


SKIPPED = """\
*** Settings ***
Library             BulkheadTarget
Suite Setup         Require Partitions    nobody


*** Test Cases ***
One
    No Operation

Two
    No Operation
"""


def run(
    root: Path, build: Path, text: str, target: Target | None = None, targets: Path | None = None
) -> RunResult:
    suite = build / "mine.robot"
    suite.write_text(text)
    chosen = target or find_target(root, "qemu", targets)
    return run_suites(root, build, [chosen], targets, [suite], build / "out", quiet=True)


def test_results_are_read_back(root: Path, build: Path) -> None:
    result = run(root, build, MIXED)
    assert [(case.name, case.status) for case in result.cases] == [
        ("Good", "PASS"), ("Bad", "FAIL"), ("Left Out", "SKIP"),
    ]  # fmt: skip
    assert result.exit_code == 1
    assert all((build / "out" / name).is_file() for name in ("log.html", "report.html", "output.xml"))


def test_a_suite_that_never_began_is_one_line(root: Path, build: Path) -> None:
    run(root, build, SKIPPED)
    assert (build / "out" / "robot.txt").read_text() == (
        "mine: 2 skipped: the system 'x' has no partition nobody\n"
    )
    run(root, build, MIXED)
    assert "| FAIL |\n    the board said \\x1b no\n" in (build / "out" / "robot.txt").read_text()


def test_a_dead_board_is_no_failed_test(root: Path, build: Path) -> None:
    targets = build / "targets.yaml"
    targets.write_text(
        "version: 1\ntargets:\n  dead:\n    kind: serial\n    board: qemu_virt\n"
        "    console: {url: 'socket://127.0.0.1:9'}\n"
    )
    result = run(root, build, DEAD, find_target(root, "dead", targets), targets)
    assert [(case.status, case.stage) for case in result.cases] == [("FAIL", "flash")]
    assert result.exit_code == 4


@needs_qemu
def test_a_real_boot_from_a_suite(root: Path, build: Path) -> None:
    result = run(root, build, DEAD.replace("No Operation", "Ask Identity\n    Type Keys    hey\\n"))
    assert [(case.status, case.message) for case in result.cases] == [("PASS", "")]
    assert list((build / "out" / "consoles").glob("mine-1/console.txt"))


GO_OFF = "Type Keys    q\n    Wait For Line    hv    off$\n    Sleep    1s\n    Reset Target"
ENDS = DEAD.replace("No Operation", GO_OFF)
MAY_END = ENDS.replace("Boot Target", "Boot Target    may_end=yes")


@needs_qemu
@pytest.mark.parametrize(
    ("text", "power_off", "status", "stage", "message"),
    [
        (ENDS, True, "FAIL", "test", "every partition of 'x' has switched itself off"),
        (MAY_END, True, "SKIP", "test", "switched itself off"),
        (ENDS, False, "FAIL", "lab", "LAB: QEMU"),
    ],
)
def test_a_board_that_went_off(
    root: Path, build: Path, text: str, power_off: bool, status: str, stage: str, message: str
) -> None:
    """Of itself it is the system's doing, and some suites allow it; else it is the lab's failure."""
    plan = json.loads((build / "plan.json").read_text())
    plan["features"] = {"power_off_when_idle": power_off}
    (build / "plan.json").write_text(json.dumps(plan))
    (case,) = run(root, build, text).cases
    assert (case.status, case.stage) == (status, stage), case.message
    assert message in case.message


def test_a_suite_robot_cannot_read_is_the_labs_failure(root: Path, build: Path) -> None:
    with pytest.raises(LabError, match="LAB: Robot Framework itself failed"):
        run(root, build, "*** Nothing ***\n")


def test_suites_are_found_by_name(root: Path, tmp_path: Path) -> None:
    assert [path.stem for path in find_suites(root, ("boot",), None)] == ["boot"]
    own = tmp_path / "suites"
    own.mkdir()
    (own / "mine.robot").write_text("")
    assert find_suites(root, (), own)[0] == own / "mine.robot"
    with pytest.raises(UserError, match=r"there is no suite 'boots'; there are: boot, .*mine"):
        find_suites(root, ("boots",), own)


@needs_qemu
def test_ctrl_c_ends_robot_and_its_target(root: Path, build: Path) -> None:
    """Robot lets its target go and says so in its results; nothing is left."""
    (build / "mine.robot").write_text(DEAD.replace("No Operation", "Wait For Line    hv    never    60s"))
    call = (
        "import sys; from pathlib import Path\n"
        "from bulkhead.lab.suites import run_suites\nfrom bulkhead.lab.targets import find_target\n"
        "root, build = map(Path, sys.argv[1:])\n"
        "run_suites(root, build, [find_target(root, 'qemu')], None, [build / 'mine.robot'], build / 'out')\n"
    )
    ours = subprocess.Popen(
        [sys.executable, "-c", call, str(root), str(build)], start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(root / "sdk")}, stderr=subprocess.PIPE,
    )  # fmt: skip
    console = build / "out" / "consoles" / "mine-1" / "console.raw"
    wait_until(lambda: console.is_file() and b"boot build" in console.read_bytes())
    assert processes_with(str(build)) != {ours.pid}
    os.killpg(ours.pid, signal.SIGINT)
    _, said = ours.communicate(timeout=30)
    assert b"KeyboardInterrupt" in said
    wait_until(lambda: not processes_with(str(build)))
    assert (build / "out" / "output.xml").is_file()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def processes_with(word: str) -> set[int]:
    """Whose command lines have it."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word.encode() in path.read_bytes():
                found.add(int(path.parent.name))
    return found
