# SPDX-License-Identifier: Apache-2.0
"""Would the tests notice? Seeded bugs, all in one extra build, one of them chosen at run time by its number.

The sources stay as they are: a table says which expression a mutant replaces, and the build's copy has
`mutant == N ? new : old` there. A table that no longer fits its source is an error, not a skipped mutant.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import yaml

from bulkhead.build.tools import tool_environment
from bulkhead.diag import BuildFailed
from bulkhead.lab.cases import FAIL, PASS, CaseResult, count
from bulkhead.sim.cosim import build_library, driver_sources
from bulkhead.sim.design import Top, build, rtl_folder, sources
from bulkhead.sim.environment import Environment
from bulkhead.sim.options import Options
from bulkhead.sim.run import Run, simulate

SAMPLE = 5
RTL_OPS = 4000
RTL_SECONDS = 300.0
C_SECONDS = 120.0
# The number comes from the simulator's command line.
PACKAGE = """package gic_extra_pkg;
  function automatic int chosen();
    int number;
    if (!$value$plusargs("mutant=%d", number)) number = 0;
    return number;
  endfunction
  int mutant = chosen();
endpackage
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    number: int
    file: str
    old: str
    new: str
    breaks: str


def read_table(path: Path) -> list[Mutant]:
    return [Mutant(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]


def seed_bugs(text: str, mutants: Sequence[Mutant], variable: str) -> str:
    """The text with each mutant's choice in the place of what it replaces. Raises BuildFailed."""
    places: dict[str, list[Mutant]] = {}
    for m in mutants:
        places.setdefault(m.old, []).append(m)
    spans: list[tuple[int, int, str]] = []
    for old, here in places.items():
        if text.count(old) != 1:
            numbers = ", ".join(str(m.number) for m in here)
            raise BuildFailed(
                f"mutant {numbers}: '{old}' stands {text.count(old)} times in {here[0].file}, not once; "
                "renew its table in hil-tests/rtl/gic/mutants/"
            )
        at = text.index(old)
        spans.append((at, at + len(old), _choice(old, here, variable)))
    spans.sort()
    for (_, end, _), (begin, _, _) in pairwise(spans):
        if begin < end:
            raise BuildFailed("two mutants replace overlapping texts; renew hil-tests/rtl/gic/mutants/")
    for begin, end, choice in reversed(spans):
        text = text[:begin] + choice + text[end:]
    return text


def _choice(old: str, mutants: Sequence[Mutant], variable: str) -> str:
    if old.endswith(";"):
        whole = old
        for m in mutants:
            whole = f"{{ if ({variable} == {m.number}) {{ {m.new} }} else {{ {whole} }} }}"
        return whole
    value = f"({old})"
    for m in mutants:
        value = f"({variable} == {m.number} ? ({m.new}) : {value})"
    return value


def chosen(mutants: Sequence[Mutant], o: Options) -> list[Mutant]:
    """All with --long, else a sample that the seed moves along."""
    if o.long:
        return list(mutants)
    step = max(1, len(mutants) // SAMPLE)
    return [mutants[(o.seed + n * step) % len(mutants)] for n in range(SAMPLE)]


def tables(root: Path, of: str, top: Top) -> list[Mutant]:
    """`of` is "rtl" or "c". Numbers are never used twice, whatever the top level."""
    suffix = "" if top.version == 3 else f"-{top.name}"
    return read_table(rtl_folder(root) / "mutants" / f"{of}{suffix}.yaml")


def run_rtl(env: Environment, o: Options, top: Top) -> list[CaseResult]:
    """Bugs in the RTL: a directed test, the bus tests or random operations must fail."""
    table = tables(o.root, "rtl", top)
    changed = {}
    for path in sources(o.root, top):
        here = [m for m in table if m.file == path.stem]
        if here:
            changed[path.name] = seed_bugs(path.read_text(encoding="utf-8"), here, "gic_extra_pkg::mutant")
    made = build(env, o.root, top, o.say, changed=changed, extra=PACKAGE)
    found = []
    for m in (Mutant(number=0, file="", old="", new="", breaks="nothing"), *chosen(table, o)):
        run = Run(
            name="sim.mutants",
            modules=("bench.test_rules", "bench.test_bus", "bench.test_random"),
            seconds=RTL_SECONDS,
            environment={"GIC_SEED": "1", "GIC_OPS": str(RTL_OPS)},
            arguments=(f"+mutant={m.number}",),
        )
        began = time.monotonic()
        cases = simulate(env, o.root, made, run, o.out / "mutants" / f"rtl-{m.number}", lambda text: None)
        found.append(
            _verdict(
                f"{top.name} RTL", m, [c.name for c in cases if c.status == FAIL], time.monotonic() - began
            )
        )
    return [*found, _score(f"{top.name} RTL", found, o)]


def run_c(o: Options, top: Top) -> list[CaseResult]:
    """Bugs in the driver and the vGIC: a scenario must fail. On the reference model, which takes seconds."""
    table = tables(o.root, "c", top)
    changed = {}
    for path in driver_sources(o.root, top.version):
        here = [m for m in table if m.file == path.name]
        if here:
            text = seed_bugs(path.read_text(encoding="utf-8"), here, "cosim_mutant")
            changed[path.name] = f'#include "binding.h"\n{text}'
    library = build_library(o.root, top.version, changed)
    found = []
    for m in (Mutant(number=0, file="", old="", new="", breaks="nothing"), *chosen(table, o)):
        began = time.monotonic()
        failed = judge(o.root, top.version, library, m.number)
        found.append(_verdict(f"{top.name} C", m, failed, time.monotonic() - began))
    return [*found, _score(f"{top.name} C", found, o)]


def judge(root: Path, version: int, library: Path, number: int) -> list[str]:
    """The scenarios that fail with this mutant, in a process of their own: a bug may hang or crash it."""
    folders = [str(rtl_folder(root)), str(Path(__file__).resolve().parents[2])]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "cosim.judge", str(version), str(library), str(number)],
            env=tool_environment({"PYTHONPATH": os.pathsep.join(folders), "PYTHONDONTWRITEBYTECODE": "1"}),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=C_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return ["does not end"]
    failed = done.stdout.split()
    return failed or ([f"status {done.returncode}: {done.stderr[-300:]}"] if done.returncode else [])


def _verdict(of: str, m: Mutant, failed: list[str], seconds: float) -> CaseResult:
    """Number 0 is the source as it is: it must pass, or a killed mutant would mean nothing."""
    if m.number == 0:
        why = "" if not failed else f"without a mutant these fail: {', '.join(failed)}"
        return CaseResult(
            "sim.mutants", f"{of} 0: the build with no mutant passes", FAIL if failed else PASS, why, seconds
        )
    name = f"{of} {m.number}: {m.breaks}"
    why = "" if failed else f"survived: {m.file}: '{m.new}' instead of '{m.old}' was not noticed"
    return CaseResult("sim.mutants", name, PASS if failed else FAIL, why, seconds)


def _score(of: str, found: list[CaseResult], o: Options) -> CaseResult:
    killed, whole = count(found[1:], PASS), len(found) - 1
    o.say(f"mutants of the {of}: {killed} of {whole} noticed")
    why = f"{killed} of {whole}"
    return CaseResult("sim.mutants", f"{of}: all are noticed", PASS if killed == whole else FAIL, why)
