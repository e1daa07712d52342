# SPDX-License-Identifier: Apache-2.0
"""Each toolchain builds a system that boots and passes the same suites. One that is not here is skipped."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from toolbox import ROOT

from bulkhead.build.toolchain import find_toolchain
from bulkhead.diag import ToolMissing

SUITES = ("boot", "isolation")


def bulkhead(build: Path, *args: str, code: int = 0) -> str:
    command = [sys.executable, "-m", "bulkhead", "-d", str(build), *args]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    import os

    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("KCONFIG", "BULKHEAD_B"))
    }
    return {**kept, "PYTHONPATH": str(ROOT / "sdk")}


@pytest.fixture
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name = request.param
    try:
        find_toolchain(name)
    except ToolMissing as missing:
        pytest.skip(str(missing))
    bulkhead(tmp_path / "build", "defconfig", "qemu_virt/demo")
    bulkhead(tmp_path / "build", "config", "set", f"TOOLCHAIN_{name.upper()}=y")
    return tmp_path / "build"


@pytest.mark.slow
@pytest.mark.parametrize("build", ["gcc", "clang"], indirect=True)
def test_the_same_suites_pass(build: Path) -> None:
    """ziglang, the default, is what every other test uses."""
    made = json.loads(bulkhead(build, "build", "--format", "json"))
    again = json.loads(bulkhead(build, "build", "--format", "json"))
    assert made["build_id"] == again["build_id"] and not again["changed"]
    sbom = json.loads((build / "bulkhead.spdx.json").read_text())
    tool = next(p for p in sbom["packages"] if p["SPDXID"] == "SPDXRef-Toolchain")
    assert tool["name"] == json.loads((build / "plan.json").read_text())["features"]["toolchain"]
    assert tool["versionInfo"][0].isdigit()
    if shutil.which("qemu-system-aarch64") is None:
        pytest.skip("built, but not booted: no qemu-system-aarch64 here")
    bulkhead(build, "hil", "--no-build", *(str(ROOT / "hil-tests" / "suites" / f"{s}.robot") for s in SUITES))
