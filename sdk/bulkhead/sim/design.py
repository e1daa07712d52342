# SPDX-License-Identifier: Apache-2.0
"""From RTL to a simulator program: what a top level is made of, and its cached build.

The commands are Verilator's own, not cocotb's runner's, which would make every signal of the design
accessible and the simulation several times slower.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bulkhead.build.tools import run_tool
from bulkhead.diag import BuildFailed
from bulkhead.model.registers import read_tables
from bulkhead.sim.environment import Environment, locked
from bulkhead.sim.plain import build_folder
from bulkhead.sim.registers_sv import registers_package

BUILD_SECONDS = 1500.0
KEPT_BUILDS = 8
JOBS = "2"


@dataclass(frozen=True, slots=True)
class Top:
    """A top level: its design, its test bench, and the sizes it is built with."""

    name: str
    design: str  # module of the design, for lint
    modules: tuple[str, ...]  # files of hdl/, packages first
    sizes: dict[str, int] = field(default_factory=dict)  # parameters

    @property
    def version(self) -> int:
        """Of the GIC architecture."""
        return 2 if self.name.startswith("v2") else 3


V3 = Top(
    "v3",
    "gic_v3",
    (
        "gic_pkg",
        "gic_rwp",
        "gic_word",
        "gic_word_read",
        "gic_best",
        "gic_forward",
        "gic_axil",
        "gic_distributor",
        "gic_redistributor",
        "gic_active",
        "gic_physical",
        "gic_virtual",
        "gic_cpu",
        "gic_v3",
    ),
    {"NCPU": 2, "NSPI": 64, "NLR": 4},
)
V3_LARGE = Top("v3-large", V3.design, V3.modules, {"NCPU": 8, "NSPI": 480, "NLR": 16})
V2 = Top(
    "v2",
    "gic_v2",
    (
        "gic_pkg",
        "gic_word",
        "gic_word_read",
        "gic_best",
        "gic_forward",
        "gic_axil",
        "gic_active",
        "gic2_sgis",
        "gic2_distributor",
        "gic2_interface",
        "gic2_virtual",
        "gic_v2",
    ),
    {"NCPU": 2, "NSPI": 64, "NLR": 4},
)
TOPS = {top.name: top for top in (V3, V2)}


@dataclass(frozen=True, slots=True)
class Build:
    """A finished simulator program."""

    top: Top
    program: Path
    waves: str  # "", "fst" or "vcd"
    coverage: bool


def rtl_folder(root: Path) -> Path:
    return root / "hil-tests" / "rtl" / "gic"


def bench_of(top: Top) -> str:
    """Module of the test bench, and stem of its file in tb/; a module tested alone has none."""
    return f"tb_v{top.version}" if top.sizes else top.design


def sources(root: Path, top: Top) -> list[Path]:
    """Of the design, in the order they need, the generated register package left out."""
    return [rtl_folder(root) / "hdl" / f"{name}.sv" for name in top.modules]


def register_text(root: Path) -> str:
    folder = root / "hv-arm64" / "src" / "regs"
    texts = {p.name: p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.def"))}
    return registers_package(read_tables(texts).values())


def lint_command(env: Environment, root: Path, top: Top, registers: Path) -> list[str]:
    waivers = rtl_folder(root) / "hdl" / "waivers.vlt"
    return [
        str(env.verilator_root / "bin" / "verilator_bin"), "--lint-only", "-Wall", "--top-module", top.design,
        str(waivers), str(registers), *map(str, sources(root, top)),
    ]  # fmt: skip


def verilate_command(
    env: Environment,
    root: Path,
    top: Top,
    folder: Path,
    files: list[Path],
    *,
    waves: str = "",
    coverage: bool = False,
) -> list[str]:
    """`waves` is "", "fst" or "vcd"."""
    libs = env.cocotb / "libs"
    return [
        str(env.verilator_root / "bin" / "verilator_bin"), "--cc", "--exe", "--timing", "--vpi", "-O3",
        "-Mdir", str(folder / "obj"), "--prefix", "Vtop", "-o", "simulator", "--top-module", bench_of(top),
        "-Wno-fatal", "-Wno-lint", "-Wno-style", "-Wno-TIMESCALEMOD",
        "--x-initial", "fast", "--x-assign", "fast", "--output-split", "20000",
        *(f"-G{name}={value}" for name, value in top.sizes.items()),
        *((f"--trace-{waves}",) if waves else ()),
        *(("--coverage-line", "--coverage-toggle") if coverage else ()),
        "-CFLAGS", "-O1 -std=c++20",
        "-LDFLAGS", f"-Wl,-rpath,{libs} -L{libs} -lcocotbvpi_verilator -lgpi",
        *map(str, files), str(env.cocotb / "share" / "lib" / "verilator" / "verilator.cpp"),
    ]  # fmt: skip


def make_command(folder: Path) -> list[str]:
    """The wheel's makefile names the compiler of the machine it was made on."""
    return [
        "make", "-s", "-C", str(folder / "obj"), "-f", "Vtop.mk", "-j", JOBS,
        "CXX=g++", "LINK=g++", "CFG_CXXFLAGS_PCH_I=-include", "CFG_GCH_IF_CLANG=",
    ]  # fmt: skip


def lint(env: Environment, root: Path, top: Top, out: Path) -> str:
    """What Verilator finds with all warnings on; "" is clean."""
    out.mkdir(parents=True, exist_ok=True)
    registers = out / "gic_regs_pkg.sv"
    registers.write_text(register_text(root), encoding="utf-8")
    done = run_tool(
        lint_command(env, root, top, registers),
        cwd=out,
        environment={"VERILATOR_ROOT": str(env.verilator_root)},
    )
    return done.output if done.status != 0 or "%Warning" in done.output else ""


def build(
    env: Environment,
    root: Path,
    top: Top,
    say: Callable[[str], None],
    *,
    waves: str = "",
    coverage: bool = False,
    changed: dict[str, str] | None = None,
    extra: str = "",
) -> Build:
    """The simulator of a top level, from the cache if nothing changed. `changed` has other texts for
    some files of hdl/, `extra` a package before them all. Raises BuildFailed."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sources(root, top)}
    texts |= changed or {}
    benches = [rtl_folder(root) / "tb" / f"{name}.sv" for name in ("tb_transactor", bench_of(top))]
    texts = {
        "gic_extra_pkg.sv": extra,
        "gic_regs_pkg.sv": register_text(root),
        **texts,
        **{bench.name: bench.read_text(encoding="utf-8") for bench in benches},
    }
    if not extra:
        del texts["gic_extra_pkg.sv"]
    cache = build_folder(root)
    placeholder = verilate_command(env, root, top, Path("@"), [], waves=waves, coverage=coverage)
    key = hashlib.sha256(
        "\0".join([*placeholder, *(f"{n}\0{t}" for n, t in texts.items())]).encode()
    ).hexdigest()
    folder = cache / f"{top.name}-{key[:16]}"
    program = folder / "obj" / "simulator"
    with locked(cache / f"{top.name}.lock"):
        if not (folder / "built").is_file():
            kind = _kind(waves, coverage, changed)
            say(f"building the simulator of {top.name} ({kind}; cached afterwards) ...")
            shutil.rmtree(folder, ignore_errors=True)
            _remove_old(cache)
            (folder / "hdl").mkdir(parents=True)
            files = []
            for name, text in texts.items():
                files.append(folder / "hdl" / name)
                files[-1].write_text(text, encoding="utf-8")
            command = verilate_command(env, root, top, folder, files, waves=waves, coverage=coverage)
            for step in (command, make_command(folder)):
                done = run_tool(
                    step,
                    cwd=folder,
                    environment={"VERILATOR_ROOT": str(env.verilator_root)},
                    deadline_s=BUILD_SECONDS,
                )
                if done.status != 0:
                    raise BuildFailed(
                        f"the simulator of {top.name} could not be built:\n{done.output[-6000:].strip()}"
                    )
            (folder / "built").touch()
        os.utime(folder)
    return Build(top, program, waves, coverage)


def _kind(waves: str, coverage: bool, changed: dict[str, str] | None) -> str:
    kinds = (
        [f"with {waves.upper()} waves"] * bool(waves)
        + ["with coverage"] * coverage
        + ["with mutants"] * bool(changed)
    )
    return ", ".join(kinds) or "plain"


def _remove_old(cache: Path) -> None:
    """The builds that were not used for longest."""
    found = sorted((p for p in cache.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime)
    for folder in found[: max(0, len(found) - KEPT_BUILDS)]:
        shutil.rmtree(folder, ignore_errors=True)
