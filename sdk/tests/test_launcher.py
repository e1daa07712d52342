# SPDX-License-Identifier: Apache-2.0
"""The launcher: it sets the checkout up once, again when the lock changes, and whatever happens meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

SECONDS = 240  # a venv with pip in it takes a few of them


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A checkout in a path with a space that needs no package; its SDK repeats its arguments."""
    path = tmp_path / "a checkout"
    (path / "sdk" / "bulkhead").mkdir(parents=True)
    shutil.copy(root / "bulkhead", path)
    (path / "requirements.lock").write_text("# nothing\n")
    (path / "sdk" / "bulkhead" / "__main__.py").write_text("import sys\nprint('ran', *sys.argv[1:])\n")
    return path


def start(checkout: Path, *arguments: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [checkout / "bulkhead", *arguments], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True,
        start_new_session=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def run(checkout: Path, *arguments: str) -> str:
    """What it said to stderr; it must have carried out the command."""
    out, err = (process := start(checkout, *arguments)).communicate(timeout=SECONDS)
    assert (process.returncode, out) == (0, " ".join(("ran", *arguments)) + "\n"), err
    return err


def test_a_checkout_that_cannot_be_written_to(checkout: Path) -> None:
    (checkout / ".bulkhead").write_bytes(b"")  # root is not held back by a folder's mode
    out, err = (process := start(checkout, "list")).communicate(timeout=SECONDS)
    assert (process.returncode, out) == (3, "")
    (line,) = err.splitlines()
    assert line.startswith(f"bulkhead: {checkout} cannot be written to")


@pytest.mark.slow
def test_the_set_up_is_done_once_and_again_for_another_lock(checkout: Path) -> None:
    assert "setting up .venv" in run(checkout, "list", "a b")
    assert run(checkout, "list") == ""
    assert list((checkout / ".bulkhead").rglob("*.pyc"))  # whatever PYTHONDONTWRITEBYTECODE says
    (checkout / "requirements.lock").write_text("# nothing either\n")
    assert "setting up .venv" in run(checkout, "list")


@pytest.mark.slow
def test_a_set_up_that_is_killed_is_done_again(checkout: Path) -> None:
    process = start(checkout)
    deadline = time.monotonic() + SECONDS
    while not (checkout / ".venv").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert "setting up .venv" in run(checkout)
    assert run(checkout) == ""


@pytest.mark.slow
def test_two_at_once_make_one_set_up(checkout: Path) -> None:
    both = [start(checkout), start(checkout)]
    said = "".join(process.communicate(timeout=SECONDS)[1] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said.count("setting up .venv") == 1 and said.count("waiting for it") <= 1
