# SPDX-License-Identifier: Apache-2.0
"""Results of every run, in one SQLite file: what passes, what flakes, what got slower.

Runs at the same time write one after another: SQLite's own lock, waited for. A flake is a test with both
results on one build of one commit, on the same target.
"""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulkhead.diag import LabError
from bulkhead.diag.paths import shown
from bulkhead.lab.cases import FAIL, PASS, TEST, CaseResult

FILE = Path(".bulkhead") / "history.sqlite"
WAIT_SECONDS = 60.0
RECENT = 30  # results of a test that are shown one by one

_TABLES = """
create table if not exists runs (
    id integer primary key, began real not null, revision text not null, system text not null, board text
    not null,
    targets text not null, build_id text not null, seconds real not null, exit_code integer not null);
create table if not exists results (
    run integer not null references runs(id), target text not null, suite text not null, name text not null,
    status text not null, stage text not null, seconds real not null, message text not null);
create index if not exists results_by_test on results (suite, name, run);
create table if not exists bench (at real not null, revision text not null, path text not null, value
integer not null);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    began: float  # seconds since 1970
    revision: str  # of the checkout, `+` behind it where it was changed
    system: str
    board: str
    targets: str
    build_id: str
    seconds: float
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestHistory:
    """One test on one target over all kept runs. A skipped test counts for nothing."""

    target: str
    suite: str
    name: str
    recent: str  # a letter a result, oldest first: P, F, or L where the lab failed
    runs: int
    passed: int
    flakes: int  # builds on which it both passed and failed
    median_seconds: float

    @property
    def pass_rate(self) -> float:
        return self.passed / self.runs if self.runs else 0.0


def revision_of(root: Path) -> str:
    """The commit, with `+` where tracked files differ from it; "" outside a repository."""
    if not (root / ".git").exists():
        return ""
    words = ["git", "-C", str(root), "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


class History:
    """An open history. Raises LabError where the file is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as db:
            db.executescript(_TABLES)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(self.path, timeout=WAIT_SECONDS)
            try:
                with db:
                    yield db
            finally:
                db.close()
        except sqlite3.Error as problem:
            raise LabError(f"the history {shown(self.path)} cannot be used: {problem}") from problem

    def add_run(self, run: Run, cases: Iterable[CaseResult]) -> None:
        """All of it or nothing."""
        fields = (
            run.began,
            run.revision,
            run.system,
            run.board,
            run.targets,
            run.build_id,
            run.seconds,
            run.exit_code,
        )
        with self._open() as db:
            key = db.execute(f"insert into runs values (null{', ?' * len(fields)})", fields).lastrowid
            rows = [
                (key, c.target, c.suite, c.name, c.status, c.stage, c.seconds, c.message[:2000])
                for c in cases
            ]
            db.executemany("insert into results values (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def add_bench(self, revision: str, values: Mapping[str, int]) -> None:
        with self._open() as db:
            rows = [(time.time(), revision, name, value) for name, value in values.items()]
            db.executemany("insert into bench values (?, ?, ?, ?)", rows)

    def runs(self, most: int = 50) -> list[Run]:
        """Newest first."""
        with self._open() as db:
            rows = db.execute(
                "select began, revision, system, board, targets, build_id, seconds, exit_code from runs "
                "order by id desc limit ?",
                (most,),
            ).fetchall()
        names = ("began", "revision", "system", "board", "targets", "build_id", "seconds", "exit_code")
        return [Run(**dict(zip(names, row, strict=True))) for row in rows]

    def tests(self) -> list[TestHistory]:
        """By target, suite and name."""
        with self._open() as db:
            rows = db.execute(
                "select target, suite, name, status, stage, results.seconds, revision || build_id "
                "from results join runs on runs.id = run where status != 'SKIP' order by run"
            ).fetchall()
        found: dict[tuple[str, str, str], list[tuple[str, str, float, str]]] = {}
        for target, suite, name, *rest in rows:
            found.setdefault((target, suite, name), []).append(tuple(rest))
        return [_summed_up(key, results) for key, results in sorted(found.items())]

    def bench(self) -> dict[str, list[tuple[str, int]]]:
        """By path: revision and value, oldest first; the last of each revision."""
        with self._open() as db:
            rows = db.execute("select path, revision, value from bench order by at").fetchall()
        found: dict[str, dict[str, int]] = {}
        for path, revision, value in rows:
            values = found.setdefault(path, {})
            values.pop(revision, None)
            values[revision] = value
        return {path: list(values.items()) for path, values in sorted(found.items())}

    def before(
        self, system: str, targets: str, build_id: str, began: float
    ) -> dict[tuple[str, str, str], str]:
        """The statuses of the run before that one, of the same system on the same targets; empty if there
        is none.
        """
        with self._open() as db:
            row = db.execute(
                "select id from runs where system = ? and targets = ? and began < ? order by id desc limit 1",
                (system, targets, began),
            ).fetchone()
            if row is None:
                return {}
            rows = db.execute("select target, suite, name, status from results where run = ?", row).fetchall()
        return {(target, suite, name): status for target, suite, name, status in rows}


def _summed_up(key: tuple[str, str, str], results: list[tuple[str, str, float, str]]) -> TestHistory:
    judged = [r for r in results if r[1] == TEST]
    by_build: dict[str, set[str]] = {}
    for status, _, _, build in judged:
        by_build.setdefault(build, set()).add(status)
    letters = ["L" if stage != TEST else "P" if status == PASS else "F" for status, stage, _, _ in results]
    return TestHistory(
        target=key[0], suite=key[1], name=key[2], recent="".join(letters[-RECENT:]), runs=len(judged),
        passed=sum(r[0] == PASS for r in judged),
        flakes=sum(statuses >= {PASS, FAIL} for statuses in by_build.values()),
        median_seconds=statistics.median(r[2] for r in results),
    )  # fmt: skip


def to_json(history: History) -> dict[str, Any]:
    """`./bulkhead history --format json`."""
    tests = [
        {"target": t.target, "suite": t.suite, "name": t.name, "runs": t.runs, "passed": t.passed,
         "flakes": t.flakes, "median_seconds": round(t.median_seconds, 3), "recent": t.recent}
        for t in history.tests()
    ]  # fmt: skip
    runs = [
        {"began": round(r.began, 3), "revision": r.revision, "system": r.system, "board": r.board,
         "targets": r.targets, "build_id": r.build_id,
         "seconds": round(r.seconds, 3), "exit_code": r.exit_code}
        for r in history.runs()
    ]  # fmt: skip
    bench = {
        path: [{"revision": r, "value": v} for r, v in values] for path, values in history.bench().items()
    }
    return {"version": 1, "runs": runs, "tests": tests, "bench": bench}
