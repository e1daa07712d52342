# SPDX-License-Identifier: Apache-2.0
"""What several tests of the build need: the compiler, and a checkout's folders."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import ziglang

ROOT = Path(__file__).resolve().parents[2]
ZIG = Path(ziglang.__file__).parent / "zig"
ZIG_INCLUDE = Path(ziglang.__file__).parent / "lib" / "include"

needs_dtc = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")


def clang(*args: str | Path, cwd: Path) -> None:
    """Compile for the target with every warning an error."""
    command = [ZIG, "clang", "--target=aarch64-none-elf", "-std=c11", "-ffreestanding", "-nostdinc"]
    command += ["-isystem", ZIG_INCLUDE, "-Wall", "-Wextra", "-Wconversion", "-Werror", *args]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
