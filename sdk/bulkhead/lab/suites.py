# SPDX-License-Identifier: Apache-2.0
"""Robot Framework suites on targets: found, run in processes of their own, and judged.

One target is one Robot process; several, or several at once, are pabot's. A test that failed and a target
that failed are told apart by how the keywords' messages begin (`BOOT: ...`).
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulkhead.diag import LabError, UserError
from bulkhead.lab.cases import FAIL, CaseResult
from bulkhead.lab.image import Image, read_image
from bulkhead.lab.processes import start, wait_for
from bulkhead.lab.selection import abilities
from bulkhead.lab.session import Stage
from bulkhead.lab.targets import Target

SHIPPED = Path("hil-tests") / "suites"
KEYWORDS = Path("hil-tests") / "keywords"
PYTHON = (sys.executable, "-P", "-m")
RUN_SECONDS = 3600.0
ROBOT_BROKE = range(252, 256)  # bad data, interrupted, internal: no verdict about the target

_NOT_THE_TEST = re.compile(r"(?m)^(?:\S.*: )?(BUILD|FLASH|BOOT|LAB): ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which tests of the suites, and in which order."""

    include: tuple[str, ...] = ()  # Robot tag patterns
    exclude: tuple[str, ...] = ()
    seed: int | None = None  # shuffle suites and tests with it
    only: frozenset[tuple[str, str, str]] | None = None  # (target, suite, test): no others

    def options(self) -> list[str]:
        out: list[str] = []
        for name, patterns in (("--include", self.include), ("--exclude", self.exclude)):
            for pattern in patterns:
                out += [name, pattern]
        if self.seed is not None:
            out += ["--randomize", f"all:{self.seed}"]
        if self.only is not None:
            out += ["--runemptysuite"]
        return out


@dataclass(frozen=True, slots=True)
class RunResult:
    build_id: str
    out: Path
    cases: tuple[CaseResult, ...]

    @property
    def exit_code(self) -> int:
        return exit_code(self.cases)


def exit_code(cases: Sequence[CaseResult]) -> int:
    """3 when a build failed, 4 when a target did, 1 when a test did."""
    stages = {case.stage for case in cases if case.status == FAIL}
    if Stage.BUILD.value in stages:
        return 3
    if stages - {Stage.TEST.value}:
        return 4
    return 1 if stages else 0


def find_suites(root: Path, names: tuple[str, ...], own: Path | None) -> list[Path]:
    """Suites by name or path; without names those of the system's folder, then all shipped ones."""
    folders = [folder for folder in (own, root / SHIPPED) if folder is not None]
    if not names:
        return [path for folder in folders for path in sorted(folder.glob("*.robot"))]
    found: list[Path] = []
    for name in names:
        candidates = [Path(name), *(folder / f"{name}.robot" for folder in folders)]
        hit = next((path for path in candidates if path.exists()), None)
        if hit is None:
            known = sorted(path.stem for folder in folders for path in folder.glob("*.robot"))
            raise UserError(f"there is no suite '{name}'; there are: {', '.join(known)}")
        found.append(hit)
    return found


def common_options(root: Path, build_dir: Path, targets: Path | None, out: Path) -> list[str]:
    """What every call of Robot has; `--name` is fixed so that reruns can be merged."""
    variables = {"ROOT": root, "BUILD": build_dir, "TARGETS": targets or "", "OUT": out}
    options = [
        "--name", "HIL", "--pythonpath", str(root / "sdk"), "--pythonpath", str(root / KEYWORDS),
        "--consolecolors", "off", "--console", "quiet", "--listener", "bulkhead.lab.progress.Progress",
    ]  # fmt: skip
    for name, value in variables.items():
        options += ["--variable", f"{name}:{value}"]
    return options


def target_options(target: Target, image: Image, selection: Selection, run: str = "") -> list[str]:
    """What differs from target to target. `run` begins the names of its consoles' folders."""
    select = ";".join(["bulkhead.lab.selection.Select", *sorted(abilities(target, image))])
    only: list[str] = []
    if selection.only is not None:
        wanted = sorted(f"{suite}.{test}" for where, suite, test in selection.only if where == target.name)
        only = ["--prerunmodifier", ";".join(["bulkhead.lab.selection.Only", "", *wanted])]
    return [
        *only,
        "--variable", f"TARGET:{target.name}", "--variable", f"RUN:{run}",
        "--metadata", f"Target:{target.name}", "--prerunmodifier", select,
    ]  # fmt: skip


def run_suites(
    root: Path,
    build_dir: Path,
    on: Sequence[Target],
    targets: Path | None,
    suites: Sequence[Path],
    out: Path,
    *,
    selection: Selection = Selection(),  # frozen
    jobs: int = 1,
    quiet: bool = False,
) -> RunResult:
    """Run all suites on each target, `jobs` Robot processes at once.

    log.html, report.html, output.xml and the consoles are in `out`. Raises LabError.
    """
    image = read_image(build_dir)
    out.mkdir(parents=True, exist_ok=True)
    results = out / "output.xml"
    results.unlink(missing_ok=True)
    paths = [str(path.absolute()) for path in suites]
    common = [*common_options(root, build_dir, targets, out), *selection.options(), "--outputdir", str(out)]
    if len(on) == 1 and jobs == 1:
        command = [*PYTHON, "robot", *common, *target_options(on[0], image, selection), *paths]
    else:
        command = _pabot(on, image, selection, out, jobs, [*common, *paths])
        quiet = True  # pabot's own lines are not for people; its results are told afterwards
    said = out / "robot.txt"
    with said.open("wb") as log:
        output = log if quiet else sys.stderr.fileno()
        status = wait_for(start(command, output, out), RUN_SECONDS)
    if status in ROBOT_BROKE or not results.is_file():
        told = (
            said.read_text(encoding="utf-8", errors="replace")[-2000:] if quiet else "its messages are above"
        )
        raise LabError(f"LAB: Robot Framework itself failed ({status}): {told}")
    return RunResult(image.build_id, out, tuple(read_cases(results, on[0].name if len(on) == 1 else "")))


def _pabot(
    on: Sequence[Target], image: Image, selection: Selection, out: Path, jobs: int, words: list[str]
) -> list[str]:
    """pabot's call. Each target is an argument file; it keeps its notes in the working folder, which is
    `out`.
    """
    robot = out / "robot.sh"  # pabot takes a command apart at spaces, which a checkout's path may have
    robot.write_text(f'#!/bin/sh\nexec {shlex.join([*PYTHON, "robot"])} "$@"\n', encoding="utf-8")
    robot.chmod(0o755)
    command = [*PYTHON, "pabot.pabot", "--command", f"./{robot.name}", "--end-command",
               "--processes", str(jobs), "--no-pabotlib", "--pabotconsole", "none"]  # fmt: skip
    for number, target in enumerate(on, start=1):
        file = out / f"target{number}.args"
        options = target_options(target, image, selection, f"{target.name}-")
        lines = [f"{name} {value}" for name, value in zip(options[::2], options[1::2], strict=True)]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command += [f"--argumentfile{number}", str(file)]
    (out / ".pabotsuitenames").unlink(missing_ok=True)  # what it remembers of another run
    return [*command, *words]


def read_cases(output: Path, target: str = "") -> list[CaseResult]:
    """Every test of an output.xml, in order. `target`: where it ran, if the results do not say."""
    from robot.api import ExecutionResult, ResultVisitor

    cases: list[CaseResult] = []

    class Collector(ResultVisitor):  # type: ignore[misc]  # Robot publishes no types
        def __init__(self) -> None:
            self._targets = [target]

        def start_suite(self, suite: Any) -> None:
            self._targets.append(suite.metadata.get("Target") or self._targets[-1])

        def end_suite(self, suite: Any) -> None:
            self._targets.pop()

        def visit_test(self, test: Any) -> None:
            stage = Stage.TEST.value
            match = _NOT_THE_TEST.search(test.message)
            if test.status == FAIL and match:
                stage = match[1].lower()
            seconds = test.elapsed_time.total_seconds()
            suite, tags = Path(test.source).stem, tuple(map(str, test.tags))
            cases.append(
                CaseResult(
                    suite, test.name, test.status, test.message, seconds, stage, self._targets[-1], tags
                )
            )

    ExecutionResult(output).visit(Collector())
    return cases
