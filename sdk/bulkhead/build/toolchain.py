# SPDX-License-Identifier: Apache-2.0
"""The toolchains: clang and lld of the ziglang wheel (default), or GCC or clang of the machine.

clang is called directly, not as `zig cc`: that hands out stale objects when a file behind
`.incbin` changes, and adds sanitizer calls of its own.
"""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from bulkhead.build.tools import run_tool
from bulkhead.diag import ToolMissing
from bulkhead.diag.paths import cache_folder

GCC_PREFIXES = ("aarch64-none-elf-", "aarch64-elf-", "aarch64-linux-gnu-")
_NEITHER = "choose TOOLCHAIN_ZIGLANG in ./bulkhead menuconfig, or: sudo apt-get install gcc-aarch64-linux-gnu"

_NO_CLANG = "choose TOOLCHAIN_ZIGLANG in ./bulkhead menuconfig, or: sudo apt-get install clang lld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    name: str  # as in Features.toolchain
    compiler: tuple[str, ...]
    linker: tuple[str, ...]
    headers: Path  # stdint.h and what else a freestanding compiler brings
    files: tuple[Path, ...]  # whose change means that everything is compiled again

    @property
    def is_llvm(self) -> bool:
        return self.name != "gcc"

    def version(self) -> str:
        """As the tool says it: digits and dots."""
        if self.name == "ziglang":
            import importlib.metadata

            return importlib.metadata.version("ziglang")
        asked = run_tool([self.compiler[0], "-dumpfullversion", "-dumpversion"], cwd=Path("/"), deadline_s=20)
        return asked.output.strip()

    def environment(self) -> dict[str, str]:
        if self.name != "ziglang":
            return {}
        cache = str(cache_folder() / "zig")
        return {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}


def find_toolchain(name: str) -> Toolchain:
    """`name` as in Features.toolchain. Raises ToolMissing."""
    return {"ziglang": _ziglang, "gcc": _gcc, "clang": _clang}[name]()


def ninja_command() -> str:
    """The ninja of the wheel, else the one of the machine."""
    spec = importlib.util.find_spec("ninja")
    if spec is not None and spec.origin is not None:
        for folder in ("data/bin", "../../../../bin"):
            found = Path(spec.origin).parent / folder / "ninja"
            if found.is_file():
                return str(found.resolve())
    if found_in_path := shutil.which("ninja"):
        return found_in_path
    raise ToolMissing("ninja", "delete .venv and run ./bulkhead again")


def _ziglang() -> Toolchain:
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        raise ToolMissing("ziglang", "delete .venv and run ./bulkhead again")
    folder = Path(spec.origin).parent
    zig = folder / "zig"
    return Toolchain(
        name="ziglang",
        compiler=(str(zig), "clang", "--target=aarch64-none-elf"),
        linker=(str(zig), "ld.lld"),
        headers=folder / "lib" / "include",
        files=(zig,),
    )


def _gcc() -> Toolchain:
    for prefix in GCC_PREFIXES:
        compiler, linker = shutil.which(f"{prefix}gcc"), shutil.which(f"{prefix}ld")
        if compiler and linker:
            asked = run_tool([compiler, "-print-file-name=include"], cwd=Path("/"), deadline_s=20)
            return Toolchain(
                name="gcc",
                compiler=(compiler,),
                linker=(linker,),
                headers=Path(asked.output.strip()).resolve(),  # as gcc writes it down
                files=(Path(compiler), Path(linker)),
            )
    raise ToolMissing("aarch64 gcc", _NEITHER)


def _clang() -> Toolchain:
    """clang and the ld.lld of the same version, where Debian puts both: clang-19 and ld.lld-19."""
    for suffix in ("", *(f"-{n}" for n in range(25, 13, -1))):
        compiler, linker = shutil.which(f"clang{suffix}"), shutil.which(f"ld.lld{suffix}")
        if compiler and linker:
            asked = run_tool([compiler, "-print-resource-dir"], cwd=Path("/"), deadline_s=20)
            return Toolchain(
                name="clang",
                compiler=(compiler, "--target=aarch64-none-elf"),
                linker=(linker,),
                headers=(Path(asked.output.strip()) / "include").resolve(),
                files=(Path(compiler), Path(linker)),
            )
    raise ToolMissing("clang with ld.lld", _NO_CLANG)
