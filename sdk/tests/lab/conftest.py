# SPDX-License-Identifier: Apache-2.0
"""An image that speaks the console protocol on QEMU's `virt`, made by the pinned compiler."""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

import pytest

from bulkhead.lab.image import Image

SOURCE = Path(__file__).parent / "speaker" / "speaker.c"
BASE = 0x40200000
BUILD_ID = "0123456789abcdef"


@pytest.fixture(scope="session")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> Image:
    import ziglang

    folder = tmp_path_factory.mktemp("speaker")
    zig = Path(ziglang.__file__).parent / "zig"
    environment = os.environ | {name: str(folder) for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")}
    script = folder / "speaker.ld"
    script.write_text(
        f"SECTIONS {{ . = {BASE:#x}; .all : {{ *(.head) *(.text*) *(.rodata*) *(.data*) *(.bss*) }} }}\n"
    )
    flags = ["--target=aarch64-none-elf", "-ffreestanding", "-O1", "-mgeneral-regs-only", "-mstrict-align"]
    include = Path(ziglang.__file__).parent / "lib" / "include"
    for command in (
        [zig, "clang", *flags, "-nostdinc", "-isystem", include, "-c", SOURCE, "-o", folder / "speaker.o"],
        [zig, "ld.lld", "-T", script, folder / "speaker.o", "-o", folder / "speaker.elf"],
    ):
        subprocess.run(list(map(str, command)), check=True, timeout=60, env=environment)
    image = folder / "speaker.img"
    image.write_bytes(flat(folder / "speaker.elf"))
    plan = {"partitions": [{"name": "echo"}], "board": {"name": "qemu_virt", "cpus": [{}, {}, {}, {}]}}
    return Image(path=image, build_id=BUILD_ID, board="qemu_virt", system="speaker", plan=plan)


def flat(path: Path) -> bytes:
    """The bytes of the ELF's only loaded segment."""
    data = path.read_bytes()
    (offset,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for index in range(count):
        kind, _, start, _, _, length, _, _ = struct.unpack_from("<IIQQQQQQ", data, offset + index * size)
        if kind == 1:
            return data[start : start + length]
    raise AssertionError("nothing to load")
