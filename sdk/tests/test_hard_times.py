# SPDX-License-Identifier: Apache-2.0
"""A full disk, a folder that cannot be written, Ctrl-C, two commands at once: a sentence, and nothing
half-written. The next command carries on as if nothing had been."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tiny_checkout import Checkout, outputs
from toolbox import ROOT, as_an_ordinary_user

from bulkhead.build import build

# The command line, in the tiny checkout: what find_root() would find is replaced.
RUN = """
import sys
from pathlib import Path
from bulkhead.cli import main
root = Path(sys.argv.pop(1))
main.find_root = lambda: root
from bulkhead.__main__ import main as run
sys.exit(run())
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def build_dir(checkout: Checkout) -> Path:
    return checkout.configure(checkout.root / "build")


def start(
    checkout: Checkout, build_dir: Path, *args: str, before: Callable[[], None] | None = None
) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, str(checkout.root), "-d", str(build_dir), *args]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "sdk"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=before
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=120)
    assert "Traceback" not in said and "bug of Bulkhead" not in said
    return process.returncode, said


def small_files(size: int) -> Callable[[], None]:
    """A disk on which no file can become larger than `size`."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [16, 5_000, 100_000])
def test_build_on_a_full_disk(checkout: Checkout, build_dir: Path, size: int) -> None:
    status, said = end(start(checkout, build_dir, "build", before=small_files(size)))
    assert status in (2, 3) and said.strip()
    assert not (build_dir / "stamp.json").exists()
    build(checkout.root, build_dir)
    fresh = checkout.configure(checkout.root / "fresh")
    build(checkout.root, fresh)
    assert outputs(build_dir) == outputs(fresh)


def test_a_setting_on_a_full_disk(checkout: Checkout, build_dir: Path) -> None:
    before = (build_dir / ".config").read_text()
    end(start(checkout, build_dir, "check"))  # what is generated is there
    status, said = end(start(checkout, build_dir, "config", "set", "PART_1_NAME=x", before=small_files(64)))
    assert status in (2, 3) and ".config" in said
    assert (build_dir / ".config").read_text() == before
    assert not list(build_dir.glob(".*.tmp*")) and not list(build_dir.glob("..config*"))


@pytest.mark.parametrize("command", ["build", "check"])
def test_a_folder_that_cannot_be(checkout: Checkout, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("in the way")
    status, said = end(start(checkout, tmp_path / "file" / "build", command))
    assert status == 2 and "file" in said


def test_a_read_only_folder(checkout: Checkout, build_dir: Path) -> None:
    build_dir.chmod(0o555)
    status, said = end(start(checkout, build_dir, "build", before=as_an_ordinary_user))
    build_dir.chmod(0o755)
    assert status == 2 and "Permission denied" in said
    assert not (build_dir / "stamp.json").exists()


@pytest.mark.parametrize("command", ["build", "check"])
@pytest.mark.parametrize("after_s", [0.3, 0.6, 0.9])
def test_ctrl_c(checkout: Checkout, build_dir: Path, command: str, after_s: float) -> None:
    process = start(checkout, build_dir, command)
    time.sleep(after_s)
    process.send_signal(signal.SIGINT)
    status, _ = interrupted(process)
    assert status in (0, 130, -signal.SIGINT)  # done already, or while Python itself was starting
    assert not list(half_written(build_dir))
    build(checkout.root, build_dir)


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=60)
    if "Traceback" in said:  # before our first line ran: Python's own
        assert "KeyboardInterrupt" in said and process.returncode in (1, 130, -signal.SIGINT)
        return 130, said
    return process.returncode, said


def half_written(build_dir: Path) -> Iterator[Path]:
    """Temporary files that write_atomically() would have left."""
    kept = {".config", ".lock", ".ninja_log", ".ninja_deps", ".ninja_lock"}
    return (p for p in build_dir.glob(".*") if p.name not in kept and not p.name.startswith(".config"))


def test_two_commands_at_once(checkout: Checkout, build_dir: Path) -> None:
    both = [start(checkout, build_dir, "build") for _ in range(2)]
    assert [end(process)[0] for process in both] == [0, 0]
    alone = checkout.configure(checkout.root / "alone")
    build(checkout.root, alone)
    assert outputs(build_dir) == outputs(alone)
