# SPDX-License-Identifier: Apache-2.0
"""Every test there is, runner by runner: SDK (pytest), host C tests, target tests, Robot suites.

A runner that cannot run at all is one failed test with the reason; the others still run.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bulkhead.diag import FetchFailed, LabError, SdkError, ToolMissing, UserError
from bulkhead.fetch.emulator import fetch_qemu
from bulkhead.fetch.fetch import fetch
from bulkhead.kconfig.system import find_system
from bulkhead.lab.cases import FAIL, PASS, SKIP, CaseResult, closing_line, is_selected, read_junit
from bulkhead.lab.image import Image
from bulkhead.lab.processes import start, wait_for
from bulkhead.lab.suites import Selection, find_suites, run_suites
from bulkhead.lab.target_tests import BOARD, run_target_tests
from bulkhead.lab.targets import find_target
from bulkhead.runners import hosttools
from bulkhead.runners.boards import read_qemu_machine

PYTEST_SECONDS = 1500.0
LONG = "length:long"  # a tag: over the second transport only with --long
HIL_TARGETS = ("qemu", "qemu-pty")
# Wanted by tests, which skip with the reason without them.
HOST_TOOLS = ("qemu-system-aarch64", "gcc", "make", "tmux", "dtc")

OTHER_BOARDS = ("zcu102", "rpi4b", "imx8mp_evk")
SAMPLE = ("boot", "faults_are_reported")  # of the suites: what is most of the board's own


@dataclass(frozen=True, slots=True, kw_only=True)
class HilSystem:
    """A system that suites run on; its own ones, or the shipped ones where it is for them."""

    name: str
    targets: tuple[str, ...] = HIL_TARGETS[:1]
    own: bool = True
    fetch: str = ""  # what its guest is made of
    fast: bool = False  # also runs in the fast selection
    short: bool = False  # what takes long is left out, but for --long
    some: tuple[str, ...] = ()  # these suites alone, but for --long
    long: bool = False  # runs with --long alone


HIL_SYSTEMS = (
    HilSystem(name="qemu_virt/hil", targets=HIL_TARGETS, own=False, fast=True),
    HilSystem(name="qemu_virt/linux_rtos", fetch="linux"),
    HilSystem(name="qemu_virt/u_boot", fetch="u-boot"),
    HilSystem(name="qemu_virt_gicv2/hil", own=False, short=True),
    HilSystem(name="qemu_virt_gicv4/hil", own=False, short=True),
    *(HilSystem(name=f"{board}/hil", own=False, short=True, some=SAMPLE) for board in OTHER_BOARDS),
    HilSystem(name="zcu102/can"),
    HilSystem(name="qemu_virt_gicv2/linux_rtos", fetch="linux", long=True),
    *(HilSystem(name=f"{board}/linux_rtos", fetch="linux", long=True) for board in OTHER_BOARDS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked for. `prepare(system, folder)` configures and builds; it is the caller's."""

    root: Path
    out: Path
    fast: bool
    long: bool
    expression: str
    prepare: Callable[[str, str], Image]
    say: Callable[[str], None]

    def selects(self, name: str) -> bool:
        return is_selected(self.expression, name)


Suite = Callable[[Plan], list[CaseResult]]


def run_all(plan: Plan) -> list[CaseResult]:
    """All of them, in order, with the time each took."""
    for tool in (*HOST_TOOLS, *(() if plan.fast else hosttools.COMPILERS)):
        try:
            hosttools.require(tool)
        except ToolMissing as missing:
            plan.say(str(missing))
    found: list[CaseResult] = []
    for name, suite in SUITES.items():
        began = time.monotonic()
        try:
            cases = suite(plan)
        except SdkError as problem:
            if isinstance(problem, UserError) and problem.diags:
                from bulkhead.diag import render_text

                problem = UserError(render_text(problem.diags))
            cases = [CaseResult(name, "the suite runs", FAIL, str(problem), stage="lab")]
        if cases:
            plan.say(f"{name:<12} {closing_line(cases)}, {time.monotonic() - began:.1f} s")
        found += cases
    return found


def run_sdk(plan: Plan) -> list[CaseResult]:
    """pytest over sdk/tests, two at a time."""
    junit = plan.out / "sdk.xml"
    junit.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "-q",
        "-n",
        str(min(4, os.cpu_count() or 1)),
        "--dist",
        "loadgroup",  # tests that share something dear stay together
        "--junitxml",
        str(junit),
    ]
    command += ["--fast"] * plan.fast + ["--long"] * plan.long
    if plan.expression:
        command += ["-k", plan.expression]
    log = plan.out / "sdk.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("wb") as said:
            status = wait_for(start(command, said, plan.root), PYTEST_SECONDS)
    except LabError as late:
        raise LabError(f"{late}; its last words:\n{_tail(log)}") from late
    if status == 5 or (status == 0 and not junit.is_file()):
        return []  # nothing was selected
    if status not in (0, 1) or not junit.is_file():
        raise LabError(f"pytest itself failed ({status}):\n{_tail(log)}")
    return [
        _with_stacks(case, log) if "crashed while running" in case.message else case
        for case in read_junit(junit)
    ]


def _with_stacks(case: CaseResult, log: Path) -> CaseResult:
    """A test that took its worker down, with what the log has of where it stood when its time was over."""
    text = log.read_text(encoding="utf-8", errors="replace")
    stacks = re.findall(r"^.*Timeout \(.*?(?=^.*_pytest/python\.py)", text, re.DOTALL | re.MULTILINE)
    return replace(case, message="\n".join([case.message, *stacks]))


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-4000:]


def run_host(plan: Plan) -> list[CaseResult]:
    """The hypervisor's rooms compiled for this machine, with sanitizers."""
    from bulkhead.build import hosttests

    results = hosttests.run(plan.root, plan.out / "host", plan.fast, long=plan.long, selects=plan.selects)
    return [
        CaseResult("host", name, PASS if is_good else FAIL, "" if is_good else output, seconds)
        for name, is_good, seconds, output in results
    ]


def run_target(plan: Plan) -> list[CaseResult]:
    """The guests of hv-arm64/test/target."""
    target = find_target(plan.root, "qemu")
    hosttools.require("qemu-system-aarch64")
    return list(
        run_target_tests(
            plan.root, plan.out / "target", lambda system: plan.prepare(system, "test/target/build"), target,
            selected=plan.selects, bare=not plan.fast, long=plan.long,
        )
    )  # fmt: skip


def run_hil(plan: Plan) -> list[CaseResult]:
    """The Robot suites over TCP, and the shipped ones once more over a pseudo terminal."""
    cases: list[CaseResult] = []
    for system in HIL_SYSTEMS:
        for name in system.targets[: 1 if plan.fast else None]:
            if (system.fast or not plan.fast) and (plan.long or not system.long):
                cases += _run_suites_of(plan, system, name)
    return cases


def _run_suites_of(plan: Plan, system: HilSystem, target_name: str) -> list[CaseResult]:
    board, _, folder = system.name.partition("/")
    own = find_system(plan.root, system.name).suites if system.own else None
    suites = sorted(own.glob("*.robot")) if own else find_suites(plan.root, (), None)
    where = f"hil.{target_name}" if board == BOARD else f"hil.{target_name}.{board}"
    suites = [path for path in suites if plan.selects(f"{where}.{path.stem}")]
    if system.some and not plan.long:
        suites = [path for path in suites if path.stem in system.some]
    if not suites:
        return []
    hosttools.require("qemu-system-aarch64")
    try:
        _require_qemu(plan, board)
    except (ToolMissing, FetchFailed) as missing:
        return [CaseResult(f"{where}.{path.stem}", "the suite runs", SKIP, str(missing)) for path in suites]
    if system.fetch:
        fetch(system.fetch, say=plan.say)
    image = plan.prepare(system.name, f"test/hil/{board}-{folder}")
    target = find_target(plan.root, target_name)
    out = plan.out / "hil" / target_name / f"{board}-{folder}"
    whole = plan.long or (target_name == HIL_TARGETS[0] and not system.short)
    result = run_suites(
        plan.root, image.path.parent, [target], None, suites, out, quiet=True,
        selection=Selection(exclude=() if whole else (LONG,)),
    )  # fmt: skip
    return [
        CaseResult(f"{where}.{c.suite}", c.name, c.status, c.message, c.seconds, c.stage)
        for c in result.cases
    ]


def _require_qemu(plan: Plan, board: str) -> None:
    """One that is new enough for the board; fetched where the installed one is not."""
    wanted = read_qemu_machine(plan.root, board).get("version", "")
    try:
        hosttools.require_qemu(wanted)
    except ToolMissing:
        fetch_qemu(plan.say)
        hosttools.require_qemu(wanted)


def run_sim(plan: Plan) -> list[CaseResult]:
    """The interrupt controller's RTL against its reference model. Not with --fast: it builds a simulator."""
    from bulkhead.sim import gic
    from bulkhead.sim.design import TOPS
    from bulkhead.sim.options import Options

    options = Options(
        root=plan.root,
        out=plan.out / "sim",
        say=plan.say,
        tops=tuple(TOPS),
        long=plan.long,
        prepare=lambda system, folder: plan.prepare(system, f"test/{folder}"),
        selects=plan.selects,
    )
    return gic.run_gic(options) if not plan.fast and gic.any_selected(options) else []


SUITES: dict[str, Suite] = {
    "sdk": run_sdk,
    "host": run_host,
    "target": run_target,
    "hil": run_hil,
    "sim": run_sim,
}
