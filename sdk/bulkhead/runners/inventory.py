# SPDX-License-Identifier: Apache-2.0
"""Every tool Bulkhead uses: whether it is here, in which version, for what, and how to get it."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from bulkhead.runners import hosttools

FULL_QEMU = (9, 1)  # the first whose `virt` has a second PL011 and whose SMMUv3 has a stage 2

# What the wheels are for; the rest of requirements.lock are their own dependencies.
PACKAGES = {
    "click": "the command line",
    "rich": "tables",
    "kconfiglib": "menuconfig, check, build",
    "devicetree": "test: a second reader of devicetrees",
    "pyelftools": "build, decode",
    "crc32c": "build",
    "ziglang": "build: clang and lld",
    "ninja": "build",
    "PyYAML": "boards and targets",
    "pyserial": "run, console, hil",
    "robotframework": "hil",
    "robotframework-pabot": "hil on several targets",
    "jinja2": "report",
    "junitparser": "hil, test",
    "pytest": "test",
    "hypothesis": "test",
}


@dataclass(frozen=True, slots=True)
class ToolRow:
    name: str
    found: bool
    version: str
    purpose: str
    remedy: str  # "" when there is nothing to do
    optional: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def take_inventory(root: Path) -> list[ToolRow]:
    rows = [_python()]
    rows += [_package(name, purpose, root) for name, purpose in PACKAGES.items()]
    rows += [_host_tool(tool) for tool in hosttools.TOOLS.values()]
    return [*rows, _gcc()]


def _python() -> ToolRow:
    version = ".".join(map(str, sys.version_info[:3]))
    return ToolRow("python", True, version, "everything", "")


def _package(name: str, purpose: str, root: Path) -> ToolRow:
    wanted = _pinned(name, root)
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return ToolRow(name, False, "", purpose, "delete .venv and run ./bulkhead again")
    remedy = "" if wanted in ("", version) else f"{wanted} is pinned: delete .venv and run ./bulkhead again"
    return ToolRow(name, True, version, purpose, remedy)


def _pinned(name: str, root: Path) -> str:
    for line in (root / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line.lower().startswith(f"{name.lower()}=="):
            return line.partition("==")[2].split()[0]
    return ""


def _host_tool(tool: hosttools.HostTool) -> ToolRow:
    if hosttools.find(tool.name) is None:
        how = hosttools.remedy(tool)
        if hosttools.privilege_prefix() is not None:
            how = f"installed by itself when first needed, or: {how.removeprefix('Type: ')}"
        return ToolRow(
            tool.name, False, "", tool.purpose, how, optional=hosttools.privilege_prefix() is not None
        )
    version = hosttools.version(tool)
    remedy = ""
    if tool.name.startswith("qemu") and hosttools.qemu_version() < FULL_QEMU:
        remedy = "runs; a second UART and SMMU stage 2 need 9.1 or newer, the demo is exact from 8.1 on"
    return ToolRow(tool.name, True, version, tool.purpose, remedy)


def _gcc() -> ToolRow:
    from bulkhead.build.toolchain import GCC_PREFIXES

    for prefix in GCC_PREFIXES:
        if hosttools.find(f"{prefix}gcc"):
            tool = hosttools.HostTool(f"{prefix}gcc", "", "")
            return ToolRow(
                f"{prefix}gcc", True, hosttools.version(tool), "build with TOOLCHAIN_GCC", "", True
            )
    return ToolRow(
        "aarch64 gcc",
        False,
        "",
        "build with TOOLCHAIN_GCC",
        "only if you want it: sudo apt-get install gcc-aarch64-linux-gnu",
        True,
    )
