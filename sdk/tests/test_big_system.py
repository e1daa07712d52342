# SPDX-License-Identifier: Apache-2.0
"""128 partitions with 200 devices: built. 120, for whose CPUs QEMU's `virt` has room: booted for real."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bulkhead.cli.main import Context
from bulkhead.cli.prepare import prepare
from bulkhead.runners.hosttools import require

COUNT = 120  # one redistributor region of `virt` holds 123
MOST, DEVICES = 128, 200


def board_with_cpus(source: str, count: int) -> str:
    """The board's tree with so many CPUs, numbered as QEMU does: 16 to a cluster."""
    nodes = list(re.finditer(r"\n(\t+)cpu@\w+ \{.*?\n\1\};\n", source, re.S))
    indent = nodes[0][1]
    lines = ['device_type = "cpu";', 'compatible = "arm,cortex-a53";', 'enable-method = "psci";']
    made = ""
    for index in range(count):
        affinity = index // 16 << 8 | index % 16
        body = "".join(f"{indent}\t{line}\n" for line in [*lines, f"reg = <{affinity:#x}>;"])
        made += f"\n{indent}cpu@{affinity:x} {{\n{body}{indent}}};\n"
    return source[: nodes[0].start()] + made + source[nodes[-1].end() :]


def with_devices(source: str, count: int) -> str:
    """No QEMU has these; nor room for so many redistributors, which lie elsewhere therefore."""
    made = re.sub(r"<0x0 0x80a0000 0x0 0xf60000>", "<0x0 0x20000000 0x0 0x1000000>", source)
    assert made != source
    for n in range(count):
        at = 0x1000_0000 + n * 0x1000
        made += f'/ {{\n\ttimer@{at:x} {{\n\t\tcompatible = "arm,sp804";\n'
        made += f"\t\treg = <0x0 {at:#x} 0x0 0x1000>;\n\t\tinterrupts = <0 {100 + n} 4>;\n\t}};\n}};\n"
    return made


def defconfig(count: int, devices: int = 0) -> str:
    text = 'CONFIG_BOARD="big"\nCONFIG_ALLOW_UNPROTECTED_DMA=y\n' if devices else 'CONFIG_BOARD="big"\n'
    for n in range(devices):
        text += f"CONFIG_OWNER_TIMER_{0x1000_0000 + n * 0x1000:X}_PART_{n % count + 1}=y\n"
    for n in range(1, count + 1):
        text += f'CONFIG_PART_{n}_ENABLE=y\nCONFIG_PART_{n}_NAME="p{n}"\nCONFIG_PART_{n}_GUEST="hello"\n'
        text += f'CONFIG_PART_{n}_RAM_SIZE=0x40000\nCONFIG_PART_{n}_PCPUS="{n - 1}"\n'
    return text


def checkout(root: Path, tmp_path: Path, tree: str, config: str) -> Path:
    """This checkout with one board more."""
    made = tmp_path / "checkout"
    made.mkdir()
    for name in ("Kconfig", "hv-arm64", "rtos-guests", "sdk"):
        (made / name).symlink_to(root / name)
    for name in ("boards", "dts"):
        shutil.copytree(root / name, made / name)
    (made / "dts" / "big.dts").write_text(tree)
    board = made / "boards" / "big"
    (board / "systems" / "all").mkdir(parents=True)
    text = (root / "boards" / "qemu_virt" / "board.yaml").read_text().replace("qemu_virt", "big")
    (board / "board.yaml").write_text(text)
    (board / "systems" / "all" / "system.defconfig").write_text(config)
    return made


def test_120_partitions_run(root: Path, tmp_path: Path) -> None:
    tree = board_with_cpus((root / "dts" / "qemu_virt.dts").read_text(), COUNT)
    made = checkout(root, tmp_path, tree, defconfig(COUNT))
    build = prepare(Context(root=made, build_dir=tmp_path), "big/all", "image", quiet=True)
    machine = "-M virt,virtualization=on,gic-version=3 -cpu cortex-a53 -m 1G -nic none -display none"
    command = [str(require("qemu-system-aarch64", "test")), *machine.split()]
    command += ["-smp", str(COUNT), "-monitor", "none", "-serial", "stdio", "-icount", "shift=0"]
    command += ["-kernel", str(build / "bulkhead.img")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    said = done.stdout.splitlines()
    for n in range(1, COUNT + 1):
        assert any(line.startswith(f"p{n}| ") for line in said), f"p{n} did not speak"
    assert sum(line.endswith(": stopped") for line in said) == COUNT
    assert any(line == "hv| all partitions are off" for line in said)


@pytest.mark.slow
def test_128_partitions_with_200_devices_are_built(root: Path, tmp_path: Path) -> None:
    tree = board_with_cpus((root / "dts" / "qemu_virt.dts").read_text(), MOST)
    made = checkout(root, tmp_path, with_devices(tree, DEVICES), defconfig(MOST, DEVICES))
    build = prepare(Context(root=made, build_dir=tmp_path), "big/all", "image", quiet=True)
    plan = json.loads((build / "plan.json").read_text())
    assert len(plan["partitions"]) == MOST
    assert sum(len(p["devices"]) for p in plan["partitions"]) == DEVICES
    assert (build / "bulkhead.img").stat().st_size > 0
