# SPDX-License-Identifier: Apache-2.0
"""Icarus Verilog in place of Verilator, where it can.

Each top level is handed to it; what it cannot elaborate is skipped, with Icarus's own words and the modules
that it takes. Debian 12 has version 11, which knows no packed arrays of a named type and so takes neither top
level; of the small modules that it takes there are tests of their own.
"""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

from bulkhead.build.tools import tool_environment
from bulkhead.lab.cases import FAIL, PASS, SKIP, CaseResult
from bulkhead.runners import hosttools
from bulkhead.sim import design
from bulkhead.sim.environment import Environment
from bulkhead.sim.options import Options
from bulkhead.sim.run import Run, simulate

SECONDS = 120
REASONS = 8
UNITS = {"gic_rwp": "bench.test_rwp"}  # modules with tests of their own
_SAID = re.compile(r"(\w+\.sv:\d+): (?:sorry: |error: )?(.*)")
_INTERNAL = re.compile(r"\b\d+(?=[a-z]\w+_t\b)| \(\w+\.cc:\d+\)\.?")  # of Icarus: mangled names, places


def run_icarus(env: Environment, o: Options, tops: tuple[str, ...]) -> list[CaseResult]:
    """Raises ToolMissing without Icarus."""
    compiler = hosttools.require("iverilog")
    found = []
    for name in tops:
        top = design.TOPS[name]
        if o.selects(f"sim.icarus.{top.name}"):
            found.append(attempt(compiler, o, top))
    for module, tests in UNITS.items():
        if o.selects(f"sim.icarus.{module}"):
            found += run_unit(env, compiler, o, module, tests)
    return found


def compile_command(compiler: Path, top: str, program: Path, files: list[Path]) -> list[str]:
    settings = program.with_suffix(".f")
    settings.write_text("+timescale+1ns/1ns\n", encoding="utf-8")
    return [
        str(compiler), "-g2012", "-c", str(settings), "-s", top, "-o", str(program), *map(str, files),
    ]  # fmt: skip


def attempt(compiler: Path, o: Options, top: design.Top) -> CaseResult:
    """Skipped with what Icarus says against it. A version that elaborates it is news, and so a failure: its
    benches have to be let run on it then."""
    began = time.monotonic()
    folder = o.out / "icarus"
    folder.mkdir(parents=True, exist_ok=True)
    registers = folder / "gic_regs_pkg.sv"
    registers.write_text(design.register_text(o.root), encoding="utf-8")
    files = design.sources(o.root, top)
    packages = [registers, files[0]]
    said = _compile(compiler, top.design, folder / f"{top.name}.vvp", [*packages, *files[1:]])
    if not said:
        why = f"Icarus elaborates {top.design} now; let its benches run there (sdk/bulkhead/sim/icarus.py)"
        return CaseResult("sim.icarus", top.name, FAIL, why, time.monotonic() - began)
    takes = [f.stem for f in files[1:] if not _compile(compiler, f.stem, folder / "one.vvp", [*packages, f])]
    why = (
        f"Icarus {hosttools.version(hosttools.TOOLS['iverilog'])} cannot elaborate {top.design}: "
        f"{'; '.join(said)}. Of its modules it takes: {', '.join(takes) or 'none'}"
    )
    return CaseResult("sim.icarus", top.name, SKIP, why, time.monotonic() - began)


def _compile(compiler: Path, top: str, program: Path, files: list[Path]) -> list[str]:
    """What it says, each thing once; [] if it made the program."""
    done = subprocess.run(
        compile_command(compiler, top, program, files), env=tool_environment({}), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    if done.returncode == 0 and program.is_file():
        return []
    said: dict[str, str] = {}
    for line in (done.stdout + done.stderr).splitlines():
        if match := _SAID.search(line):
            text = _INTERNAL.sub("", match[2]).strip()
            said.setdefault(text, f"{match[1]}: {text}")
    return list(said.values())[:REASONS] or [f"it ends with status {done.returncode}"]


def run_unit(env: Environment, compiler: Path, o: Options, module: str, tests: str) -> list[CaseResult]:
    folder = o.out / "icarus" / module
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "simulator.vvp"
    source = design.rtl_folder(o.root) / "hdl" / f"{module}.sv"
    if said := _compile(compiler, module, program, [source]):
        return [CaseResult("sim.icarus", f"{module} is built", FAIL, "; ".join(said))]
    made = design.Build(design.Top(module, module, (module,)), program, "", False)
    run = Run(name="sim.icarus", modules=(tests,), seconds=SECONDS, environment={})
    vvp = (str(compiler.parent / "vvp"), "-m", str(env.cocotb / "libs" / "libcocotbvpi_icarus.so"))
    found = simulate(env, o.root, made, run, folder, o.say, runner=vvp)
    return [*found, CaseResult("sim.icarus", f"{module} is built", PASS)]
