# SPDX-License-Identifier: Apache-2.0
"""How findings look, how a failure ends the program, how files are written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bulkhead.diag import BuildFailed, LabError, Span, ToolMissing, UserError, error, warning
from bulkhead.diag.errors import report_exception
from bulkhead.diag.paths import shown, stable, write_atomically
from bulkhead.diag.render import render_json, render_text, summary

FOUND = [
    error(
        "BH-MEM-003", "not a page", Span("a.config", 3, 7), (Span("b.dts", 9), "the bank"), help="one\ntwo"
    ),
    warning("BH-DEV-006", "careful", Span("a.config")),
]


def test_text() -> None:
    assert render_text(FOUND) == (
        "a.config:3:7: error[BH-MEM-003]: not a page\n"
        "b.dts:9:  note: the bank\n"
        "  help: one\n"
        "        two\n"
        "a.config: warning[BH-DEV-006]: careful\n"
    )
    assert summary(FOUND) == "1 error, 1 warning; more with `./bulkhead explain BH-MEM-003`"
    assert summary([]) == ""


def test_json() -> None:
    document = json.loads(render_json(FOUND))
    assert document["version"] == 1
    assert document["diagnostics"][0] == {
        "code": "BH-MEM-003",
        "severity": "error",
        "text": "not a page",
        "file": "a.config",
        "line": 3,
        "col": 7,
        "notes": [{"text": "the bank", "file": "b.dts", "line": 9, "col": 0}],
        "help": "one\ntwo",
        "fix": [],
    }


@pytest.mark.parametrize(
    ("problem", "code", "says"),
    [
        (UserError("no"), 2, "error: no\n"),
        (UserError(FOUND), 2, "error[BH-MEM-003]"),
        (ToolMissing("qemu", "apt install it"), 3, "qemu is missing: apt install it"),
        (BuildFailed("ld said no"), 3, "ld said no"),
        (LabError("silent"), 4, "silent"),
        (PermissionError(13, "Permission denied", "/x"), 2, "/x: Permission denied"),
        (OSError(28, "No space left on device", "/x"), 3, "/x: No space left on device"),
        (OSError(5, "Input/output error"), 3, "the output, or a file of this run: Input/output error"),
        (MemoryError(), 3, "out of memory"),
        (ZeroDivisionError("oops"), 5, "This is a bug of Bulkhead"),
    ],
)
def test_how_the_program_ends(
    problem: Exception,
    code: int,
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert report_exception(problem) == code
    printed = capsys.readouterr()
    assert says in printed.err and "Traceback" not in printed.err and printed.out == ""


@pytest.mark.parametrize("command", [["--help"], ["list"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_nobodys_bug(root: Path, tmp_path: Path, command: list[str], unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bulkhead", *command], stdout=full, stderr=subprocess.PIPE, timeout=60,
            env=os.environ | {"PYTHONPATH": str(root / "sdk"), "TMPDIR": str(tmp_path),
                              "PYTHONUNBUFFERED": unbuffered},
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == b"error: the output, or a file of this run: No space left on device\n"
    assert not list(tmp_path.iterdir())


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "a" / ".." / "b") == "b"
    assert shown("/etc/x") == "/etc/x"
    assert stable("build/.config", tmp_path, tmp_path / "build") == ".config"
    assert stable(str(tmp_path / "dts/a.dts"), tmp_path, tmp_path / "build") == "dts/a.dts"
    assert stable("/home/me/sys/system.defconfig", tmp_path, tmp_path / "build") == "sys/system.defconfig"


def test_a_write_replaces_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_atomically(path, "one")
    inode = path.stat().st_ino
    write_atomically(path, b"two")
    assert path.read_text(encoding="utf-8") == "two" and path.stat().st_ino != inode
    assert [p.name for p in path.parent.iterdir()] == ["file"]
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError):
        write_atomically(target, "x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
