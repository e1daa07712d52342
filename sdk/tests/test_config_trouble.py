# SPDX-License-Identifier: Apache-2.0
"""A full disk, a read-only folder, Ctrl-C: a clear sentence, and the configuration as it was."""

from __future__ import annotations

import os
import pty
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from toolbox import as_an_ordinary_user


def bulkhead(build: Path, *args: str) -> list[str]:
    return [sys.executable, "-P", "-m", "bulkhead", "-d", str(build), *args]


def run(
    root: Path, build: Path, *args: str, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root / "sdk"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        bulkhead(build, *args),
        env=environment,
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=before,
    )


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def no_room() -> None:
    """As on a full disk: a write fails; the signal that would come with it does not."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))


@pytest.fixture
def build(root: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "build"
    assert run(root, folder, "defconfig", "qemu_virt/demo").returncode == 0
    assert run(root, folder, "config", "set", "PART_1_RAM_SIZE=0x400000").returncode == 0
    return folder


@pytest.mark.parametrize(
    "args",
    [
        ("config", "set", "PART_1_RAM_SIZE=0x600000"),
        ("defconfig", "qemu_virt/hello"),
        ("savedefconfig", "-o", "OUT"),
    ],
)
def test_a_full_disk(root: Path, build: Path, args: tuple[str, ...]) -> None:
    # answers acrn-hypervisor#8587 and #7470: a traceback, and a file half-written
    long_comment = build.parent / "OUT"
    long_comment.write_text("# as it was\n" * 200, encoding="utf-8")
    before = files(build.parent)
    words = [str(long_comment) if a == "OUT" else a for a in args]
    done = run(root, build, *words, before=no_room)
    assert files(build.parent) == before
    if done.returncode:  # what is written may be short enough
        assert done.returncode in (2, 3)
        assert "Traceback" not in done.stderr and "bug" not in done.stderr
        assert "File too large" in done.stderr
    else:
        pytest.fail(f"{args} wrote more than there is room for: {done.stdout}")


def test_a_read_only_folder(root: Path, build: Path) -> None:
    # answers acrn-hypervisor#7069: "success" is said after a permission warning
    before = files(build)
    build.chmod(0o555)
    try:
        done = run(root, build, "config", "set", "PART_1_RAM_SIZE=0x600000", before=as_an_ordinary_user)
    finally:
        build.chmod(0o755)
    assert done.returncode == 2
    assert "Permission denied" in done.stderr and "Traceback" not in done.stderr
    assert files(build) == before


def test_a_folder_that_is_a_file(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run(root, tmp_path / "file", "defconfig", "qemu_virt/demo")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and "bug" not in done.stderr


@pytest.mark.parametrize("wait_s", [0.05, 0.15, 0.3])
def test_ctrl_c_leaves_the_old_configuration_or_the_new_one(root: Path, build: Path, wait_s: float) -> None:
    old = (build / ".config").read_bytes()
    environment = {**os.environ, "PYTHONPATH": str(root / "sdk")}
    process = subprocess.Popen(
        bulkhead(build, "config", "set", "PART_1_RAM_SIZE=0x600000"),
        env=environment,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(wait_s)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    now = (build / ".config").read_bytes()
    assert now in (old, old.replace(b"PART_1_RAM_SIZE=0x400000", b"PART_1_RAM_SIZE=0x600000"))
    assert not [name for name in files(build) if name.startswith("..config")]


def test_ctrl_c_at_the_editors_question(root: Path, build: Path) -> None:
    with (build / ".config").open("a", encoding="utf-8") as file:
        file.write("CONFIG_NO_SUCH=y\n")
    before = files(build)
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(root / "sdk"), "TERM": "xterm"}
    process = subprocess.Popen(
        bulkhead(build, "menuconfig"),
        env=environment,
        cwd=root,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said, deadline = b"", time.monotonic() + 60
    while b"interrupted" not in said and time.monotonic() < deadline:
        if select.select([ours], [], [], 1.0)[0]:
            said += os.read(ours, 4096)
        elif b"Press Enter" in said:  # again: one just before Python begins to read is seen only after it
            process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    os.close(ours)
    now = files(build)
    assert {n: c for n, c in now.items() if not n.startswith("kconfig")} == {
        n: c for n, c in before.items() if not n.startswith("kconfig")
    }
    assert b"Traceback" not in said
