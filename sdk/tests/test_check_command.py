# SPDX-License-Identifier: Apache-2.0
"""`check --format json|sarif` and `check --fix`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bulkhead.check.manual import manual
from bulkhead.cli.main import cli
from bulkhead.diag import Span, error, warning
from bulkhead.diag.sarif import render_sarif

BAD = 'CONFIG_PART_1_RAM_SIZE=0x500000\nCONFIG_PART_1_RAM_BASE=0x40200000\nCONFIG_PART_1_NAME="Upper Case"\n'


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "build"
    assert run(folder, "defconfig", "qemu_virt/hello").exit_code == 0
    return folder


def run(build: Path, *args: str) -> Result:
    return CliRunner().invoke(cli, ["-d", str(build), *args])


def spoil(build: Path) -> str:
    """Replace lines of the configuration by bad ones; the text as it is then."""
    path = build / ".config"
    text = path.read_text()
    for line in BAD.splitlines():
        name = line.partition("=")[0]
        text = re.sub(rf"^{name}=.*$", line, text, flags=re.M)
    path.write_text(text)
    return text


def test_sarif_has_what_the_standard_demands() -> None:
    """The required properties and value ranges of sarif-schema-2.1.0.json, for what we write."""
    found = [
        error("BH-MEM-002", "overlap", Span("a b.config", 3, 7), (Span("/x/b.dts", 9), "bank"), help="do"),
        warning("BH-XXX-999", "odd", Span("a.config")),
    ]
    log = json.loads(render_sarif(found, manual()))
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-schema-2.1.0.json")
    (one,) = log["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert one["tool"]["driver"]["name"] and one["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    assert [rule["id"] for rule in rules] == ["BH-MEM-002", "BH-XXX-999"]
    assert all(set(rule) <= {"id", "shortDescription", "fullDescription"} for rule in rules)
    assert all(rule["shortDescription"]["text"] for rule in rules)
    for result in one["results"]:
        assert result["level"] in ("none", "note", "warning", "error")
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        for place in (*result["locations"], *result.get("relatedLocations", ())):
            located(place)
    first = one["results"][0]["locations"][0]["physicalLocation"]
    assert first["artifactLocation"]["uri"] == "a%20b.config"
    assert first["region"] == {"startLine": 3, "startColumn": 7}


def located(place: dict[str, Any]) -> None:
    physical = place["physicalLocation"]
    assert re.fullmatch(r"[^\s\\]+", physical["artifactLocation"]["uri"])
    region = physical.get("region", {"startLine": 1})
    assert region["startLine"] >= 1 and region.get("startColumn", 1) >= 1


def test_formats_of_the_command(build: Path) -> None:
    spoil(build)
    asked = run(build, "check", "--format", "json")
    found = json.loads(asked.stdout)["diagnostics"]
    assert asked.exit_code == 2
    log = json.loads(run(build, "check", "--format", "sarif").stdout)
    assert [r["ruleId"] for r in log["runs"][0]["results"]] == [d["code"] for d in found]


def test_fix_changes_the_configuration_and_keeps_the_old(build: Path) -> None:
    before = spoil(build)
    done = run(build, "check", "--fix", "BH-MEM-002", "--fix", "bh-part-003", "--fix", "BH-MEM-006")
    assert done.exit_code == 0, done.output
    assert "BH-MEM-002: CONFIG_PART_1_RAM_BASE=0x0 (was 0x40200000)" in done.stderr
    assert "BH-PART-003: CONFIG_PART_1_NAME=" in done.stderr
    assert (build / ".config.old").read_text() == before
    after = run(build, "check", "--format", "json")
    assert after.exit_code == 0 and json.loads(after.stdout)["diagnostics"] == []


def test_fix_of_what_is_not_there_changes_nothing(build: Path) -> None:
    before = spoil(build)
    refused = run(build, "check", "--fix", "BH-MEM-002", "--fix", "BH-CPU-002")
    assert "no finding BH-CPU-002" in str(refused.exception)
    assert (build / ".config").read_text() == before


def test_fix_does_not_lose_lines_it_cannot_read(build: Path) -> None:
    spoil(build)
    with (build / ".config").open("a") as file:
        file.write("CONFIG_PART_1_RAM_SISE=0x40000\n")
    before = (build / ".config").read_text()
    assert run(build, "check", "--fix", "BH-MEM-002").exception is not None
    assert (build / ".config").read_text() == before


def test_at_least_sixty_rules() -> None:
    assert len(manual()) >= 60
