# SPDX-License-Identifier: Apache-2.0
"""The trace of a real run: by a suite's keywords, beside a failed test, after a partition's fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkhead.cli.main import Context
from bulkhead.cli.prepare import prepare
from bulkhead.kconfig.edit import set_symbol
from bulkhead.lab.image import read_image
from bulkhead.lab.session import Session
from bulkhead.lab.suites import SHIPPED, run_suites
from bulkhead.lab.targets import find_target
from bulkhead.lab.tracing import read_out
from bulkhead.runners import hosttools
from bulkhead.trace.record import Kind, read_rings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hosttools.find("qemu-system-aarch64"), reason="QEMU is not installed"),
]

FAILS = """\
*** Settings ***
Library             BulkheadTarget
Suite Setup         Boot Target
Suite Teardown      Release Target


*** Test Cases ***
Fails
    Wait For Line    control    second=1    30 s
    Fail    on purpose
"""


@pytest.fixture(scope="module")
def build(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """qemu_virt/hil with a trace that stops at the first fault."""
    from bulkhead.build import build
    from bulkhead.elaborate.project import open_project
    from bulkhead.kconfig.system import config_path

    folder = prepare(
        Context(root=root, build_dir=tmp_path_factory.mktemp("traced")), "qemu_virt/hil", "image", quiet=True
    )
    engine = open_project(root, folder).config.engine
    for name, value in (("TRACE", "y"), ("TRACE_RECORDS", "100"), ("TRACE_STOP_ON_FAULT", "y")):
        set_symbol(engine, name, value)
    engine.write_config(str(config_path(folder)))
    build(root, folder)
    return folder


def test_the_suite_and_a_failed_test(root: Path, build: Path) -> None:
    fails = build / "fails.robot"
    fails.write_text(FAILS)
    target, out = find_target(root, "qemu"), build / "out"
    result = run_suites(root, build, [target], None, [root / SHIPPED / "trace.robot", fails], out, quiet=True)
    by_name = {case.name: (case.status, case.message) for case in result.cases}
    status, message = by_name.pop("Fails")
    assert {state for state, _ in by_name.values()} == {"PASS"} and len(by_name) == 3, by_name
    assert status == "FAIL" and "the trace: consoles/fails-1/trace-Fails.html" in message
    assert "control" in (out / "consoles" / "fails-1" / "trace-Fails.html").read_text()


def test_what_led_to_a_fault_stays(root: Path, build: Path, tmp_path: Path) -> None:
    with Session.open(root, find_target(root, "qemu"), read_image(build), tmp_path) as session:
        session.boot()
        session.console.wait("rogue: ready", "rogue", 30)
        session.console.send_line("rogue", "attack other-ram")
        session.console.wait("attack other-ram end", "rogue", 60)
        rings = {ring.pcpu: ring for ring in read_rings(read_out(session))}
    assert all(len(ring.events) <= 128 for ring in rings.values())  # rounded up to a power of two
    last = rings[1].events[-1]
    assert (last.kind, last.vcpu, last.argument & 0xFF) == (Kind.HEALTH, 1, 0)  # a stage-2 fault of rogue
    assert rings[1].events[-2].kind is Kind.TRAP
