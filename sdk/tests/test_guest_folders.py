# SPDX-License-Identifier: Apache-2.0
"""Guests whose sources lie anywhere: how they are found, what they are called, and what goes wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from toolbox import ROOT, bulkhead

from bulkhead.build.tools import tool_environment
from bulkhead.diag import Span
from bulkhead.elaborate.guests import Guest, find_guests, sources_in

HELLO = '#include "guest.h"\n\nvoid guest_main(void) { print("%s: here\\n"); }\n'


def make(folder: Path, text: str = HELLO % "guest") -> Path:
    folder.mkdir(parents=True)
    (folder / "main.c").write_text(text, encoding="utf-8")
    return folder


def found(system: Path | None, *names: str) -> dict[str, Guest]:
    guests, diags = find_guests(ROOT, system, [(name, Span("config", n, 1)) for n, name in enumerate(names)])
    assert diags == []
    return guests


def test_a_path_may_be_absolute_or_of_the_home_or_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    make(tmp_path / "home" / "mine")
    make(tmp_path / "system" / "near" / "by")
    absolute = str(make(tmp_path / "far"))
    guests = found(tmp_path / "system", "~/mine", "near/by", "../far", absolute, "hello")
    assert [g.folder.resolve() for g in guests.values() if g.folder] == [
        tmp_path / "home" / "mine",
        tmp_path / "system" / "near" / "by",
        tmp_path / "far",
        tmp_path / "far",
        ROOT / "rtos-guests" / "hello",
    ]


def test_folders_of_one_name_have_stems_of_their_own(tmp_path: Path) -> None:
    """And one folder has one, however it is spelled."""
    places = [make(tmp_path / place / "control") for place in ("a", "b")]
    names = [str(places[0]), "control", str(places[1]), f"{tmp_path}/a/../b/control/"]
    guests = found(None, *names)
    assert [guests[name].elf for name in names] == [
        f"guests/{stem}/{stem}.elf" for stem in ("control-2", "control", "control-3", "control-3")
    ]


def test_a_stem_is_plain_whatever_the_folder_is_called(tmp_path: Path) -> None:
    folder = make(tmp_path / "my new: guest$")
    assert found(None, str(folder))[str(folder)].stem == "my-new-guest"


def test_hidden_folders_have_no_sources(tmp_path: Path) -> None:
    make(tmp_path / "guest")
    make(tmp_path / "guest" / "more")
    make(tmp_path / "guest" / ".trash")
    names = [file.relative_to(tmp_path).as_posix() for file in sources_in(tmp_path / "guest")]
    assert names == ["guest/main.c", "guest/more/main.c"]


def build(folder: Path, *wanted: str) -> tuple[int, str]:
    """A system of partitions p1, p2, ... with these guests; the build's status, and what it said."""
    folder.mkdir(exist_ok=True)
    lines = ['CONFIG_BOARD="qemu_virt"']
    for n, guest in enumerate(wanted, 1):
        lines += [
            f"CONFIG_PART_{n}_ENABLE=y",
            f'CONFIG_PART_{n}_NAME="p{n}"',
            f'CONFIG_PART_{n}_GUEST="{guest}"',
            f'CONFIG_PART_{n}_PCPUS="{n - 1}"',
        ]
    (folder / "system.defconfig").write_text("\n".join(lines) + "\n", encoding="utf-8")
    bulkhead(folder / "build", "defconfig", folder)
    command = [sys.executable, "-m", "bulkhead", "-d", str(folder / "build"), "build"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=tool_environment({"PYTHONPATH": str(ROOT / "sdk")}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_they_are_built_from_anywhere_and_built_anew(tmp_path: Path) -> None:
    """A space; two folders of one name; one folder for two partitions; a file that comes later."""
    first = make(tmp_path / "a place" / "twin", HELLO % "first")
    second = make(tmp_path / "other" / "twin", HELLO % "second")
    wanted = (str(first), "../other/twin", str(second), "hello")
    status, said = build(tmp_path / "system", *wanted)
    assert status == 0, said
    elfs = tmp_path / "system" / "build" / "guests"
    assert b"first: here" in (elfs / "twin" / "twin.elf").read_bytes()
    assert b"second: here" in (elfs / "twin-2" / "twin-2.elf").read_bytes()
    assert not (elfs / "twin-3").exists()
    (second / "main.c").write_text("void late(void);\nvoid guest_main(void) { late(); }\n", encoding="utf-8")
    (second / "late.c").write_text((HELLO % "late").replace("guest_main", "late"), encoding="utf-8")
    assert build(tmp_path / "system", *wanted)[0] == 0
    assert b"late: here" in (elfs / "twin-2" / "twin-2.elf").read_bytes()


@pytest.mark.slow
def test_every_mistake_of_every_guest_is_told_at_once(tmp_path: Path) -> None:
    broken = make(tmp_path / "broken", '#include "guest.h"\n\nvoid guest_main(void) { prin("x"); }\n')
    (broken / "more.c").write_text("int more(void) { return }\n", encoding="utf-8")
    empty = make(tmp_path / "no main", "int nothing(void);\n")
    status, said = build(tmp_path / "system", str(broken), str(empty))
    assert status == 3
    assert re.search(r"broken/main\.c:3:\d+: error: ", said) and re.search(
        r"broken/more\.c:1:\d+: error: ", said
    )
    config = tmp_path / "system" / "build" / ".config"
    for slot, folder, reason in (
        (1, broken, "the messages above say why"),
        (2, empty, "it defines no guest_main()"),
    ):
        line = f'CONFIG_PART_{slot}_GUEST="{folder}"'
        number = config.read_text(encoding="utf-8").splitlines().index(line) + 1
        column = line.index('"') + 1
        text = f"error[BH-BUILD-004]: guest '{folder}' could not be built: {reason}"
        assert f"{config}:{number}:{column}: {text}" in said, said
