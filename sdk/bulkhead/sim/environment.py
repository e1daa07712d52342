# SPDX-License-Identifier: Apache-2.0
"""The simulator's own virtual environment in .bulkhead/, made at the first call.

It has what requirements-sim.lock pins, and nothing of ours: benches import the SDK from the checkout.
What is not in a wheel (a C++ compiler, make, perl, Python's shared library) comes from the host.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bulkhead.build.tools import tool_environment
from bulkhead.diag import ToolMissing
from bulkhead.runners import hosttools

INSTALL_SECONDS = 900
HOST_TOOLS = ("g++", "make", "perl")


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the simulator and cocotb are."""

    python: Path
    site: Path  # its site-packages
    entry_points: str  # what cocotb loads into the simulator: libpython, then itself

    @property
    def verilator_root(self) -> Path:
        return self.site / "verilator"

    @property
    def cocotb(self) -> Path:
        return self.site / "cocotb"


def prepare(root: Path, say: Callable[[str], None]) -> Environment:
    """Ready to build and run. Raises ToolMissing with what to do."""
    for tool in HOST_TOOLS:
        hosttools.require(tool)
    folder, lock = root / ".bulkhead" / "sim-venv", root / "requirements-sim.lock"
    stamp = folder / "made-from.lock"
    with locked(root / ".bulkhead" / "sim-venv.lock"):
        if not stamp.is_file() or stamp.read_bytes() != lock.read_bytes():
            say("setting up the simulator (cocotb and Verilator, about 80 MB, once) ...")
            _make(folder, lock)
            stamp.write_bytes(lock.read_bytes())
    python = folder / "bin" / "python"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    return Environment(python, site, f"{_libpython(python)};{_entry_point(python)}")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else in this checkout meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(folder: Path, lock: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    base = getattr(sys, "_base_executable", sys.executable)
    for command in (
        [base, "-m", "venv", str(folder)],
        [
            str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install",
            "--require-hashes", "--no-deps", "--only-binary", ":all:", "--quiet", "--requirement", str(lock),
        ],
    ):  # fmt: skip
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise ToolMissing(
                "the simulator",
                f"its packages could not be installed; once the network or proxy works, run the same command "
                f"again.\n{(done.stdout + done.stderr)[-2000:].strip()}",
            )


def _libpython(python: Path) -> str:
    """Python as a shared library: the simulator loads it. Debian has it in a package of its own."""
    found = _ask(python, "import find_libpython as f; print(f.find_libpython() or '')")
    if found:
        return found
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}"
    tool = hosttools.HostTool(name, name, "sim: Python inside of the simulator")
    privilege = hosttools.privilege_prefix()
    if privilege is not None and hosttools.install(tool, privilege):
        found = _ask(python, "import find_libpython as f; print(f.find_libpython() or '')")
    if not found:
        raise ToolMissing(name, f"needed for {tool.purpose}. {hosttools.remedy(tool)}")
    return found


def _entry_point(python: Path) -> str:
    return _ask(python, "import cocotb_tools.config as c; print(c.pygpi_entry_point())")


def _ask(python: Path, program: str) -> str:
    done = subprocess.run(
        [str(python), "-c", program],
        env=tool_environment({}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else ""
