# SPDX-License-Identifier: Apache-2.0
"""Pipelines: valid by their formats' own schemas, and their steps run here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bulkhead.cli.main import cli
from bulkhead.diag import ToolMissing, UserError
from bulkhead.lab import ci
from bulkhead.runners import extras, hosttools

SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}


@pytest.mark.slow
@pytest.mark.parametrize("service", ["github", "gitlab"])
@pytest.mark.parametrize(("checkout", "lab"), [("", ""), ("tools/bulkhead/", "rack board")])
def test_the_schema_accepts_the_pipeline(
    root: Path, tmp_path: Path, service: str, checkout: str, lab: str
) -> None:
    try:
        python = extras.python_of(root, "ci")
    except ToolMissing as missing:
        pytest.skip(str(missing))
    file = tmp_path / "pipeline.yml"
    file.write_text(ci.make_pipeline(service, "my system", checkout, lab))
    check = [python, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[service], file]
    done = subprocess.run(check, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    word = {"github": "runs-on", "gitlab": "script"}[service]
    file.write_text(file.read_text().replace(f"{word}:", f"{word}-not:"))  # the check can fail
    assert subprocess.run(check, capture_output=True, timeout=120, check=False).returncode == 1


def test_both_services_have_the_same_steps() -> None:
    github = yaml.safe_load(ci.make_pipeline("github", "a", "", "rack"))["jobs"]
    gitlab = yaml.safe_load(ci.make_pipeline("gitlab", "a", "", "rack"))
    for tier in ("check", "qemu", "lab"):
        steps = [
            step["run"] for step in github[tier]["steps"] if step.get("run", "").startswith("./bulkhead")
        ]
        assert steps == gitlab[tier]["script"] + gitlab[tier].get("after_script", [])
        assert len(steps) == 3
    assert gitlab["qemu"]["artifacts"]["reports"]["junit"] == "build/hil/qemu/junit.xml"


@pytest.mark.slow
@pytest.mark.skipif(not hosttools.find("qemu-system-aarch64"), reason="QEMU is not installed")
def test_the_steps_run(root: Path, tmp_path: Path) -> None:
    """Each step of the first two tiers as the runner would type it, in another build folder."""
    for tier in ci.tiers("qemu_virt/hello", "", "")[:2]:
        for step in tier.steps:
            done = subprocess.run(
                ["sh", "-ec", step.run], cwd=root, capture_output=True, text=True, timeout=600, check=False,
                env=os.environ | {"BULKHEAD_BUILD_DIR": str(tmp_path / "build"), "CI": "true"},
            )  # fmt: skip
            assert done.returncode == 0, f"{step.run}\n{done.stdout}{done.stderr}"
        assert (tmp_path / "build" / tier.results).exists()
    assert (tmp_path / "build" / "hil" / "qemu" / "junit.xml").is_file()
    assert (tmp_path / "build" / "hil" / "qemu" / "summary.html").is_file()


def test_a_pipeline_that_is_there_is_kept(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bulkhead.cli.main.find_root", lambda: tmp_path / "tools" / "bulkhead")
    (tmp_path / "tools" / "bulkhead").mkdir(parents=True)
    call = ["ci", "init", "gitlab", "--into", str(tmp_path), "--system", "systems/mine"]
    assert CliRunner().invoke(cli, call).exit_code == 0
    text = (tmp_path / ".gitlab-ci.yml").read_text()
    assert "- ./tools/bulkhead/bulkhead defconfig systems/mine" in text
    refused = CliRunner().invoke(cli, call)
    assert isinstance(refused.exception, UserError) and "is there already" in str(refused.exception)
    assert CliRunner().invoke(cli, [*call, "--force"]).exit_code == 0
    below = CliRunner().invoke(
        cli, ["ci", "init", "gitlab", "--into", str(tmp_path / "tools" / "bulkhead" / "..")]
    )
    assert below.exit_code == 0
    (tmp_path / "x").mkdir()
    wrong = CliRunner().invoke(cli, ["ci", "init", "github", "--into", str(tmp_path / "x")])
    assert "is not above the checkout" in str(wrong.exception)
