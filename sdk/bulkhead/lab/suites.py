# SPDX-License-Identifier: Apache-2.0
"""Robot Framework suites on a target: found, run in a process of their own, and judged.

A test that failed and a target that failed are told apart by how the keywords' messages begin
(`BOOT: ...`).
"""

from __future__ import annotations

import re
import sys
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
ROBOT = (sys.executable, "-P", "-m", "robot")
RUN_SECONDS = 1500.0
ROBOT_BROKE = range(252, 256)  # bad data, interrupted, internal: no verdict about the target

_NOT_THE_TEST = re.compile(r"(?m)^(?:\S.*: )?(BUILD|FLASH|BOOT|LAB): ")


@dataclass(frozen=True, slots=True)
class RunResult:
    target: Target
    build_id: str
    out: Path
    cases: tuple[CaseResult, ...]

    @property
    def exit_code(self) -> int:
        """4 when the target failed, 1 when a test did."""
        stages = {case.stage for case in self.cases if case.status == FAIL}
        if "build" in stages:
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


def robot_command(
    root: Path,
    build_dir: Path,
    target: Target,
    targets: Path | None,
    suites: list[Path],
    out: Path,
    image: Image,
) -> list[str]:
    """The call of Robot Framework; `--name` is fixed so that reruns can be merged."""
    return [*ROBOT, *common_options(root, build_dir, targets, out), *target_options(target, image),
            "--outputdir", str(out), *map(str, suites)]  # fmt: skip


def common_options(root: Path, build_dir: Path, targets: Path | None, out: Path) -> list[str]:
    """What every call has, whatever its target."""
    variables = {"ROOT": root, "BUILD": build_dir, "TARGETS": targets or "", "OUT": out}
    options = [
        "--name", "HIL", "--pythonpath", str(root / "sdk"), "--pythonpath", str(root / KEYWORDS),
        "--consolecolors", "off", "--console", "quiet", "--listener", "bulkhead.lab.progress.Progress",
    ]  # fmt: skip
    for name, value in variables.items():
        options += ["--variable", f"{name}:{value}"]
    return options


def target_options(target: Target, image: Image, run: str = "") -> list[str]:
    """What differs from target to target. `run` begins the names of its consoles' folders."""
    select = ";".join(["bulkhead.lab.selection.Select", *sorted(abilities(target, image))])
    return [
        "--variable", f"TARGET:{target.name}", "--variable", f"RUN:{run}",
        "--metadata", f"Target:{target.name}", "--prerunmodifier", select,
    ]  # fmt: skip


def run_suites(
    root: Path,
    build_dir: Path,
    target: Target,
    targets: Path | None,
    suites: list[Path],
    out: Path,
    *,
    quiet: bool = False,
) -> RunResult:
    """Run them; log.html, report.html, output.xml and the consoles are in `out`. Raises LabError."""
    image = read_image(build_dir)
    out.mkdir(parents=True, exist_ok=True)
    results = out / "output.xml"
    results.unlink(missing_ok=True)
    command = robot_command(root, build_dir, target, targets, suites, out, image)
    said = out / "robot.txt"
    with said.open("wb") as log:
        output = log if quiet else sys.stderr.fileno()
        status = wait_for(start(command, output), RUN_SECONDS)
    if status in ROBOT_BROKE or not results.is_file():
        told = (
            said.read_text(encoding="utf-8", errors="replace")[-2000:] if quiet else "its messages are above"
        )
        raise LabError(f"LAB: Robot Framework itself failed ({status}): {told}")
    return RunResult(target, image.build_id, out, tuple(read_cases(results)))


def read_cases(output: Path) -> list[CaseResult]:
    """Every test of an output.xml, in order."""
    from robot.api import ExecutionResult, ResultVisitor

    cases: list[CaseResult] = []

    class Collector(ResultVisitor):  # type: ignore[misc]  # Robot publishes no types
        def visit_test(self, test: Any) -> None:
            stage = Stage.TEST.value
            match = _NOT_THE_TEST.search(test.message)
            if test.status == FAIL and match:
                stage = match[1].lower()
            seconds = test.elapsed_time.total_seconds()
            cases.append(
                CaseResult(Path(test.source).stem, test.name, test.status, test.message, seconds, stage)
            )

    ExecutionResult(output).visit(Collector())
    return cases
