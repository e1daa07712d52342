# SPDX-License-Identifier: Apache-2.0
"""A flat binary that knows nothing but QEMU's `virt` convention, as a conformance suite for it would be.

It is entered at RAM base + 0x80000 with x0 = devicetree, finds UART, GIC, timers and CPUs there, checks
entry state, aborts, every register of the GIC with each access size, SGIs between all CPUs, routes, order
and the timers' lines, and powers off by PSCI (sdk/tests/flat). The same binary runs on bare QEMU, where
what QEMU itself does otherwise may fail.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from toolbox import ROOT, bulkhead

from bulkhead.build.toolchain import find_toolchain
from bulkhead.build.tools import tool_environment
from bulkhead.lab.target_tests import read_cases, write_system
from bulkhead.runners import hosttools
from bulkhead.runners.boards import read_qemu_machine
from bulkhead.runners.qemu import EXACT_TIME

HERE = Path(__file__).with_name("flat")
SECONDS = 120.0
FLAGS = ("-std=gnu11", "-ffreestanding", "-nostdinc", "-O1", "-Wall", "-Wextra", "-Werror")
CODE = ("-march=armv8-a", "-mgeneral-regs-only", "-mstrict-align", "-fno-pic", "-fno-stack-protector")

# What bare QEMU does otherwise: UNPREDICTABLE, or wrong (GICD_ITARGETSR). Or it has more: LPIs, devices.
BARE_MAY_FAIL = {
    3: {
        "reset-gicd-ctlr",
        "reset-gicd-config",
        "reset-gicr-arrays",
        "reset-gicr-ctlr",
        "typer-no-lpis-no-messages",
        "typer-no-1-of-n",
        "ipi-other-affinities",  # ICC_SGI1R_EL1.RS, which its ICC_CTLR_EL1.RSS does not have
        "read-only-gicr",
        "reserved-gicd",
        "reserved-gicr",
        "router-has-affinity-alone",
    },
    2: {
        "bytes-where-not-allowed",
        "halfwords-read-zero",
        "doublewords-read-zero",
        "other-sizes-change-nothing",
        "reserved-gicd",
        "reset-gicd-sources",
        "spi-moves-while-pending",
        "spi-to-nobody-waits",
        "targets-existing-byte",
        "targets-existing-word",
        "targets-own-fixed",
    },
}


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flat binary; its objects lie beside it."""
    out = tmp_path_factory.mktemp("flat")
    tools = find_toolchain("ziglang")
    environment = tool_environment(tools.environment())
    objects = []
    for source in sorted([*HERE.glob("*.S"), *HERE.glob("*.c")]):
        objects.append(str(out / f"{source.name}.o"))
        compiler = [*tools.compiler, *FLAGS, *CODE, "-isystem", str(tools.headers)]
        _run([*compiler, "-c", str(source), "-o", objects[-1]], environment)
    flat = out / "flat.bin"
    _run(
        [
            *tools.linker,
            "-static",
            "-T",
            str(HERE / "flat.ld"),
            "--oformat=binary",
            *objects,
            "-o",
            str(flat),
        ],
        environment,
    )
    return flat


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _judge(said: str, may_fail: set[str]) -> None:
    failed = [m[0] for m in re.finditer(r"FAIL ([^\s:]+).*", said) if m[1] not in may_fail]
    assert not failed, "\n".join(failed)
    assert "DONE" in said, said
    assert len(re.findall("PASS ", said)) >= 40, said


@pytest.mark.parametrize(
    ("board", "vcpus"), [("qemu_virt", 8), ("qemu_virt_gicv2", 8), ("qemu_virt_gicv2", 1)]
)
def test_it_runs_under_bulkhead(board: str, vcpus: int, binary: Path, tmp_path: Path) -> None:
    system = tmp_path / "flat"
    system.mkdir()
    cpus = ",".join(map(str, range(vcpus)))
    lines = [
        f'CONFIG_BOARD="{board}"',
        "CONFIG_PART_1_ENABLE=y",
        'CONFIG_PART_1_NAME="flat"',
        f'CONFIG_PART_1_GUEST="{binary}"',
        "CONFIG_PART_1_RAM_SIZE=0x200000",
        f"CONFIG_PART_1_VCPUS={vcpus}",
        f'CONFIG_PART_1_PCPUS="{cpus}"',
        'CONFIG_PART_1_BOOTARGS="flat hypervisor"',
        *(f"CONFIG_PART_1_FAULT_{kind}_INJECT_ABORT=y" for kind in ("STAGE2", "UNDEFINED", "CALL")),
    ]
    (system / "system.defconfig").write_text("\n".join(lines) + "\n")
    if vcpus > 4:
        case = next(c for c in read_cases(ROOT) if c.vcpus == 8)
        other = write_system(ROOT, case, tmp_path)
        (system / "overlay.dts").write_text((other / "overlay.dts").read_text())
    build = tmp_path / "build"
    bulkhead(build, "defconfig", system)
    said = bulkhead(build, "run", "--exact", "--timeout", str(SECONDS))
    _judge(said, set())


@pytest.mark.parametrize("version", [3, 2])
def test_it_runs_on_bare_qemu(version: int, binary: Path) -> None:
    machine = read_qemu_machine(ROOT, "qemu_virt")
    program = str(hosttools.require("qemu-system-aarch64"))
    command = [program, "-M", f"virt,gic-version={version}", "-cpu", machine["cpu"], "-smp", "4"]
    command += ["-m", "512M", "-display", "none", "-serial", "stdio", "-monitor", "none", "-nic", "none"]
    command += [*EXACT_TIME, "-kernel", str(binary), "-append", "flat bare"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    _judge(done.stdout, BARE_MAY_FAIL[version])
