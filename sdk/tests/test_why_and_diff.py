# SPDX-License-Identifier: Apache-2.0
"""`why`, `diffconfig` and fragments: said in words, with the places of both sides."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from plans import make_plan

from bulkhead.cli.main import cli
from bulkhead.diag import UserError
from bulkhead.elaborate.board import read_board
from bulkhead.emit.difference import changes_object, differences, render_changes
from bulkhead.emit.plan_json import emit_plan_json
from bulkhead.emit.snapshot import of_json, of_plan
from bulkhead.kconfig.load import Config, load
from bulkhead.kconfig.merge import load_merged
from bulkhead.kconfig.why import explain_symbol, render_why
from bulkhead.model.board import Board


@pytest.fixture(scope="module")
def board(root: Path) -> Board:
    return read_board(root, "qemu_virt")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def configure(root: Path, board: Board, folder: Path, text: str) -> Config:
    return load(root, board, write(folder, "c", text), folder)


def test_why_names_the_clause_that_fails_and_where_it_was_set(
    root: Path, board: Board, tmp_path: Path
) -> None:
    # answers zephyr#20697 and #21888: "assigned y but got n" does not name the unmet dependency
    config = configure(
        root, board, tmp_path, "CONFIG_PART_2_FAULT_CALL_STOP=y\n# CONFIG_PART_2_ENABLE is not set\n"
    )
    why = explain_symbol(config, "CONFIG_PART_2_FAULT_CALL_STOP")
    assert (why.value, why.origin, str(why.where), why.asked) == ("n", "ignored", "c:1:31", "y")
    (clause,) = why.needs
    assert (clause.text, clause.holds) == ("PART_2_ENABLE", False)
    assert [(n, v, str(s)) for n, v, s in clause.symbols] == [("PART_2_ENABLE", "n", "c:2:1")]
    assert "needs PART_2_ENABLE: FAILS" in render_why(why)


def test_why_tells_set_from_default_from_computed(root: Path, board: Board, tmp_path: Path) -> None:
    config = configure(root, board, tmp_path, "CONFIG_PART_1_ENABLE=y\nCONFIG_PART_1_VCPUS=2\n")
    assert explain_symbol(config, "PART_1_VCPUS").origin == "set"
    default = explain_symbol(config, "PART_1_RESTART_LIMIT")
    assert default.origin == "default"
    assert Path(default.where.file).read_text(encoding="utf-8").splitlines()[
        default.where.line - 1
    ].split() == [
        "default",
        "3",
    ]
    assert explain_symbol(config, "LAST_PCPU").origin == "computed"
    gcc = explain_symbol(config, "TOOLCHAIN_GCC")
    assert gcc.chosen and gcc.chosen[0] == "TOOLCHAIN_ZIGLANG"
    assert "in which CONFIG_TOOLCHAIN_ZIGLANG is set: " in render_why(gcc)
    readers = [name for name, _ in explain_symbol(config, "PART_1_ENABLE").readers]
    assert "PART_1_VCPUS" in readers and "OWNER_RTC_9010000_PART_1" in readers
    with pytest.raises(UserError, match="did you mean PART_1_RAM_SIZE"):
        explain_symbol(config, "PART_1_RAMSIZE")


def test_a_later_fragment_wins_and_both_places_are_told(root: Path, board: Board, tmp_path: Path) -> None:
    base = write(tmp_path, "base", "CONFIG_PART_1_ENABLE=y\nCONFIG_OWNER_RTC_9010000_PART_1=y\n")
    first = write(tmp_path, "first", "CONFIG_PART_1_RAM_SIZE=0x400000\nCONFIG_OWNER_RTC_9010000_HV=y\n")
    second = write(tmp_path, "second", "CONFIG_PART_1_RAM_SIZE=0x600000\n")
    config, overrides = load_merged(root, board, [base, first, second], tmp_path)
    assert config.diags == ()
    assert config.get("PART_1_RAM_SIZE") == "0x600000"
    assert config.is_set("OWNER_RTC_9010000_HV")
    assert [str(o) for o in overrides] == [
        "first:2:29: note: CONFIG_OWNER_RTC_9010000_HV=y "
        "overrides CONFIG_OWNER_RTC_9010000_PART_1=y of base:2:33",
        "second:1:24: note: CONFIG_PART_1_RAM_SIZE=0x600000 "
        "overrides CONFIG_PART_1_RAM_SIZE=0x400000 of first:1:24",
    ]
    assert str(config.span("PART_1_RAM_SIZE")) == "second:1:24"


def test_a_mistake_in_a_fragment_is_found_in_the_fragment(root: Path, board: Board, tmp_path: Path) -> None:
    base = write(tmp_path, "base", "CONFIG_PART_1_ENABLE=y\n")
    fragment = write(tmp_path, "fragment", "CONFIG_PART_1_RAM_SIZE=big\nCONFIG_NO_SUCH=y\nnonsense\n")
    config, _ = load_merged(root, board, [base, fragment], tmp_path)
    found = sorted((d.code, str(d.where)) for d in config.diags)
    assert found == [
        ("BH-KCFG-001", "fragment:3:1"),
        ("BH-KCFG-002", "fragment:2:16"),
        ("BH-KCFG-003", "fragment:1:24"),
    ]


def test_words_of_a_difference() -> None:
    old = of_plan(make_plan())
    first = replace(old.parts[0], name="linux", ram_size=256 << 20, ram_pa=0x5000_0000)
    old = replace(old, parts=(first,), owners={"rtc@9010000": "linux", "gpio@1": ""})
    grown = replace(
        first, ram_size=512 << 20, ram_pa=0x6000_0000, pcpus=(0, 2), faults={**first.faults, "call": "stop"}
    )
    extra = replace(first, name="rt", slot=2, ram_size=2 << 20, guest="control", pcpus=(1,))
    new = replace(old, parts=(grown, extra), owners={"rtc@9010000": "rt", "gpio@1": "hv"})
    assert render_changes(differences(old, new)).splitlines() == [
        "linux: RAM 256 -> 512 MiB, moved to 0x60000000, CPUs 0 -> 0,2, "
        "after a forbidden call: go on -> stop",
        "rt: new, 2 MiB RAM, CPUs 1, guest 'control'",
        "gpio@1: nobody -> the hypervisor",
        "rtc@9010000: linux -> rt",
    ]
    assert render_changes(differences(new, old)).splitlines()[1] == "rt: gone"


def test_a_renamed_partition_keeps_its_devices_without_a_word() -> None:
    old = of_plan(make_plan())
    name = old.parts[0].name
    new = replace(
        old,
        parts=(replace(old.parts[0], name="other"), *old.parts[1:]),
        owners={d: "other" if o == name else o for d, o in old.owners.items()},
    )
    assert render_changes(differences(old, new)) == f"other: was called '{name}'\n"


def test_a_plan_and_its_json_are_the_same() -> None:
    plan = make_plan()
    assert differences(of_plan(plan), of_json(json.loads(emit_plan_json(plan)))) == []
    assert changes_object([]) == {"version": 1, "changes": []}


def test_the_commands(tmp_path: Path) -> None:
    fragment = write(tmp_path, "big.config", "CONFIG_PART_2_RAM_SIZE=0x400000\n")
    bad = write(tmp_path, "bad.config", "CONFIG_PART_2_RAM_SIZE=0\n")
    build = ["-d", str(tmp_path / "build")]

    def run(*args: str) -> str:
        done = CliRunner().invoke(cli, [*build, *args], catch_exceptions=False)
        return done.stdout

    run("defconfig", "qemu_virt/demo", str(fragment))
    assert run("diffconfig", "qemu_virt/demo") == "rogue: RAM 2 -> 4 MiB, moved to 0x7fa00000\n"
    assert (
        json.loads(run("diffconfig", "qemu_virt/demo", "--format", "json"))["changes"][0]["new"] == 0x40_0000
    )
    assert json.loads(run("why", "PART_2_RAM_SIZE", "--format", "json"))["value"] == "0x400000"
    before = (tmp_path / "build" / ".config").read_bytes()
    with pytest.raises(UserError):
        run("config", "merge", str(bad))
    assert (tmp_path / "build" / ".config").read_bytes() == before
    assert run("config", "merge", str(fragment)) == ""
