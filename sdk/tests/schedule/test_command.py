# SPDX-License-Identifier: Apache-2.0
"""`./bulkhead schedule`, what a build keeps of the argument, and an image whose argument was changed."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

from bulkhead.cli.main import cli
from bulkhead.prove.proof import look
from bulkhead.prove.statements import deadlines_are_kept

TASKS = ("--set", "PART_1_TASKS=loop 100/1000, slow 200/5000")


def call(build: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["--build-dir", str(build), *words])
    return done.exit_code, f"{done.output}{done.exception or ''}"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schedule")
    assert call(folder, "defconfig", "qemu_virt/arinc653")[0] == 0
    return folder


def test_what_if_is_answered_and_nothing_is_written(build: Path) -> None:
    before = (build / ".config").read_bytes()
    code, said = call(build, "schedule", *TASKS)
    assert code == 0 and "idle                     15.00%  is left" in said
    (loop,) = [line.split() for line in said.splitlines() if line.strip().startswith("loop ")]
    assert (
        loop[:4] == ["loop", "100", "1000", "1000"] and 720 < float(loop[4]) < 722
    )  # the gap is 500 us, then 100
    code, said = call(build, "schedule", "--set", "PART_1_TASKS=loop 100/1000/300")
    assert code == 2 and "MAY BE LATE" in said and "error[BH-SCHED-024]" in said
    code, said = call(build, "schedule", "--set", "PART_1_TASK=x")
    assert code and "did you mean PART_1_TASKS?" in said
    assert (build / ".config").read_bytes() == before


def test_for_programs_and_as_a_picture(build: Path) -> None:
    code, said = call(build, "schedule", "--format", "json", *TASKS)
    made = json.loads(said)
    assert (code, made["version"], made["pcpus"][0]["shares"]["cabin"]) == (0, 1, 0.25)
    assert [row["task"] for row in made["tasks"]] == ["loop", "slow"]
    code, said = call(build, "schedule", "--format", "svg")
    bars = [e for e in ET.fromstring(said.encode()).iter() if e.tag.endswith("rect")]
    assert code == 0 and len(bars) == 1 + 4
    assert said == (Path(__file__).parents[3] / "docs" / "schedule.svg").read_text()


def test_windows_are_made_from_budgets(build: Path) -> None:
    budgets = ("300/1000", "100/500 jitter 0", "400/2000/1500")
    words = [w for n, b in enumerate(budgets, 1) for w in ("--set", f"PART_{n}_BUDGET={b}")]
    code, said = call(build, "schedule", "--format", "json", "--set", "PCPU_0_WINDOWS=", *words)
    pcpu = json.loads(said)["pcpus"][0]
    assert code == 0 and pcpu["frame_ns"] == 2_000_000
    assert pcpu["shares"] == pytest.approx({"radio": 0.2, "flight": 0.3, "cabin": 0.2, "idle": 0.3})


def test_the_build_keeps_the_argument_and_prove_follows_it(build: Path) -> None:
    assert call(build, "config", "set", TASKS[1])[0] == 0
    code, said = call(build, "build")
    assert code == 0, said
    plan = json.loads((build / "plan.json").read_text())
    (claim,) = plan["deadlines"]
    assert [t["name"] for t in claim["tasks"]] == ["loop", "slow"]
    assert "BH-PROVE-015  every deadline" in call(build, "prove")[1]
    claim["tasks"][0]["response_ns"] -= 1_000
    found = list(deadlines_are_kept(look((build / "bulkhead.elf").read_bytes(), plan)))
    assert found and found[0].startswith("vCPU 0: loop: 100000 ns of work may come in")
