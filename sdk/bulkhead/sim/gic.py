# SPDX-License-Identifier: Apache-2.0
"""What `sim gic` does: the directed rules, the buses and random operations on the RTL, and the report.

The reference model judges every access; coverage of the run is written beside the results.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import yaml

from bulkhead.diag.paths import shown
from bulkhead.lab.cases import FAIL, PASS, CaseResult
from bulkhead.sim import design, icarus, lockstep, mutants
from bulkhead.sim.cosim import build_library
from bulkhead.sim.coverage import FileCoverage, Waiver, read_coverage, share, waive
from bulkhead.sim.design import Top, build, lint
from bulkhead.sim.environment import Environment, prepare
from bulkhead.sim.life import draw_life
from bulkhead.sim.options import OPS, Options
from bulkhead.sim.plain import plain
from bulkhead.sim.report import coverage_page
from bulkhead.sim.run import Run, simulate

STORM, LONG_STORM = 3_000, 100_000
RUN_SECONDS = 300.0
SECONDS_PER_OP = 0.01  # on a slow and loaded host
MODULES = {
    "v3": ("bench.test_rules", "bench.test_bus", "bench.test_power", "bench.test_cosim", "bench.test_random"),
    "v2": ("bench.test_rules", "bench.test_bus", "bench.test_cosim", "bench.test_random"),
}
FUNCTIONAL_FLOOR = 95.0
LIMIT = "a simulator that hangs is stopped and says where"
LIMIT_SECONDS = (3.0, 12.0, 60.0)  # a loaded host takes longer to get there


def run_gic(o: Options) -> list[CaseResult]:
    """Every part that `o.selects`, by the names it gives its results."""
    o = replace(o, root=plain(o.root), out=plain(o.out))
    env = prepare(o.root, o.say)
    if o.simulator == "icarus":
        return icarus.run_icarus(env, o, o.tops)
    found: list[CaseResult] = []
    for name in o.tops:
        top = design.TOPS[name]
        if o.selects(f"sim.{name}.lint is clean"):
            found.append(check_lint(env, o, top))
        found += run_benches(env, o, top)
        if o.selects(f"sim.{name}.{LIMIT}"):
            found.append(check_limit(env, o, top))
        found += run_mutants(env, o, top)
        if o.long and name == "v3":
            found += run_benches(env, o, design.V3_LARGE)
    if "v3" in o.tops:
        found += lockstep.run_lockstep(replace(o, ops=None), lockstep.PLAYERS)
        if o.long and o.selects(LIFE):
            found.append(check_life(o))
    return found


LIFE = "sim.life.the picture in docs is what is drawn"


def check_life(o: Options) -> CaseResult:
    """A change of the RTL's timing or of what is played has to be drawn anew."""
    began = time.monotonic()
    suite, _, name = LIFE.rpartition(".")
    shown_there = (o.root / "docs" / "gic-life.svg").read_text(encoding="utf-8")
    same = draw_life(o) == shown_there
    why = "" if same else "draw it anew: ./bulkhead sim gic --life docs/gic-life.svg"
    return CaseResult(suite, name, PASS if same else FAIL, why, time.monotonic() - began)


def check_lint(env: Environment, o: Options, top: Top) -> CaseResult:
    began = time.monotonic()
    said = lint(env, o.root, top, o.out / "lint")
    return CaseResult(
        f"sim.{top.name}", "lint is clean", FAIL if said else PASS, said, time.monotonic() - began
    )


def check_limit(env: Environment, o: Options, top: Top) -> CaseResult:
    """A storm without an end: the simulator is stopped, and the failure tells where in C it stood."""
    began, cases = time.monotonic(), []
    made = build(env, o.root, top, o.say)
    for seconds in LIMIT_SECONDS:
        run = Run(
            name=f"sim.{top.name}",
            modules=("bench.test_cosim",),
            seconds=seconds,
            environment={"GIC_COSIM": str(build_library(o.root, top.version)), "GIC_STORM": str(10**9)},
            filter=r"\.a_long_storm_on_the_rtl$",
        )
        cases = simulate(env, o.root, made, run, o.out / top.name / "limit", lambda text: None)
        if any(re.search(r"it stood in: \w+\(\) on pCPU \d: \S", c.message) for c in cases):
            return CaseResult(run.name, LIMIT, PASS, "", time.monotonic() - began)
    said = "; ".join(c.message or c.name for c in cases)
    return CaseResult(f"sim.{top.name}", LIMIT, FAIL, said, time.monotonic() - began)


def test_names(root: Path, top: Top) -> list[str]:
    """Tests of the benches of this top level, without a simulator: their functions' names."""
    folder = design.rtl_folder(root)
    names: list[str] = []
    files = [folder / f"{module.replace('.', '/')}.py" for module in MODULES[top.name.partition("-")[0]]]
    files += sorted((folder / "rules" / ("v2" if top.version == 2 else "")).glob("*.py"))
    files += [folder / "cosim" / f"scenarios{of}.py" for of in ("", top.version)]
    for path in files:
        text = path.read_text(encoding="utf-8")
        names += re.findall(
            r"^@(?:cocotb\.test\(.*?\)|rule\(.*?\)|scenario)\n(?:async )?def (\w+)", text, re.M | re.S
        )
    return names


def run_benches(env: Environment, o: Options, top: Top) -> list[CaseResult]:
    wanted = [n for n in test_names(o.root, top) if o.selects(f"sim.{top.name}.{n}")]
    if not wanted:
        return []
    ops = o.operations // (10 if top is design.V3_LARGE else 1)
    waves = waves_format() if o.waves else ""
    made = build(env, o.root, top, o.say, waves=waves, coverage=o.coverage)
    everything = len(wanted) == len(test_names(o.root, top))
    run = Run(
        name=f"sim.{top.name}",
        modules=MODULES[top.name.partition("-")[0]],
        seconds=RUN_SECONDS
        + ops * SECONDS_PER_OP * (10 if top is design.V3_LARGE or o.waves or o.coverage else 1),
        environment={
            "GIC_SEED": str(o.seed),
            "GIC_OPS": str(ops),
            "GIC_COSIM": str(build_library(o.root, top.version)),
            "GIC_STORM": str(LONG_STORM if o.long else STORM),
        },
        filter="" if everything else "|".join(rf"\.{n}$" for n in wanted),
    )
    o.say(f"{top.name}: {len(wanted)} tests, {ops} random operations from seed {o.seed}")
    folder = o.out / top.name
    (folder / "functional.json").unlink(missing_ok=True)
    found = simulate(env, o.root, made, run, folder, o.say)
    seen = {case.name for case in found}
    ended = not any(case.name == "the simulator ends" for case in found)
    found += [
        CaseResult(run.name, n, FAIL, "the simulator ended without a result of it")
        for n in wanted
        if n not in seen and ended
    ]
    functional = folder / "functional.json"
    if functional.is_file():
        files = write_report(o, top, folder)
        if files and everything and ops >= OPS and top in design.TOPS.values():
            found.append(check_explained(run.name, files))
        if ops >= OPS:
            found.append(check_functional(run.name, functional))
    return found


def write_report(o: Options, top: Top, folder: Path) -> dict[str, FileCoverage]:
    """coverage.html beside the results: functional bins, and lines and toggles where they were measured."""
    bins = json.loads((folder / "functional.json").read_text(encoding="utf-8"))["bins"]
    data = folder / "coverage.dat"
    files = read_coverage(data.read_text(encoding="utf-8")) if o.coverage and data.is_file() else {}
    entries = yaml.safe_load(
        (design.rtl_folder(o.root) / "hdl" / "coverage.yaml").read_text(encoding="utf-8")
    )
    waive(files, [Waiver(**entry) for entry in entries], top.name)
    title = f"Coverage of {top.design}, {o.operations} random operations from seed {o.seed}"
    (folder / "coverage.html").write_text(coverage_page(bins, files, title), encoding="utf-8")
    for kind in ("lines", "toggles") if files else ():
        points = {(f.name, *point): hit for f in files.values() for point, hit in getattr(f, kind).items()}
        o.say(f"{top.name}: {share(points):.1f} % of {len(points)} {kind}")
    if files:
        o.say(f"{top.name}: {sum(len(f.waived) for f in files.values())} points not reached are explained")
    o.say(f"coverage: {shown(folder / 'coverage.html')}")
    return files


def check_explained(suite: str, files: Mapping[str, FileCoverage]) -> CaseResult:
    """Lines and toggles that nothing reached and no waiver explains fail."""
    missing = [
        f"{f.name}:{n}: {what}" for f in files.values() for k in ("line", "toggle") for n, what in f.missed(k)
    ]
    why = f"{len(missing)} points; reach them, or explain them in hdl/coverage.yaml:\n" + "\n".join(
        missing[:200]
    )
    status = FAIL if missing else PASS
    return CaseResult(suite, "lines and toggles are reached or explained", status, why if missing else "")


def check_functional(suite: str, path: Path) -> CaseResult:
    """A share of the bins below the floor fails, with those that nothing reached."""
    bins = json.loads(path.read_text(encoding="utf-8"))["bins"]
    missing = [name for name, count in bins.items() if not count]
    share = 100 * (len(bins) - len(missing)) / len(bins)
    status = PASS if share >= FUNCTIONAL_FLOOR else FAIL
    why = f"{share:.1f} % of {len(bins)} bins; never seen:\n" + "\n".join(missing)
    return CaseResult(suite, "functional coverage reaches its floor", status, "" if status == PASS else why)


def waves_format() -> str:
    """FST where the libraries that it needs are, or can be installed; else VCD."""
    from bulkhead.runners import hosttools

    headers = (Path("/usr/include/zlib.h"), Path("/usr/include/lz4.h"))
    privilege = hosttools.privilege_prefix()
    if not all(h.is_file() for h in headers) and privilege is not None:
        hosttools.install(hosttools.HostTool("fst", "zlib1g-dev liblz4-dev", "sim --waves"), privilege)
    return "fst" if all(h.is_file() for h in headers) else "vcd"


def mutant_sets(top: Top) -> dict[str, Callable[[Environment, Options], list[CaseResult]]]:
    """By the name that their results begin with."""
    return {
        f"{top.name} RTL": lambda env, o: mutants.run_rtl(env, o, top),
        f"{top.name} C": lambda _, o: mutants.run_c(o, top),
    }


def run_mutants(env: Environment, o: Options, top: Top) -> list[CaseResult]:
    sets = mutant_sets(top)
    return [case for of, run in sets.items() if o.selects(f"sim.mutants.{of}") for case in run(env, o)]


def any_selected(o: Options) -> bool:
    if o.simulator == "icarus":
        return any(o.selects(f"sim.icarus.{name}") for name in (*o.tops, *icarus.UNITS))
    names = [
        f"sim.{t}.{n}" for t in o.tops for n in [*test_names(o.root, design.TOPS[t]), "lint is clean", LIMIT]
    ]
    names += [f"sim.mutants.{of}" for t in o.tops for of in mutant_sets(design.TOPS[t])]
    if "v3" in o.tops:
        names += lockstep.names() + [LIFE] * o.long
    return any(o.selects(n) for n in names)
