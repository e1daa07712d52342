# SPDX-License-Identifier: Apache-2.0
"""The guest library's GIC drivers on bare QEMU at EL1, with QEMU's own devicetree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from guest_builder import build_guest
from toolbox import ROOT

from bulkhead.lab.target_tests import FOLDER, read_cases
from bulkhead.runners.base import Job
from bulkhead.runners.boards import read_qemu_machine
from bulkhead.runners.qemu import QemuRunner

SECONDS = 60.0


@pytest.mark.parametrize("version", [2, 3])
def test_the_driver_works(version: int, tmp_path: Path) -> None:
    elf = build_guest(ROOT / FOLDER / "gic-driver", tmp_path / "build")
    machine = {**read_qemu_machine(ROOT, "qemu_virt"), "machine": f"virt,gic-version={version}"}
    log = tmp_path / "console"
    options = {"transport": "none", "exact_time": True, "console_log": log}
    with QemuRunner.create(
        Job(image=elf, out=tmp_path / "run", cpus=1, machine=machine, options=options)
    ).run() as running:
        running.release()
        assert running.wait(SECONDS) == 0, log.read_text()
    said = log.read_text()
    assert f"gic version {version}" in said
    wanted = next(case.checks for case in read_cases(ROOT) if case.name == "gic-driver")
    assert tuple(re.findall(r"^PASS (\S+)", said, re.MULTILINE)) == wanted, said
