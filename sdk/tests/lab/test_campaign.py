# SPDX-License-Identifier: Apache-2.0
"""`hil` on several targets: in parallel, again, in another order, with a lab that fails and a quarantine."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from bulkhead.diag import LabError, Span, UserError
from bulkhead.lab.campaign import Campaign, Round, run_rounds
from bulkhead.lab.cases import FAIL, PASS, SKIP, CaseResult
from bulkhead.lab.image import Image
from bulkhead.lab.places import hold
from bulkhead.lab.quarantine import Entry, apply, read_quarantine
from bulkhead.lab.suites import Selection, exit_code
from bulkhead.lab.targets import read_targets
from bulkhead.runners import hosttools

needs_qemu = pytest.mark.skipif(not hosttools.find("qemu-system-aarch64"), reason="QEMU is not installed")

TARGETS = """\
version: 1
targets:
  one: {kind: qemu, board: qemu_virt, exact_time: true}
  two: {kind: qemu, board: qemu_virt, exact_time: true, transport: pty}
  dead: {kind: serial, board: qemu_virt, console: {url: 'socket://127.0.0.1:9'}, stand_ins: [one]}
"""
SUITE = """\
*** Settings ***
Library             BulkheadTarget
Suite Setup         Boot Target
Suite Teardown      Release Target


*** Test Cases ***
Answers
    [Tags]    length:short
    Ask Identity

Fails On One
    Should Not Be Equal    ${TARGET}    one
"""


@pytest.fixture
def build(tmp_path: Path, speaker: Image) -> Path:
    folder = tmp_path / "build"
    folder.mkdir()
    (folder / "bulkhead.img").write_bytes(speaker.path.read_bytes())
    plan = {"build_id": speaker.build_id, "system": "x", **speaker.plan}
    (folder / "plan.json").write_text(json.dumps(plan))
    (folder / "targets.yaml").write_text(TARGETS)
    for name in ("first", "second"):
        (folder / f"{name}.robot").write_text(SUITE)
    return folder


def campaign(root: Path, build: Path, *names: str, **more: object) -> list[Round]:
    known = read_targets(root, build / "targets.yaml")
    fields: dict[str, object] = {
        "root": root, "build_dir": build, "on": tuple(known[name] for name in names), "known": known,
        "targets": build / "targets.yaml", "suites": (build / "first.robot", build / "second.robot"),
        "out": build / "out", "selection": Selection(), "jobs": 2, "repeat": 1, "until_fail": False,
        "shuffle": False, "seed": 0, "rerun_failed": False, "quarantine": (), "say": lambda text: None,
    }  # fmt: skip
    return list(run_rounds(Campaign(**(fields | more))))  # type: ignore[arg-type]


@needs_qemu
def test_two_targets_at_once_then_only_what_failed(root: Path, build: Path) -> None:
    (done,) = campaign(root, build, "one", "two")
    found = {(c.target, c.suite, c.name): c.status for c in done.result.cases}
    assert len(found) == 8
    assert {key for key, status in found.items() if status == FAIL} == {
        ("one", "first", "Fails On One"), ("one", "second", "Fails On One"),
    }  # fmt: skip
    assert done.result.exit_code == 1
    consoles = {path.parent.name for path in (build / "out" / "consoles").glob("*/console.txt")}
    assert consoles == {"one-first-1", "one-second-1", "two-first-1", "two-second-1"}
    failed = next(c for c in done.result.cases if c.status == FAIL)
    assert "last of hv:\n  boot build=" in failed.message
    (again,) = campaign(root, build, "one", "two", rerun_failed=True)
    assert {(c.suite, c.name) for c in again.result.cases} == {
        ("first", "Fails On One"), ("second", "Fails On One"),
    }  # fmt: skip


@needs_qemu
def test_what_the_lab_spoiled_runs_on_a_stand_in(root: Path, build: Path) -> None:
    (done,) = campaign(root, build, "dead", jobs=1, selection=Selection(include=("length:short",)))
    assert [(c.target, c.status) for c in done.result.cases] == [("one", PASS), ("one", PASS)]
    assert done.result.exit_code == 0
    (remark,) = done.remarks
    assert remark.startswith("dead: Parent suite setup failed:") or "FLASH: the console" in remark
    assert remark.endswith("first, second tried again on one")


@needs_qemu
def test_rounds_until_one_fails_each_in_its_own_order(root: Path, build: Path) -> None:
    quiet = (build / "first.robot",)
    rounds = campaign(
        root, build, "two", jobs=1, suites=quiet, repeat=2, shuffle=True, seed=7, until_fail=True
    )
    assert [round_.result.exit_code for round_ in rounds] == [0, 0]
    assert rounds[0].seed != rounds[1].seed
    assert (build / "out" / "round-2" / "log.html").is_file()
    rounds = campaign(root, build, "one", jobs=1, suites=quiet, repeat=3, until_fail=True)
    assert len(rounds) == 1


def test_without_results_nothing_can_be_run_again(root: Path, build: Path) -> None:
    with pytest.raises(UserError, match="there are no results in"):
        campaign(root, build, "one", rerun_failed=True)


def entry(until: str, test: str = "s.T") -> Entry:
    day = datetime.date.fromisoformat(until)
    return Entry(test=test, reason="shaky", owner="lab team", until=day, where=Span("q"))


def test_a_quarantined_failure_is_told_but_does_not_fail() -> None:
    today = datetime.date(2027, 1, 31)
    case = CaseResult("s", "T", FAIL, "it broke")
    (judged,), said = apply([entry("2027-01-31")], [case], today)
    assert (judged.status, exit_code([judged])) == (SKIP, 0)
    assert judged.message == "in quarantine: s.T: shaky (lab team, until 2027-01-31)\nit broke"
    assert said == ["quarantine: s.T: shaky (lab team, until 2027-01-31): failed"]
    (judged,), _ = apply([entry("2027-01-30")], [case], today)
    assert (judged.status, judged.message) == (FAIL, "its quarantine ended on 2027-01-30\nit broke")
    board = CaseResult("s", "T", FAIL, "LAB: gone", stage="lab")
    assert apply([entry("2027-01-31")], [board], today)[0] == [board]
    assert apply([entry("2027-01-31", "s.Other")], [case], today)[1][0].endswith("did not run")
    assert apply([entry("2027-01-31")], [CaseResult("s", "T", PASS)], today)[1][0].endswith(": passed")


def test_mistakes_in_a_quarantine_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "quarantine.yaml"
    path.write_text(
        "- {test: a.B, reason: r, owner: o, until: 2027-01-31}\n- {test: a.C, reason: r, until: 2027-01-31}\n"
        "- {test: a.B, reason: r, owner: o, until: soon}\n"
        "- {test: x, reason: r, owner: o, until: 2027-01-31, w: 1}\n"
    )
    with pytest.raises(UserError) as caught:
        read_quarantine([path, tmp_path / "none.yaml"])
    assert [(d.code, d.where.line) for d in caught.value.diags] == [("BH-LAB-006", n) for n in (2, 3, 4)]
    path.write_text("- {test: a.B, reason: r, owner: o, until: 2027-01-31}\n")
    assert read_quarantine([path])[0].until == datetime.date(2027, 1, 31)


def test_a_place_is_one_runs_at_a_time() -> None:
    with hold("socket://nowhere:1"), pytest.raises(LabError, match="another run has held socket://nowhere:1"):  # noqa: SIM117
        with hold("socket://nowhere:1", 0.2):
            pass
    with hold("socket://nowhere:1", 0.2):
        pass
