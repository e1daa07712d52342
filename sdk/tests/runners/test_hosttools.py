# SPDX-License-Identifier: Apache-2.0
"""Host tools: what is looked up, what would be installed and from where, what a user is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkhead.diag import ToolMissing
from bulkhead.runners import hosttools

DEB822 = """\
# the mirror of the house
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF==

Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""
ONE_LINE = """\
deb [arch=amd64 signed-by=/k/a.gpg] http://other.example/debian bookworm main non-free # second
# deb http://commented.example/debian bookworm main
deb-src http://src.example/debian bookworm main
deb http://tool.example/apt stable tool
"""


def test_backports_come_from_where_the_release_comes_from(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(ONE_LINE)
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822)
    text = hosttools.backports_sources(hosttools.read_sources(tmp_path), "bookworm")
    assert text == (
        "Types: deb\nURIs: http://other.example/debian\nSuites: bookworm bookworm-backports\n"
        "Components: main\nSigned-By: /k/a.gpg\n"
        "\n"
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-backports\n"
        "Components: main\nSigned-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF==\n"
    )


def test_no_archive_of_this_release_means_no_backports(tmp_path: Path) -> None:
    assert hosttools.backports_sources(hosttools.read_sources(tmp_path), "bookworm") == ""


def test_apt_never_asks_and_never_waits_for_ever() -> None:
    command = " ".join(hosttools.apt_command(["sudo", "-n"], "install", "tmux"))
    assert command == (
        "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "
        "-o Acquire::Retries=2 install -y --no-install-recommends tmux"
    )


def test_without_root_the_one_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosttools, "find", lambda name: None)
    monkeypatch.setattr(hosttools, "privilege_prefix", lambda: None)
    monkeypatch.setattr(hosttools.shutil, "which", lambda name: "/usr/bin/apt-get")
    with pytest.raises(ToolMissing, match=r"tmux is missing: .*Type: sudo apt-get install tmux"):
        hosttools.require("tmux")


def test_a_missing_tool_is_installed_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(hosttools, "find", lambda name: Path("/usr/bin/tmux") if installed else None)
    monkeypatch.setattr(hosttools, "privilege_prefix", lambda: [])
    monkeypatch.setattr(hosttools, "install", lambda tool, privilege: installed.append(tool.package))
    assert hosttools.require("tmux") == Path("/usr/bin/tmux")
    assert installed == ["tmux"]
