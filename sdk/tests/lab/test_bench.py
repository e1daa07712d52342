# SPDX-License-Identifier: Apache-2.0
"""bench without QEMU: what the probe prints, how paths are put together, what a regression is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bulkhead.diag import UserError
from bulkhead.lab import bench

SAID = "probe cntfrq 1000000000 1000000000 1000000000 n=1\nprobe null 3 3 3 n=256\n"
SAID += "probe timer_latency_spin 219 229 230 n=256\nprobe smc_psci_version n/a\nprobe done\n"


def path(name: str, *, system: str = "alone", row: str = "") -> bench.BenchPath:
    return bench.BenchPath(
        name=name, what=name, row=row or name, target=60, aim=32, bao=1, xen=2, system=system,
        from_plan=name.endswith("bytes"),
    )  # fmt: skip


def test_medians_are_read_and_what_could_not_be_measured_is_left_out() -> None:
    rows = bench.parse_rows(SAID)
    assert rows == {"cntfrq": 1_000_000_000, "null": 3, "timer_latency_spin": 229}
    assert bench.is_exact(rows)
    assert not bench.is_exact({"cntfrq": 62_500_000})


def test_each_path_is_taken_from_its_run() -> None:
    paths = [path("a"), path("b", system="smp"), path("text_bytes"), path("gone")]
    runs = {"alone": ({"a": 1, "b": 2}, {"a": 41, "text_bytes": 99}), "smp": ({"b": 12}, {"b": 70})}
    table = bench.combine(paths, runs)
    assert [(row.bare, row.bulkhead, row.added, row.grade) for row in table] == [
        (1, 41, 40, "target"),
        (12, 70, 58, "above"),
        (None, 99, 99, "above"),
        (None, None, None, "not measured"),
    ]


def test_a_restart_is_the_time_between_two_lives() -> None:
    rows = bench.parse_rows("probe reset_at 100 100 100 n=1\nprobe restarted_at 175 175 175 n=1\n")
    assert rows["restart"] == 75


def test_a_path_that_grows_with_the_interrupts_owned_is_named() -> None:
    paths = [path("a"), path("a_32", row="a", system="irqs-32"), path("a_200", row="a", system="irqs-200")]
    runs = {"alone": ({}, {"a": 40}), "irqs-32": ({}, {"a": 41}), "irqs-200": ({}, {"a": 43})}
    assert bench.grown(bench.combine(paths, runs)) == ["a_200: 40 alone, 43 with more interrupts owned"]


def test_what_is_required_is_reached(root: Path) -> None:
    baseline = bench.read_baseline(root)
    assert [p.name for p in bench.read_reference(root) if baseline[p.name] > p.target] == []


@pytest.mark.parametrize(
    ("before", "now", "is_worse"),
    [(100, 102, False), (100, 103, True), (10, 11, False), (10, 12, True), (50, 40, False), (7, None, True)],
)
def test_a_regression_is_more_than_2_percent_and_more_than_1_instruction(
    before: int, now: int | None, is_worse: bool
) -> None:
    row = bench.Measured(path=path("p"), bare=1, bulkhead=now)
    found = bench.regressions([row], {"p": before})
    assert bool(found) == is_worse
    assert all(sentence.startswith("p: ") for sentence in found)


def test_the_shipped_reference_and_baseline_can_be_read(root: Path) -> None:
    names = [entry.name for entry in bench.read_reference(root)]
    assert len(names) == len(set(names)) >= 18
    assert set(bench.read_baseline(root)) <= set(names)


def test_a_broken_baseline_is_named(tmp_path: Path) -> None:
    (tmp_path / bench.BASELINE).parent.mkdir(parents=True)
    (tmp_path / bench.BASELINE).write_text(json.dumps({"paths": {"p": "x"}}))
    with pytest.raises(UserError, match=r"baseline\.json is not a baseline"):
        bench.read_baseline(tmp_path)
