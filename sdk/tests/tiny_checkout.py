# SPDX-License-Identifier: Apache-2.0
"""A checkout with a hypervisor of two files and a guest of one, so that a build takes a second.

Everything else is the real checkout's: the linker scripts, the headers, the boards.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from toolbox import ROOT

from bulkhead.kconfig.system import find_system, remember

HEAD_S = """
        .section .head, "ax"
        b       start
        .word   0
        .quad   0, hv_image_size, 0xa, 0, 0, 0
        .ascii  "ARM\\x64"
        .word   0
start:  adrp    x0, answer
        adrp    x0, plan_use
        b       .
        .section .note.GNU-stack, "", %progbits
"""
MAIN_C = """
#include <hv/config.h>
#include "hv_counts.h"
#include "value.h"
int answer = VALUE, later[100];
const void *plan_use(int n);
const void *plan_use(int n)
{
    static const void *const all[] = {
        hv_partitions, &hv_global, hv_segments, hv_irq_owned, hv_places, hv_pcpus, hv_vcpus, hv_irq_owner,
    };
    return all[n];
}
"""
GUEST_C = """
#include "guest.h"
const char greeting[] = "a greeting that can be found in the image";
void guest_main(void) { *(const char *volatile *)0x40000000 = greeting; }
"""
DEFCONFIG = """
CONFIG_BOARD="qemu_virt"
CONFIG_PART_1_ENABLE=y
CONFIG_PART_1_NAME="one"
CONFIG_PART_1_GUEST="greeter"
CONFIG_PART_2_ENABLE=y
CONFIG_PART_2_NAME="two"
CONFIG_PART_2_GUEST="blob.bin"
CONFIG_PART_2_RAM_SIZE=0x200000
CONFIG_OWNER_RTC_9010000_PART_1=y
"""


class Checkout:
    """`root` is the checkout, `system` the folder of a system outside of it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.system = folder / "my system"
        self.hv = self.root / "hv-arm64" / "src" / "start"
        self.hv.mkdir(parents=True)
        for name in ("boards", "dts", "Kconfig", "sdk"):
            (self.root / name).symlink_to(ROOT / name)
        for name in ("include", "link"):
            (self.root / "hv-arm64" / name).symlink_to(ROOT / "hv-arm64" / name)
        lib = self.root / "rtos-guests" / "lib"
        shutil.copytree(ROOT / "rtos-guests" / "lib", lib)
        self.guest = self.system / "guests" / "greeter" / "main.c"
        self.blob = self.system / "blob.bin"
        for path, text in (
            (self.hv / "head.S", HEAD_S),
            (self.hv / "main.c", MAIN_C),
            (self.hv / "value.h", "#define VALUE 42\n"),
            (self.guest, GUEST_C),
            (self.system / "system.defconfig", DEFCONFIG),
            (self.blob, "a flat binary " * 40),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def configure(self, build_dir: Path) -> Path:
        """A build folder with the system's configuration."""
        build_dir.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.system / "system.defconfig", build_dir / ".config")
        remember(self.root, build_dir, find_system(self.root, str(self.system)))
        return build_dir


def outputs(build_dir: Path) -> dict[str, bytes]:
    """What a user takes from a build folder."""
    names = ["bulkhead.elf", "bulkhead.img", "plan.json", "map.txt", "dtb/one.dtb", "dtb/two.dtb"]
    return {name: (build_dir / name).read_bytes() for name in names}
