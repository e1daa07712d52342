# SPDX-License-Identifier: Apache-2.0
"""As many partitions as QEMU's `virt` has room for CPUs' redistributors: built, and booted for real."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bulkhead.cli.main import Context
from bulkhead.cli.prepare import prepare
from bulkhead.runners.hosttools import require

COUNT = 120  # one redistributor region of `virt` holds 123


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


def defconfig(count: int) -> str:
    text = 'CONFIG_BOARD="big"\n'
    for n in range(1, count + 1):
        text += f'CONFIG_PART_{n}_ENABLE=y\nCONFIG_PART_{n}_NAME="p{n}"\nCONFIG_PART_{n}_GUEST="hello"\n'
        text += f'CONFIG_PART_{n}_RAM_SIZE=0x40000\nCONFIG_PART_{n}_PCPUS="{n - 1}"\n'
    return text


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """This checkout with one board more."""
    made = tmp_path / "checkout"
    made.mkdir()
    for name in ("Kconfig", "hv-arm64", "rtos-guests", "sdk"):
        (made / name).symlink_to(root / name)
    for name in ("boards", "dts"):
        shutil.copytree(root / name, made / name)
    tree = (root / "dts" / "qemu_virt.dts").read_text()
    (made / "dts" / "big.dts").write_text(board_with_cpus(tree, COUNT))
    board = made / "boards" / "big"
    (board / "systems" / "all").mkdir(parents=True)
    text = (root / "boards" / "qemu_virt" / "board.yaml").read_text().replace("qemu_virt", "big")
    (board / "board.yaml").write_text(text)
    (board / "systems" / "all" / "system.defconfig").write_text(defconfig(COUNT))
    return made


def test_120_partitions_run(checkout: Path, tmp_path: Path) -> None:
    build = prepare(Context(root=checkout, build_dir=tmp_path), "big/all", "image", quiet=True)
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
