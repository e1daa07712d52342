# SPDX-License-Identifier: Apache-2.0
"""The history of runs, and the pages made from it and from a run."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from plans import make_plan

from bulkhead.cli.main import cli
from bulkhead.diag import LabError, ToolMissing, UserError
from bulkhead.emit.plan_json import emit_plan_json
from bulkhead.lab.cases import CaseResult
from bulkhead.lab.history import History, Run
from bulkhead.lab.report import make_page, newest_results
from bulkhead.runners import extras, hosttools

BUILD = "00112233445566aa"


def run(build: str = BUILD, began: float = 1.0, **more: object) -> Run:
    fields = {"began": began, "revision": "abc", "system": "demo", "board": "qemu_virt", "targets": "qemu",
              "build_id": build, "seconds": 2.5, "exit_code": 0}  # fmt: skip
    return Run(**(fields | more))  # type: ignore[arg-type]


def case(status: str = "PASS", name: str = "T", stage: str = "test", message: str = "") -> CaseResult:
    return CaseResult("boot", name, status, message, 0.5, stage, "qemu", ("req:X",))


def test_flakes_are_both_results_on_one_build(tmp_path: Path) -> None:
    kept = History(tmp_path / "h.sqlite")
    kept.add_run(run("a" * 16), [case("PASS"), case("SKIP", "S")])
    kept.add_run(run("a" * 16), [case("FAIL"), case("FAIL", "L", "lab")])
    kept.add_run(run("b" * 16), [case("FAIL")])
    lab, test = kept.tests()
    assert (test.recent, test.runs, test.passed, test.flakes, round(test.pass_rate, 2)) == (
        "PFF",
        3,
        1,
        1,
        0.33,
    )
    assert (lab.recent, lab.runs, lab.flakes) == ("L", 0, 0)
    assert [r.build_id[0] for r in kept.runs()] == ["b", "a", "a"]


def test_bench_counts_are_kept_by_commit(tmp_path: Path) -> None:
    kept = History(tmp_path / "h.sqlite")
    for revision, value in (("a", 59), ("b", 40), ("b", 41)):
        kept.add_bench(revision, {"hvc": value})
    assert kept.bench() == {"hvc": [("a", 59), ("b", 41)]}


def test_runs_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=lambda: History(tmp_path / "h.sqlite").add_run(run(), [case()] * 50))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (test,) = History(tmp_path / "h.sqlite").tests()
    assert test.runs == 400


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "h.sqlite").write_text("no database, but long enough to be taken for one" * 9)
    with pytest.raises(LabError, match="cannot be used: file is not a database"):
        History(tmp_path / "h.sqlite")


def test_the_command_prints_a_table_json_and_a_page(tmp_path: Path) -> None:
    file = tmp_path / "h.sqlite"
    for build in "ab":
        History(file).add_run(run(build * 16), [case()])
    History(file).add_bench("abc", {"hvc": 40})
    call = CliRunner()
    table = call.invoke(cli, ["history", "--history", str(file)])
    assert table.exit_code == 0 and "2 of 2" in table.stdout
    data = json.loads(call.invoke(cli, ["history", "--history", str(file), "--format", "json"]).stdout)
    assert data["tests"][0]["passed"] == 2 and data["bench"]["hvc"] == [{"revision": "abc", "value": 40}]
    page = tmp_path / "page.html"
    assert call.invoke(cli, ["history", "--history", str(file), "--page", str(page)]).exit_code == 0
    assert "2 of 2" in page.read_text() and "<polyline" in page.read_text()


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build folder with a plan and a run of two tests, one failed with what would be HTML."""
    folder = tmp_path / "build"
    results = folder / "hil" / "qemu"
    (results / "consoles" / "boot-1").mkdir(parents=True)
    (folder / "bulkhead.img").write_bytes(b"")
    (folder / "plan.json").write_text(emit_plan_json(make_plan(), build_id=BUILD))
    (results / "consoles" / "boot-1" / "console.txt").write_text(
        "[    0.100000] hv| boot build=00112233445566aa count=1\n"
        + "[    0.200000] rogue| <script>alert(1)</script>\n"
        "[    1.000000] control| control: second=1 ticks=1000 jitter_max_ns=234 missed=0\n"
        + "[ 2.0] rogue| x\n"
        * 300
    )
    cases = [case(), case("FAIL", "Bad", "test", "wanted <b> & got\n" + "w" * 400)]
    rows = {"run": {f: getattr(run(began=time.time()), f) for f in Run.__slots__}, "remarks": ["tried again"],
            "cases": [{f: getattr(c, f) for f in CaseResult.__slots__} for c in cases]}  # fmt: skip
    (results / "results.json").write_text(json.dumps(rows))
    return folder


def test_the_page_has_everything_and_nothing_unescaped(root: Path, tmp_path: Path, build: Path) -> None:
    kept = History(tmp_path / "h.sqlite")
    kept.add_run(run(), [case("FAIL"), case("PASS", "Gone")])
    text = make_page(root, build, newest_results(build), kept)
    assert "tests failed: 1 passed, 1 failed, 0 skipped" in text
    assert "wanted &lt;b&gt; &amp; got" in text and "<script>alert" not in text
    for part in (
        "passes now:",
        "new:",
        "did not run:",
        "RAM of",
        "at most 234 ns late",
        "rtc@9010000",
        "tried again",
    ):
        assert part in text, part
    assert "src=" not in text and "http" not in text.replace("http-equiv", "")


def test_without_a_run_there_is_no_page(root: Path, tmp_path: Path, build: Path) -> None:
    with pytest.raises(UserError, match="no suites were run"):
        newest_results(tmp_path)
    (build / "hil" / "qemu" / "results.json").write_text("{}")
    with pytest.raises(UserError, match="has no results of a run that can be read"):
        make_page(root, build, build / "hil" / "qemu", History(tmp_path / "h.sqlite"))


@pytest.mark.slow
def test_pages_in_a_browser(root: Path, tmp_path: Path, build: Path) -> None:
    try:
        hosttools.require("chromedriver")
        python = extras.python_of(root, "browser")
    except ToolMissing as missing:
        pytest.skip(str(missing))
    kept = History(tmp_path / "h.sqlite")
    for status in ("PASS", "FAIL", "PASS"):
        kept.add_run(run(), [case(status)])
    kept.add_bench("a", {"hvc_psci_version": 59})
    kept.add_bench("b", {"hvc_psci_version": 28})
    report, history = tmp_path / "report.html", tmp_path / "history.html"
    report.write_text(make_page(root, build, newest_results(build), kept))
    CliRunner().invoke(cli, ["history", "--history", str(kept.path), "--page", str(history)])
    for page in (report, history):
        pictures = tmp_path / page.stem
        pictures.mkdir()
        script = Path(__file__).with_name("look_at_page.py")
        done = subprocess.run(
            [python, script, page, pictures], capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert json.loads(done.stdout) == []
