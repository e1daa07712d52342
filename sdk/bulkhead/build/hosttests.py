# SPDX-License-Identifier: Apache-2.0
"""C rooms compiled for this machine against a fake one, with sanitizers, and run.

A test is one file test_<room>.c of hv-arm64/test/host or rtos-guests/test/host. All of a folder are
linked with the same objects: every C file of the hypervisor that is not replaced by test/fake; the
guests' kernel over their fake port. What depends on the interrupt controller is run with a GICv3 and
with a GICv2, in a folder `gicv2` of its own.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bulkhead.build.ninja_file import hypervisor_sources
from bulkhead.build.toolchain import ninja_command
from bulkhead.build.tools import run_tool, tool_environment
from bulkhead.diag.errors import BuildFailed

SECONDS = 120.0
LONG_SECONDS = 1200.0
# The machine's end and its beginning: test/fake has their functions, or a test includes the file.
REPLACED = ("arch/crash.c", "start/")
# Rooms that run with both; a test_vgicv<n>_*.c runs with that version, all others with GICv3.
GIC_VERSIONS = (3, 2)
WITH_BOTH = ("vgic_list", "vgic_physical", "vgic_random", "part")

_FLAGS = (
    "-std=c11",
    "-D_POSIX_C_SOURCE=200809L",
    "-g",
    "-O1",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-Wall",
    "-Wextra",
    "-Werror",
)
_HV_FLAGS = (
    "-DHV_HOST",
    "-fno-builtin",
    "-Dmemcpy=hv_memcpy",  # the hypervisor's own, beside those of the C library that the sanitizers need
    "-Dmemset=hv_memset",
)
_HV_INCLUDES = ("test/host", "test/host/gen", "test/fake", "include", "src")  # the fake arch/ before the real
_GUEST_FLAGS = ("-D_DEFAULT_SOURCE",)
_GUEST_INCLUDES = ("test/host", "lib/kernel", "lib/include")  # the fake port.h; no libc of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The tests of one folder, and how they are made."""

    home: Path
    flags: tuple[str, ...]
    sources: tuple[Path, ...]  # what each of them is linked with

    @property
    def tests(self) -> list[Path]:
        return sorted((self.home / "test" / "host").glob("test_*.c"))


_LINE = re.compile(r"(PASS|FAIL) ([^\s:]+)(?:: (.*))?\Z")
_TIME = re.compile(r"# (\S+) took (\d+\.\d+) s\Z")


@dataclass(frozen=True, slots=True)
class HostResult:
    """One test; `output` says why it failed."""

    name: str
    ok: bool
    seconds: float
    output: str


def run(
    root: Path,
    out_dir: Path,
    fast: bool,
    *,
    long: bool = False,
    selects: Callable[[str], bool] = lambda name: True,
) -> list[tuple[str, bool, float, str]]:
    """(name, passed, seconds, output) of each test; `output` is for the failed ones.

    `fast` leaves nothing out: the whole suite takes seconds. `long` gives campaigns their full size.
    Raises ToolMissing without gcc and BuildFailed when something does not compile.
    """
    del fast
    results: list[tuple[str, bool, float, str]] = []
    for gic in GIC_VERSIONS:
        tests = [test for test in find_tests(root, gic) if selects(f"host.{room_of(test, gic)}")]
        if tests:
            results += _run_all(
                root, out_dir if gic == GIC_VERSIONS[0] else out_dir / f"gicv{gic}", tests, long, gic
            )
    return results


def _run_all(
    root: Path, out_dir: Path, tests: list[Path], long: bool, gic: int
) -> list[tuple[str, bool, float, str]]:
    build(root, out_dir, tests, gic)
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        found = pool.map(lambda test: run_one(root, out_dir, test, long, gic), tests)
        return [(r.name, r.ok, r.seconds, r.output) for results in found for r in results]


def build(root: Path, out_dir: Path, tests: list[Path], gic: int = 3) -> None:
    """The test programs, each in `out_dir` under its file's name without ending."""
    from bulkhead.runners import hosttools

    compiler = hosttools.require("gcc", "host tests: C rooms compiled for this machine")
    out_dir.mkdir(parents=True, exist_ok=True)
    (out_dir / "build.ninja").write_text(ninja_text(root, tests, compiler, gic), encoding="utf-8")
    done = run_tool([ninja_command(), "-C", str(out_dir), "--quiet"], cwd=out_dir)
    if done.status != 0:
        raise BuildFailed(f"the host tests could not be built:\n{done.output.strip()}")


def find_tests(root: Path, gic: int = 3) -> list[Path]:
    """Those that run with this version of the interrupt controller."""
    found = [test for programs in find_programs(root, gic) for test in programs.tests]
    return [test for test in found if gic in _versions(test)]


def _versions(test: Path) -> tuple[int, ...]:
    named = re.search(r"gicv(\d)", test.stem)
    if named:
        return (int(named[1]),)
    return GIC_VERSIONS if room_of(test) in WITH_BOTH else GIC_VERSIONS[:1]


def room_of(test: Path, gic: int = 3) -> str:
    """What its results are called: with the version where it is the second one."""
    room = test.stem.removeprefix("test_")
    return f"{room}_gicv{gic}" if gic != GIC_VERSIONS[0] and room in WITH_BOTH else room


def find_programs(root: Path, gic: int = 3) -> list[Programs]:
    hv, guests = root / "hv-arm64", root / "rtos-guests"
    rooms = [
        path
        for path in hypervisor_sources(hv / "src", gic, "pl011", monitor=True, confirm=True, shared=gic == 3)
        if path.suffix == ".c" and not path.relative_to(hv / "src").as_posix().startswith(REPLACED)
    ]
    fake = [*sorted((hv / "test" / "fake").glob("*.c")), hv / "test" / "host" / "gen" / "hv_config.c"]
    kernel = sorted((guests / "lib" / "kernel").glob("*.c"))
    beside = [p for p in sorted((guests / "test" / "host").glob("*.c")) if not p.name.startswith("test_")]
    return [
        Programs(
            home=hv,
            flags=(
                *_HV_FLAGS,
                f"-DHV_GIC_VERSION={gic}u",
                *(f"-I{hv / folder}" for folder in _HV_INCLUDES),
            ),
            sources=(*rooms, *fake),
        ),
        Programs(
            home=guests,
            flags=(
                *_GUEST_FLAGS,
                *(f"-I{guests / folder}" for folder in _GUEST_INCLUDES),
                f"-I{hv / 'test' / 'host'}",  # check.h
            ),
            sources=(*kernel, *beside),
        ),
    ]


def ninja_text(root: Path, tests: list[Path], compiler: Path, gic: int = 3) -> str:
    """How they are made. Pure: paths to text."""
    lines = [
        "# Generated by the SDK. Do not edit.",
        f"cc = {_words([str(compiler)])}",
        "rule cc",
        "  command = $cc $flags -MD -MF $out.d -c $in -o $out",
        "  depfile = $out.d",
        "  deps = gcc",
        "rule link",
        "  command = $cc $flags $in -o $out",
    ]
    for programs in find_programs(root, gic):
        wanted = [test for test in programs.tests if test in tests]
        if not wanted:
            continue
        name = programs.home.name.replace("-", "_")
        lines.append(f"{name} = {_words([*_FLAGS, *programs.flags])}")
        shared = []
        for source in programs.sources:
            shared.append(f"obj/{source.relative_to(root).as_posix()}.o")
            lines += [f"build {_path(shared[-1])}: cc {_path(source)}", f"  flags = ${name}"]
        for test in wanted:
            lines += [f"build obj/{test.stem}.o: cc {_path(test)}", f"  flags = ${name}"]
            lines += [
                f"build {test.stem}: link obj/{test.stem}.o {' '.join(map(_path, shared))}",
                f"  flags = ${name}",
            ]
    return "\n".join(lines) + "\n"


def run_one(root: Path, out_dir: Path, test: Path, long: bool, gic: int = 3) -> list[HostResult]:
    """One test program, in its own folder, for its time at most."""
    command = [str(out_dir / test.stem), *(["--long"] if long else [])]
    limit = LONG_SECONDS if long else SECONDS
    room, began = room_of(test, gic), time.monotonic()
    try:
        done = subprocess.run(
            command,
            cwd=test.parent,
            env=tool_environment({"ASAN_OPTIONS": "detect_leaks=0"}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        said = (expired.stdout or b"").decode("utf-8", "replace")
        results = read_output(room, said)
        why = f"not within {limit:.0f} s\n{said}"
        return [*results, HostResult(f"{room}.ends", False, limit, why)]
    said = done.stdout.decode("utf-8", "replace")
    (out_dir / f"{test.stem}.txt").write_text(said, encoding="utf-8")
    results = read_output(room, said)
    if not results or (done.returncode != 0 and all(r.ok for r in results)):
        seconds = time.monotonic() - began
        why = f"status {done.returncode}\n{said}"
        results.append(HostResult(f"{room}.ends", False, seconds, why))
    return results


def read_output(room: str, said: str) -> list[HostResult]:
    """The results in what a test program printed. What stood before a FAIL is part of its output."""
    results: list[HostResult] = []
    before: list[str] = []
    seconds = 0.0
    for line in said.splitlines():
        took = _TIME.match(line)
        found = _LINE.match(line)
        if took:
            seconds = float(took[2])
        elif found is None:
            before.append(line)
        else:
            ok = found[1] == "PASS"
            output = "" if ok else "\n".join([found[3] or "", *before])
            results.append(HostResult(f"{room}.{found[2]}", ok, seconds, output))
            before, seconds = [], 0.0
    return results


def _words(words: list[str]) -> str:
    return " ".join(shlex.quote(word).replace("$", "$$") for word in words)


def _path(path: str | Path) -> str:
    return re.sub(r"([$ :])", r"$\1", str(path))
