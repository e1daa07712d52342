# SPDX-License-Identifier: Apache-2.0
"""Compiler and linker flags, each once and with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bulkhead.build.toolchain import Toolchain

_LANGUAGE = ("-std=c11", "-ffreestanding", "-nostdinc")
_CODE = (
    "-mgeneral-regs-only",  # FP registers belong to the guest
    "-mstrict-align",  # the MMU is off at first: memory is Device, unaligned faults
    "-mno-outline-atomics",  # no helper library
    "-fno-stack-protector",
    "-fno-pic",  # linked for one address
    "-mcmodel=small",
    "-fno-asynchronous-unwind-tables",
    "-ffunction-sections",
    "-fdata-sections",
    "-g",  # for `decode`; never in the image
)
_WARNINGS = ("-Wall", "-Wextra", "-Wshadow", "-Werror")
_HV_ONLY = (
    "-march=armv8-a+crc",
    "-Wconversion",
    "-fomit-frame-pointer",  # an instruction less in each function; `decode` uses none
    "-ffixed-x18",  # a guest's x18 stays where it is on the short paths (trap/entry.S)
)
_GUEST_ONLY = (
    "-march=armv8-a",
    "-fno-omit-frame-pointer",  # for the backtrace of a fault
)
# Of the hypervisor's sources, what runs at each interrupt and each frequent trap, and the loops of a start.
# All else is made small: it is most of the code, and is run seldom. Clang and GCC 12 know -Oz.
HOT = frozenset(
    (
        "arch/crc32c.c",
        "arch/transition.c",
        "dev/gicv2.c",
        "dev/gicv3.c",
        "dev/gicv3_shared.c",
        "lib/string.c",
        "part/start.c",
        "trap/abort.c",
        "trap/hypercall.c",
        "trap/irq.c",
        "trap/shared.c",
        "trap/short_gicv3.c",
        "vdev/vgicv2_map.c",
        "vdev/vgicv2_sgi.c",
        "vdev/vgicv3_sgi.c",
        "vdev/vgicv3_short.c",
    )
)
_SMALL = "-Oz"
# Of the guest library, bottom up. A guest includes what it wants of them, by the file's name alone.
GUEST_ROOMS = ("libc", "port", "drivers", "kernel", "shell", "include")

_LINK = ("-nostdlib", "-static", "--gc-sections", "--build-id=none", "-z", "max-page-size=4096")
_LLD_ONLY = ("--fatal-warnings",)
_HV_LLD_ONLY = ("--orphan-handling=error",)  # GNU ld makes empty sections of its own, and refuses them


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where a build reads and writes. All absolute."""

    root: Path  # the checkout
    build: Path

    @property
    def gen(self) -> Path:
        return self.build / "gen"

    @property
    def first(self) -> Path:
        """What the first link alone uses."""
        return self.gen / "first"


def hv_flags(tools: Toolchain, folders: Folders, optimisation: str, *, hot: bool = True) -> list[str]:
    """`optimisation` is of the hot sources (HOT); the others are small."""
    hv = folders.root / "hv-arm64"
    includes = (hv / "include", hv / "src", folders.gen)
    return _compile(tools, folders, optimisation if hot else _SMALL, _HV_ONLY, includes)


def guest_flags(tools: Toolchain, folders: Folders, optimisation: str, guest: Path | None) -> list[str]:
    """Of a guest's own folder, or of the library (None)."""
    library = folders.root / "rtos-guests" / "lib"
    rooms = [library / room for room in GUEST_ROOMS]
    own = [guest] if guest is not None else []
    flags = _compile(tools, folders, optimisation, _GUEST_ONLY, [*own, *rooms])
    if guest is None:
        return flags
    if not guest.is_relative_to(folders.root):
        flags.append(f"-ffile-prefix-map={guest}=guests/{guest.name}")
    return flags


def hv_link_flags(tools: Toolchain, folders: Folders, layout: Path) -> list[str]:
    """`layout` is the folder of the hv_layout.ld that the script includes."""
    script = folders.root / "hv-arm64" / "link" / "bulkhead.ld"
    extra = _HV_LLD_ONLY if tools.is_llvm else ()
    return [*_link(tools), *extra, f"-L{layout}", "-T", str(script)]


def guest_link_flags(tools: Toolchain, folders: Folders) -> list[str]:
    return [*_link(tools), "-T", str(folders.root / "rtos-guests" / "lib" / "guest.ld")]


def _link(tools: Toolchain) -> list[str]:
    return [*_LINK, *(_LLD_ONLY if tools.is_llvm else ())]


def _compile(
    tools: Toolchain,
    folders: Folders,
    optimisation: str,
    more: tuple[str, ...],
    includes: Iterable[Path],
) -> list[str]:
    return [
        *_LANGUAGE,
        "-isystem",
        str(tools.headers),
        optimisation,
        *_CODE,
        *_WARNINGS,
        *more,
        *_path_maps(tools, folders),
        *(f"-I{folder}" for folder in includes),
    ]


def _path_maps(tools: Toolchain, folders: Folders) -> list[str]:
    """No path of this machine in an object. The later of two that match counts: `build/` may lie
    in the checkout, the compiler too (.venv)."""
    maps = ((folders.root, "."), (folders.build, "build"), (tools.headers, "toolchain"))
    return [f"-ffile-prefix-map={path}={name}" for path, name in maps]
