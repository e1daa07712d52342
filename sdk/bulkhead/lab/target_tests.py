# SPDX-License-Identifier: Apache-2.0
"""The guests of hv-arm64/test/target and rtos-guests/test/target, each run as the only partition.

They are judged by what they printed. A check that silently did not run is a failure too: cases.yaml
names every one. Most cases also run on bare QEMU, which checks the check.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulkhead.diag import SdkError
from bulkhead.lab.cases import FAIL, PASS, CaseResult
from bulkhead.lab.console import Console, TextNotSeen
from bulkhead.lab.demux import HYPERVISOR, UNTAGGED
from bulkhead.lab.image import Image
from bulkhead.lab.session import Session
from bulkhead.lab.targets import Target
from bulkhead.model.system import GUEST_RAM_IPA
from bulkhead.runners.base import Job
from bulkhead.runners.boards import read_qemu_machine
from bulkhead.runners.qemu import QemuRunner

FOLDER = Path("hv-arm64") / "test" / "target"
FOLDERS = (FOLDER, Path("rtos-guests") / "test" / "target")
BOARD = "qemu_virt"
BOARD_CPUS = 4
FAULT_CLASSES = ("STAGE2", "UNDEFINED", "CALL")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCase:
    """One entry of cases.yaml."""

    name: str
    board: str
    guest: str
    config: tuple[str, ...]  # more lines of its defconfig
    long_config: tuple[str, ...]  # and of a campaign in its full size
    cpu: str | None  # instead of the board's
    concurrent: bool  # each vCPU a thread of the host's; no exact time then
    folder: Path  # where its guest is, below the checkout
    vcpus: int
    ram: int
    fault: str
    restart_limit: int | None
    devices: tuple[str, ...]
    neighbours: tuple[str, ...]  # on the same pCPU: guest and boot arguments of each
    checks: tuple[str, ...]
    ends_with: str
    lives: int
    inputs: tuple[tuple[str, str], ...]  # after this line: send that
    hypervisor: tuple[str, ...]
    says: tuple[str, ...]  # patterns of lines of the guest, in this order
    seconds: float
    bare: bool
    bare_may_fail: tuple[str, ...]


def read_cases(root: Path) -> list[TargetCase]:
    import yaml

    found: list[TargetCase] = []
    for folder in FOLDERS:
        text = (root / folder / "cases.yaml").read_text(encoding="utf-8")
        # Every value as it is written: a check may be called `on`.
        data = yaml.load(text, Loader=yaml.BaseLoader)
        found += [_case(folder, name, fields) for name, fields in data["cases"].items()]
    return found


def _case(folder: Path, name: str, fields: Mapping[str, Any]) -> TargetCase:
    return TargetCase(
        name=name,
        board=fields.get("board", BOARD),
        guest=fields.get("guest", name),
        config=tuple(fields.get("config", ())),
        long_config=tuple(fields.get("long_config", ())),
        cpu=fields.get("cpu"),
        concurrent=fields.get("concurrent", "false") == "true",
        folder=folder,
        vcpus=int(fields.get("vcpus", "1")),
        ram=int(fields.get("ram", "0x40000"), 0),
        fault=fields.get("fault", "inject-abort"),
        restart_limit=int(fields["restart_limit"]) if "restart_limit" in fields else None,
        devices=tuple(fields.get("devices", ())),
        neighbours=tuple(fields.get("neighbours", ())),
        checks=tuple(fields["pass"]),
        ends_with=fields.get("ends_with", "DONE"),
        lives=int(fields.get("lives", "1")),
        inputs=tuple((entry["after"], entry["send"]) for entry in fields.get("input", ())),
        hypervisor=tuple(fields.get("hv", ())),
        says=tuple(fields.get("says", ())),
        seconds=float(fields.get("timeout_s", "20")),
        bare=fields.get("bare", "true") == "true",
        bare_may_fail=tuple(fields.get("bare_may_fail", ())),
    )


def system_defconfig(case: TargetCase, *, long: bool = False) -> str:
    """The system of a case: its guest alone, on as many pCPUs as it has vCPUs."""
    lines = [
        f'CONFIG_BOARD="{case.board}"',
        "CONFIG_PART_1_ENABLE=y",
        f'CONFIG_PART_1_NAME="{case.name}"',
        f'CONFIG_PART_1_GUEST="{case.guest}"',
        f"CONFIG_PART_1_RAM_SIZE={case.ram:#x}",
    ]
    if case.vcpus > 1:
        lines += [
            f"CONFIG_PART_1_VCPUS={case.vcpus}",
            f'CONFIG_PART_1_PCPUS="{",".join(str(cpu) for cpu in range(case.vcpus))}"',
        ]
    action = case.fault.upper().replace("-", "_")
    lines += [f"CONFIG_PART_1_FAULT_{kind}_{action}=y" for kind in FAULT_CLASSES]
    if case.restart_limit is not None:
        lines.append(f"CONFIG_PART_1_RESTART_LIMIT={case.restart_limit}")
    lines += [f"CONFIG_OWNER_{re.sub(r'[^A-Z0-9]', '_', device.upper())}_PART_1=y" for device in case.devices]
    lines += _shared_with(case)
    lines += [*case.config, *(case.long_config if long else ())]
    return "\n".join(lines) + "\n"


def _shared_with(case: TargetCase) -> list[str]:
    """pCPU 0 by turns: two of its own in each frame, and one of each neighbour."""
    if not case.neighbours:
        return []
    lines = ["CONFIG_CONSOLE_PCPU=1", "CONFIG_PCPU_0_POLICY_TABLE=y", "CONFIG_PCPU_0_FRAME_US=300"]
    for slot, neighbour in enumerate(case.neighbours, start=2):
        guest, _, arguments = neighbour.partition(" ")
        lines += [
            f"CONFIG_PART_{slot}_ENABLE=y",
            f'CONFIG_PART_{slot}_NAME="neighbour-{slot}"',
            f'CONFIG_PART_{slot}_GUEST="{guest}"',
            f'CONFIG_PART_{slot}_PCPUS="0"',
            f'CONFIG_PART_{slot}_BOOTARGS="{arguments}"',
        ]
    windows = f"0+70 {case.name}, 80+90 neighbour-2, 170+30 {case.name}, 200+100 neighbour-3"
    return [*lines, f'CONFIG_PCPU_0_WINDOWS="{windows}"']


def write_system(root: Path, case: TargetCase, folder: Path, *, long: bool = False) -> Path:
    """A system's folder for the case, whose guests/ are the tests' own."""
    system = folder / case.name
    system.mkdir(parents=True, exist_ok=True)
    (system / "system.defconfig").write_text(system_defconfig(case, long=long), encoding="utf-8")
    guests = system / "guests"
    if not guests.is_symlink() or guests.readlink() != root / case.folder:
        guests.unlink(missing_ok=True)
        guests.symlink_to(root / case.folder)
    if case.vcpus > BOARD_CPUS:
        (system / "overlay.dts").write_text(_more_cpus(case.vcpus), encoding="utf-8")
    return system


def _more_cpus(count: int) -> str:
    """The boards' devicetrees have four; QEMU makes as many as it is told."""
    nodes = "".join(
        f"\tcpu@{cpu} {{\n"
        '\t\tdevice_type = "cpu";\n\t\tcompatible = "arm,cortex-a53";\n'
        f'\t\treg = <{cpu}>;\n\t\tenable-method = "psci";\n\t}};\n'
        for cpu in range(BOARD_CPUS, count)
    )
    return f"// SPDX-License-Identifier: Apache-2.0\n\n&{{/cpus}} {{\n{nodes}}};\n"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a run: the guest's lines, the hypervisor's, and why it was cut short ("" if not)."""

    guest: list[str]
    hypervisor: list[str]
    problem: str


def run_case(root: Path, case: TargetCase, target: Target, image: Image, out: Path) -> Heard:
    """Under Bulkhead."""
    with Session.open(root, target, image, out, exact_time=not case.concurrent, cpu=case.cpu) as session:
        session.boot()
        problem = _follow(
            session.console, case, case.name, case.lives, lambda: session.console.focus(case.name)
        )
        for part in case.hypervisor:
            try:
                session.wait(re.escape(part), HYPERVISOR, 5.0)
            except TextNotSeen as missed:
                problem = problem or str(missed)
        guest = _lives(_texts(session.console, case.name), case)
        return Heard(guest, _texts(session.console, HYPERVISOR), problem)


def run_bare(root: Path, case: TargetCase, build_dir: Path, out: Path) -> Heard:
    """The same guest on QEMU itself, at EL1, with the devicetree that Bulkhead gives it."""
    machine = dict(read_qemu_machine(root, case.board))
    machine["machine"] = machine["machine"].replace("virtualization=on,", "")
    elf, tree = (
        build_dir / "guests" / case.guest / f"{case.guest}.elf",
        build_dir / "dtb" / f"{case.name}.dtb",
    )
    options = {"exact_time": not case.concurrent, "loads": ((tree, GUEST_RAM_IPA),)}
    job = Job(image=elf, out=out, cpus=case.vcpus, machine=machine, options=options)
    with (
        QemuRunner.create(job).run() as running,
        Console.open(running.console_url, out / "console.raw") as console,
    ):
        running.release()
        problem = _follow(console, case, UNTAGGED, 1, lambda: None)
        return Heard(_texts(console, UNTAGGED), [], problem)


def _follow(console: Console, case: TargetCase, speaker: str, lives: int, focus: Callable[[], None]) -> str:
    """Type what the case wants typed and wait for its end; the problem if it does not come."""
    deadline = time.monotonic() + case.seconds
    try:
        for after, send in case.inputs:
            console.wait(re.escape(after), speaker, deadline - time.monotonic())
            focus()
            console.send(send.encode())
        for _ in range(lives):
            console.wait(f"^{_pattern(case)}$", speaker, deadline - time.monotonic())
    except TextNotSeen as problem:
        return str(problem)
    return ""


def _pattern(case: TargetCase) -> str:
    """Of the last line: literal, unless the case says what the guest must say by patterns anyway."""
    return case.ends_with if case.says else re.escape(case.ends_with)


def _lives(texts: list[str], case: TargetCase) -> list[str]:
    """Without what a life says that began before the machine was switched off."""
    ends = [n for n, text in enumerate(texts, start=1) if re.fullmatch(_pattern(case), text)]
    return texts[: ends[case.lives - 1]] if len(ends) >= case.lives else texts


def _texts(console: Console, speaker: str) -> list[str]:
    return [line.text for line in console.lines(speaker)]


def judge(
    case: TargetCase, heard: Heard, lives: int, suite: str, may_fail: tuple[str, ...] = ()
) -> Iterator[CaseResult]:
    """A result for each check, and one for the run itself."""
    passed = Counter(m[1] for text in heard.guest if (m := re.match(r"PASS (\S+)$", text)))
    failed = {m[1]: m[2] for text in heard.guest if (m := re.match(r"FAIL (\S+): (.*)$", text))}
    for check in case.checks:
        if check in may_fail:
            continue
        if check in failed:
            yield CaseResult(suite, check, FAIL, failed[check])
        elif passed[check] != lives:
            text = "did not run" if not passed[check] else f"passed {passed[check]} times, not {lives}"
            yield CaseResult(suite, check, FAIL, text)
        else:
            yield CaseResult(suite, check, PASS)
    problems = [heard.problem] if heard.problem else []
    lines = iter(heard.guest)
    problems += [
        f"the guest did not say '{wanted}' in its place"
        for wanted in case.says
        if not any(re.match(wanted, line) for line in lines)
    ]
    unknown = sorted((passed.keys() | failed.keys()) - set(case.checks))
    if unknown:
        problems.append(f"checks that cases.yaml does not name: {', '.join(unknown)}")
    problems += [text for text in heard.hypervisor if text.startswith("CRASH")]
    yield CaseResult(suite, "runs to its end", FAIL if problems else PASS, "\n".join(problems))


def run_target_tests(
    root: Path,
    out: Path,
    prepare: Callable[[str], Image],
    target: Target,
    *,
    selected: Callable[[str], bool],
    bare: bool,
    long: bool = False,
) -> Iterator[CaseResult]:
    """Every selected case. `prepare` configures and builds a system, always in the same build folder.

    Without `bare`, what only repeats a guest on another board is left out too.
    """
    for case in read_cases(root):
        if not bare and case.board != BOARD and case.guest != case.name:
            continue
        suites = {False: f"target.{case.name}", True: f"target-bare.{case.name}"}
        for on_bare in (False, True):
            suite = suites[on_bare]
            if not selected(suite) or (on_bare and not (bare and case.bare)):
                continue
            began = time.monotonic()
            try:
                image = prepare(str(write_system(root, case, out / "systems", long=long)))
                if on_bare:
                    heard = run_bare(root, case, image.path.parent, out / suite)
                    results = list(judge(case, heard, 1, suite, case.bare_may_fail))
                else:
                    results = list(
                        judge(case, run_case(root, case, target, image, out / suite), case.lives, suite)
                    )
            except SdkError as problem:
                results = [CaseResult(suite, "runs to its end", FAIL, str(problem), stage="boot")]
            seconds = time.monotonic() - began
            yield from results[:-1]
            last = results[-1]
            yield CaseResult(last.suite, last.name, last.status, last.message, seconds, last.stage)
