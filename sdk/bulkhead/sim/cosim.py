# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's GIC driver and vGIC, unchanged, as a library for the co-simulation.

Which files: what implements a GIC version in dev/ and vdev/. They see the headers of hil-tests/rtl/gic/cosim
in place of src/arch/ops.h and mmio.h.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from bulkhead.build.tools import run_tool
from bulkhead.diag import BuildFailed
from bulkhead.runners import hosttools
from bulkhead.sim.design import rtl_folder
from bulkhead.sim.environment import locked

KEPT = 4
_FLAGS = (
    "-std=c11", "-D_GNU_SOURCE", "-DHV_HOST", "-g", "-O1", "-fPIC", "-shared", "-fno-builtin",
    "-Wall", "-Wextra", "-Werror",
)  # fmt: skip


def driver_sources(root: Path, version: int) -> list[Path]:
    """The hypervisor's own files among the sources, for GICv2 or GICv3."""
    src = root / "hv-arm64" / "src"
    names = (f"gicv{version}.c", "vgic.c", "vgic_arrays.c", "vgic_lr.c", f"vgicv{version}_")
    found = [p for p in sorted(src.glob("dev/gic*.c")) if p.name.startswith(names)]
    return found + [p for p in sorted(src.glob("vdev/vgic*.c")) if p.name.startswith(names)]


def compile_command(
    compiler: Path, root: Path, version: int, sources: list[Path], library: Path
) -> list[str]:
    cosim, hv = rtl_folder(root) / "cosim", root / "hv-arm64"
    folders = (cosim, cosim / "gen", hv / "include", hv / "src")
    own = (cosim / "binding.c", cosim / "gen" / "plan.c")
    return [
        str(compiler),
        *_FLAGS,
        f"-DCOSIM_GIC_VERSION={version}u",
        *(f"-I{f}" for f in folders),
        "-o",
        str(library),
        *map(str, (*own, *sources)),
    ]


def build_library(root: Path, version: int, changed: dict[str, str] | None = None) -> Path:
    """The library, cached by what it is made of. `changed` has other texts for some of the driver's files."""
    compiler = hosttools.require("gcc", "sim: the hypervisor's GIC driver on the simulated controller")
    cache = root / ".bulkhead" / "sim-c"
    read = [*(root / "hv-arm64").glob("src/**/*.[hc]"), *(root / "hv-arm64").glob("src/regs/*.def")]
    read += [*(root / "hv-arm64").glob("include/**/*.h"), *(rtl_folder(root) / "cosim").rglob("*.[hc]")]
    key = hashlib.sha256(repr((version, _FLAGS)).encode() + repr(sorted((changed or {}).items())).encode())
    key.update(repr([path.name for path in driver_sources(root, version)]).encode())
    for path in sorted(read):
        key.update(path.as_posix().encode() + b"\0" + path.read_bytes())
    folder = cache / key.hexdigest()[:16]
    library = folder / "libcosim.so"
    with locked(cache / "lock"):
        if library.is_file():
            return library
        for old in sorted((p for p in cache.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime)[
            :-KEPT
        ]:
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(exist_ok=True)
        sources = driver_sources(root, version)
        for n, path in enumerate(sources):
            if changed and path.name in changed:
                sources[n] = folder / path.name
                sources[n].write_text(changed[path.name], encoding="utf-8")
        new = folder / "new.so"
        command = compile_command(compiler, root, version, sources, new)
        if changed:
            command.insert(1, "-w")  # a seeded bug may be an odd expression
            command.remove("-Werror")
        done = run_tool(command, cwd=folder)
        if done.status != 0:
            raise BuildFailed(
                f"the driver could not be built for the co-simulation:\n{done.output[-4000:].strip()}"
            )
        new.rename(library)
    return library
