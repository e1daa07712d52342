# SPDX-License-Identifier: Apache-2.0
"""What several tests of the build need: the compiler, and a checkout's folders."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import ziglang

ROOT = Path(__file__).resolve().parents[2]
ZIG = Path(ziglang.__file__).parent / "zig"
ZIG_INCLUDE = Path(ziglang.__file__).parent / "lib" / "include"

needs_dtc = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")


_PR_CAPBSET_DROP = 24
_OVERRIDES = (1, 2, 3)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER (capabilities(7))


def as_an_ordinary_user() -> None:
    """For a child that is about to start: root too must heed what a folder's mode forbids."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in _OVERRIDES if os.geteuid() == 0 else ():
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "root cannot give up its right to write everywhere here")


def clang(*args: str | Path, cwd: Path) -> None:
    """Compile for the target with every warning an error."""
    command = [ZIG, "clang", "--target=aarch64-none-elf", "-std=c11", "-ffreestanding", "-nostdinc"]
    command += ["-isystem", ZIG_INCLUDE, "-Wall", "-Wextra", "-Wconversion", "-Werror", *args]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def bulkhead(build: Path, *args: str | Path) -> str:
    """The command itself in a process of its own, on the build folder; what it said. It must succeed."""
    from bulkhead.build.tools import tool_environment

    command = [sys.executable, "-m", "bulkhead", "-d", str(build), *map(str, args)]
    environment = tool_environment({"PYTHONPATH": str(ROOT / "sdk")})
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
