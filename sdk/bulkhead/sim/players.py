# SPDX-License-Identifier: Apache-2.0
"""What players of a lockstep run are made of: a program for QEMU's CPUs, and a system whose guest it is."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from bulkhead.build.toolchain import Toolchain, find_toolchain
from bulkhead.build.tools import run_tool
from bulkhead.diag import BuildFailed
from bulkhead.sim.design import rtl_folder
from bulkhead.sim.environment import locked

SOURCES = ("start.S", "player.c", "registers.c")
PARTITION, VCPUS, RAM_BYTES = "player", 2, 0x20_0000
DEVICE = "lines@c000000"
SPIS = (*range(10, 16), *range(48, 64))  # that nothing on QEMU's machine drives
KEPT = 4
_FLAGS = (
    "-std=c11", "-ffreestanding", "-nostdinc", "-march=armv8-a", "-O2", "-g", "-mgeneral-regs-only",
    "-mstrict-align", "-fno-stack-protector", "-fno-pic", "-ffunction-sections",
    "-Wall", "-Wextra", "-Wshadow", "-Werror",
)  # fmt: skip


def commands(tools: Toolchain, root: Path, folder: Path) -> list[list[str]]:
    source = rtl_folder(root) / "players" / "el"
    flags = [*_FLAGS, "-isystem", str(tools.headers), f"-I{source}", f"-I{root / 'hv-arm64' / 'src'}"]
    objects = [folder / f"{Path(name).stem}.o" for name in SOURCES]
    compiles = [
        [*tools.compiler, *flags, "-c", str(source / name), "-o", str(made)]
        for name, made in zip(SOURCES, objects, strict=True)
    ]
    link = [*tools.linker, "-nostdlib", "-static", "--gc-sections", "-T", str(source / "player.ld")]
    return [*compiles, [*link, "-o", str(folder / "new.elf"), *map(str, objects)]]


def build_player(root: Path) -> Path:
    """The ELF, cached by what it is made of."""
    tools = find_toolchain("ziglang")
    cache = root / ".bulkhead" / "sim-player"
    read = [
        *(rtl_folder(root) / "players" / "el").iterdir(),
        *(root / "hv-arm64" / "src" / "regs").glob("ic*.def"),
    ]
    key = hashlib.sha256(repr((_FLAGS, tools.version())).encode())
    for path in sorted(read):
        key.update(path.name.encode() + b"\0" + path.read_bytes())
    folder = cache / key.hexdigest()[:16]
    elf = folder / "player.elf"
    with locked(cache / "lock"):
        if elf.is_file():
            return elf
        for old in sorted((p for p in cache.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime)[
            :-KEPT
        ]:
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(exist_ok=True)
        for command in commands(tools, root, folder):
            done = run_tool(command, cwd=folder, environment=tools.environment())
            if done.status != 0:
                raise BuildFailed(f"the lockstep player could not be built:\n{done.output[-4000:].strip()}")
        (folder / "new.elf").rename(elf)
    return elf


def vgic_defconfig() -> str:
    """The player as the only partition, with a device that is only lines."""
    lines = [
        'CONFIG_BOARD="qemu_virt"', "CONFIG_PART_1_ENABLE=y",
        f'CONFIG_PART_1_NAME="{PARTITION}"', 'CONFIG_PART_1_GUEST="player.elf"',
        f"CONFIG_PART_1_RAM_SIZE={RAM_BYTES:#x}", f"CONFIG_PART_1_VCPUS={VCPUS}", 'CONFIG_PART_1_PCPUS="0,1"',
        "CONFIG_OWNER_LINES_C000000_PART_1=y",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def vgic_overlay() -> str:
    """Every other line is a level, the others are edges."""
    lines = ", ".join(f"<0 {spi} {4 if n % 2 else 1}>" for n, spi in enumerate(SPIS))
    return f"""/dts-v1/;
/plugin/;

&{{/}} {{
	{DEVICE} {{
		compatible = "bulkhead,lines";
		reg = <0x0 0xc000000 0x0 0x1000>;
		interrupts = {lines};
	}};
}};
"""


def write_vgic_system(elf: Path, folder: Path) -> Path:
    """A system's folder."""
    system = folder / "vgic"
    system.mkdir(parents=True, exist_ok=True)
    (system / "system.defconfig").write_text(vgic_defconfig(), encoding="utf-8")
    (system / "overlay.dts").write_text(vgic_overlay(), encoding="utf-8")
    shutil.copyfile(elf, system / "player.elf")
    return system
