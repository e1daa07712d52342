# SPDX-License-Identifier: Apache-2.0
"""targets.yaml: what is shipped is good, what is wrong is told with its line, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkhead.diag import UserError
from bulkhead.lab.launch import choose
from bulkhead.lab.targets import Power, find_target, read_targets

HEAD = "version: 1\ntargets:\n"


def complaints(tmp_path: Path, root: Path, text: str) -> list[tuple[int, str]]:
    path = tmp_path / "targets.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        read_targets(root, path)
    return [(diag.where.line, diag.text) for diag in caught.value.diags]


def test_the_shipped_targets_are_good(root: Path) -> None:
    targets = read_targets(root)
    assert targets["qemu"].transport == "socket"
    assert targets["qemu-pty"].transport == "pty"


def test_a_board_on_a_serial_line(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        HEAD + "  desk:\n    kind: serial\n    board: rpi4b\n"
        "    console: {url: 'rfc2217://10.0.0.7:4001', baud: 1500000}\n"
        "    power: {on: [relay, on], off: [relay, off]}\n"
        "    flash: {method: command, command: [put, '{image}']}\n"
        "    lab: {place: desk-7}\n    capabilities: [rtc]\n    boot_seconds: 90\n"
    )
    desk = find_target(root, "desk", path)
    assert (desk.kind, desk.baud, desk.boot_seconds, desk.lab_place) == ("serial", 1500000, 90, "desk-7")
    assert desk.power == Power(on=("relay", "on"), off=("relay", "off"))
    assert desk.flash.command == ("put", "{image}")
    assert "qemu" in read_targets(root, path)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("kind: serial, board: rpi4b, console: {url: /dev/x}", "BH-LAB-005"),
        ("kind: lab, board: qemu_virt, lab: {place: desk}", "BH-LAB-004"),
    ],
)
def test_what_cannot_run_the_system_is_said_before_it_is_built(
    root: Path, tmp_path: Path, fields: str, code: str
) -> None:
    own, build = tmp_path / "targets.yaml", tmp_path / "build"
    own.write_text(f"version: 1\ntargets:\n  mine: {{{fields}}}\n", encoding="utf-8")
    build.mkdir()
    (build / ".config").write_text('CONFIG_BOARD="qemu_virt"\n', encoding="utf-8")
    with pytest.raises(UserError) as caught:
        choose(root, build, "mine", own, build=True)
    assert [(d.code, d.where.line) for d in caught.value.diags] == [(code, 3)]
    assert sorted(path.name for path in build.iterdir()) == [".config"]


def test_an_unknown_target_names_the_closest(root: Path) -> None:
    with pytest.raises(UserError) as caught:
        find_target(root, "qemu-ptty")
    assert caught.value.diags[0].help == "Did you mean 'qemu-pty'?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 2\ntargets: {}\n", [(1, "version 2 is not known; this SDK reads 1")]),
        ("targets: {}\n", [(1, "the file needs `version:`")]),
        (HEAD + "  a: [x]\n", [(3, "target 'a' must have the form `name: value`")]),
        (HEAD + "  a: {kind: qemo, board: b}\n", [(3, "'qemo' is not one of qemu, serial, lab")]),
        (HEAD + "  a: {kind: lab, lab: {place: p}}\n", [(3, "target 'a' needs `board:`")]),
        (HEAD + "  a: {kind: serial, board: b}\n", [(3, "target 'a' needs `console:`")]),
        (
            HEAD + "  a:\n    kind: qemu\n    board: b\n    consol: x\n",
            [(6, "target 'a' has no field 'consol'")],
        ),
        (HEAD + "  a: {kind: qemu, board: b, kind: qemu}\n", [(3, "`kind:` stands twice in target 'a'")]),
        (HEAD + "  a: {kind: qemu, board: b, exact_time: 7}\n", [(3, "true or false is expected here")]),
        (
            HEAD + "  a: {kind: serial, board: b, console: {url: x, baud: fast}, flash: {method: command}}\n",
            [(3, "flash by command needs `command:`"), (3, "a number above 0 is expected here, not 'fast'")],
        ),
        (HEAD + "  a: {kind: [\n", [(4, "expected the node content, but found '<stream end>'")]),
    ],
)
def test_what_is_wrong_has_a_line(
    tmp_path: Path, root: Path, text: str, expected: list[tuple[int, str]]
) -> None:
    assert complaints(tmp_path, root, text) == expected
