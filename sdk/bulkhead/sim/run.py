# SPDX-License-Identifier: Apache-2.0
"""One simulator process: its tests, its limit, its results.

Results are what cocotb wrote to its results file; the exit status is only ever a reason why there is
none. A process that does not end in time is stopped and said to have stood where it last said it was.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bulkhead.build.tools import tool_environment
from bulkhead.diag import LabError
from bulkhead.lab.cases import FAIL, CaseResult, read_junit
from bulkhead.lab.processes import wait_for
from bulkhead.runners.lifetime import end_with_parent
from bulkhead.sim.design import Build, bench_of, rtl_folder
from bulkhead.sim.environment import Environment

POLL_SECONDS = 0.2
_PROGRESS = re.compile(r"# (.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a simulator process is to do."""

    name: str  # suite of its results
    modules: tuple[str, ...]  # Python modules with cocotb tests
    seconds: float  # on the wall clock
    environment: Mapping[str, str]
    arguments: tuple[str, ...] = ()  # of the simulator
    filter: str = ""  # a regular expression of test names


def simulate(
    env: Environment, root: Path, build: Build, run: Run, out: Path, say: Callable[[str], None],
    runner: tuple[str, ...] = (),
) -> list[CaseResult]:  # fmt: skip
    """Runs it in `out`; log.txt there has what it printed. `runner`: a program that runs the simulator's."""
    import subprocess

    out.mkdir(parents=True, exist_ok=True)
    results, log, where = out / "results.xml", out / "log.txt", out / "where.txt"
    for stale in (results, where):
        stale.unlink(missing_ok=True)
    command = [
        *runner,
        str(build.program),
        *(("--trace", "--trace-file", str(out / f"waves.{build.waves}")) if build.waves else ()),
    ]
    command += run.arguments
    if build.coverage:
        command.append(f"+verilator+coverage+file+{out / 'coverage.dat'}")
    began = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=out,
            env=environment_of(env, root, build, run, results, where),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=end_with_parent(signal.SIGKILL),
        )
        try:
            follow(process.poll, log, began + run.seconds, say)
            status = wait_for(process, 1.0)
        except LabError:
            stood = (
                where.read_bytes().split(b"\0")[0].decode("utf-8", "replace")
                if where.is_file()
                else "its start"
            )
            why = f"did not end within {run.seconds:.0f} s; it stood in: {stood}"
            return [*_read(run, results), CaseResult(run.name, "the simulator ends", FAIL, why, run.seconds)]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    found = _read(run, results)
    if not found and not run.filter:
        tail = log.read_text(encoding="utf-8", errors="replace")[-4000:]
        why = f"no results (status {status}):\n{tail}"
        found = [CaseResult(run.name, "the simulator runs", FAIL, why, time.monotonic() - began)]
    return found


def follow(poll: Callable[[], int | None], log: Path, deadline: float, say: Callable[[str], None]) -> None:
    """Passes on the lines that the benches mean for the user, as they come."""
    read = 0
    while True:
        ended = poll() is not None
        with log.open("rb") as file:
            file.seek(read)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        read += len(whole)
        for line in whole.decode("utf-8", "replace").splitlines():
            if match := _PROGRESS.match(line):
                say(f"  {match[1]}")
        if ended or time.monotonic() > deadline:
            return
        time.sleep(POLL_SECONDS)


def _read(run: Run, results: Path) -> list[CaseResult]:
    if not results.is_file():
        return []
    try:
        found = read_junit(results)
    except Exception as broken:  # a process that was killed while it wrote
        return [CaseResult(run.name, "the results can be read", FAIL, str(broken))]
    return [CaseResult(run.name, c.name, c.status, c.message, c.seconds) for c in found]


def environment_of(
    env: Environment, root: Path, build: Build, run: Run, results: Path, where: Path
) -> dict[str, str]:
    sizes = ",".join(str(build.top.sizes.get(name, 0)) for name in ("NCPU", "NSPI", "NLR"))
    return tool_environment(
        {
            "PYTHONPATH": os.pathsep.join([str(rtl_folder(root)), str(Path(__file__).resolve().parents[2])]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "PYGPI_PYTHON_BIN": str(env.python),
            "GPI_USERS": env.entry_points,
            "COCOTB_TOPLEVEL": bench_of(build.top),
            "COCOTB_TEST_MODULES": ",".join(run.modules),
            "COCOTB_RESULTS_FILE": str(results),
            "COCOTB_LOG_LEVEL": "WARNING",
            "COCOTB_TRUST_INERTIAL_WRITES": "1",
            "COCOTB_ANSI_OUTPUT": "0",
            "TOPLEVEL_LANG": "verilog",
            "GIC_SIZE": sizes,
            "GIC_VERSION": str(build.top.version),
            "GIC_WHERE": str(where),
            "GIC_OUT": str(results.parent),
            **({"COCOTB_TEST_FILTER": run.filter} if run.filter else {}),
            **run.environment,
        }
    )
