# SPDX-License-Identifier: Apache-2.0
"""Systems, and the commands that start, read, change and save a configuration."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bulkhead.cli.main import Context, cli
from bulkhead.diag import UserError
from bulkhead.diag.errors import report_exception
from bulkhead.kconfig.system import find_system, recall, system_names

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call the command line as a user would, in a folder with a space in its name."""
    build = tmp_path / "build folder"
    monkeypatch.delenv("KCONFIG_CONFIG", raising=False)

    def call(*args: str) -> Result:
        return CliRunner().invoke(cli, ["-d", str(build), *args])

    return call


def code_of(result: Result) -> int:
    """The exit code that `python -m bulkhead` would make of it."""
    if result.exception is None or isinstance(result.exception, SystemExit):
        return result.exit_code
    return report_exception(result.exception)


def codes(result: Result) -> list[str]:
    assert isinstance(result.exception, UserError)
    return [d.code for d in result.exception.diags]


def test_no_configuration(run: Run) -> None:
    for command in (["check"], ["map"], ["config", "get"], ["savedefconfig"]):
        result = run(*command)
        assert codes(result) == ["BH-KCFG-007"]
        assert code_of(result) == 2


@pytest.mark.parametrize("name", ["qemu_virt/dem", "nothing", "/nowhere/at/all", "."])
def test_no_such_system(run: Run, name: str) -> None:
    assert codes(run("defconfig", name)) == ["BH-KCFG-008"]


def test_a_system_outside_says_its_board(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "system.defconfig").write_text("CONFIG_PART_1_ENABLE=y\n", encoding="utf-8")
    assert codes(run("defconfig", str(folder))) == ["BH-KCFG-008"]


def test_from_defconfig_to_map(run: Run, tmp_path: Path) -> None:
    assert run("defconfig", "qemu_virt/demo").exit_code == 0
    assert "is consistent" in run("check").output
    assert json.loads(run("check", "--format", "json").stdout) == {"version": 1, "diagnostics": []}
    assert (
        run("config", "set", "PART_1_RAM_SIZE=0x400000", "CONFIG_OWNER_GPIO_9030000_PART_2=y").exit_code == 0
    )
    assert run("config", "get", "PART_1_RAM_SIZE").stdout == "0x400000\n"
    view = json.loads(run("map", "--format", "json").stdout)
    control = next(r for r in view["memory"] if r["label"] == "RAM of partition 'control'")
    assert (control["base"], control["size"]) == (0x7FC0_0000, 0x40_0000)
    assert next(d["owner"] for d in view["devices"] if d["name"] == "gpio@9030000") == "rogue"
    text = run("map").stdout
    assert "SPI 7 (INTID 39)" in text and "0x7fc00000..0x7fffffff" in text
    assert (tmp_path / "build folder" / ".config.old").is_file()


def test_map_rows_leave_no_byte_out(run: Run) -> None:
    run("defconfig", "qemu_virt/demo")
    rows = json.loads(run("map", "--format", "json").stdout)["memory"]
    at = 0x4000_0000
    for row in rows:
        assert row["base"] == at
        at += row["size"]
    assert at == 0x8000_0000


def test_shipped_systems_have_no_finding(run: Run, root: Path) -> None:
    # answers acrn-hypervisor#7657 and #7926: the shipped default scenario itself prints a warning
    for name in system_names(root):
        assert run("defconfig", name).exit_code == 0
        found = json.loads(run("check", "--format", "json").stdout)["diagnostics"]
        assert found == [], name


def test_faulty_configuration(run: Run) -> None:
    run("defconfig", "qemu_virt/demo")
    assert run("config", "set", "PART_2_PCPUS=0").exit_code == 0
    result = run("check")
    assert result.exit_code == 2 and "BH-CPU-002" in result.stderr and result.stdout == ""
    found = json.loads(run("check", "--format", "json").stdout)["diagnostics"]
    assert [(d["code"], len(d["notes"])) for d in found] == [("BH-CPU-002", 1)]
    assert run("map").exit_code == 0


def test_a_faulty_defconfig_changes_nothing(run: Run, tmp_path: Path) -> None:
    run("defconfig", "qemu_virt/demo")
    before = (tmp_path / "build folder" / ".config").read_bytes()
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "system.defconfig").write_text('CONFIG_BOARD="qemu_virt"\nCONFIG_OOPS=y\n', encoding="utf-8")
    assert codes(run("defconfig", str(folder))) == ["BH-KCFG-002"]
    assert (tmp_path / "build folder" / ".config").read_bytes() == before


def test_set_writes_nothing_if_one_value_does_not_take(run: Run, tmp_path: Path) -> None:
    run("defconfig", "qemu_virt/demo")
    before = (tmp_path / "build folder" / ".config").read_bytes()
    result = run("config", "set", "PART_1_NAME=new", "PART_1_VCPUS=9")
    assert code_of(result) == 2 and "range is 1 to 8" in str(result.exception)
    assert (tmp_path / "build folder" / ".config").read_bytes() == before
    assert code_of(run("config", "set", "PART_1_NAME")) == 2


def test_savedefconfig_goes_to_the_systems_folder(run: Run, root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my system"
    shutil.copytree(root / "boards" / "qemu_virt" / "systems" / "demo", folder)
    run("defconfig", str(folder))
    run("config", "set", "PART_1_VCPUS=2", "PART_1_PCPUS=0,2")
    assert run("savedefconfig").exit_code == 0
    text = (folder / "system.defconfig").read_text(encoding="utf-8")
    assert text.startswith("# SPDX") and "# Two partitions" in text
    assert 'CONFIG_PART_1_PCPUS="0,2"' in text
    assert run("defconfig", str(folder)).exit_code == 0
    assert "No change" not in run("config", "get", "PART_1_VCPUS").stdout
    assert run("savedefconfig", "--output", "-").stdout == text


def test_new_system(run: Run, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("new-system", "My Board_2").exit_code == 0
    assert (tmp_path / "My Board_2" / "guests" / "my-board-2" / "main.c").is_file()
    assert run("defconfig", "My Board_2").exit_code == 0
    assert run("check").exit_code == 0
    assert recall(root, tmp_path / "build folder").folder == tmp_path / "My Board_2"
    assert code_of(run("new-system", "My Board_2")) == 2
    refused = run("new-system", "other", "--board", "none")
    assert codes(refused) == ["BH-BRD-001"]
    assert isinstance(refused.exception, UserError) and refused.exception.diags[0].where.file == "--board"


def test_a_system_whose_folder_is_gone(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("new-system", "mine")
    assert run("defconfig", "mine").exit_code == 0
    shutil.rmtree(tmp_path / "mine")
    for command in ("check", "build", "savedefconfig"):
        assert codes(run(command)) == ["BH-KCFG-008"]
    assert run("defconfig", "qemu_virt/hello").exit_code == 0
    assert run("check").exit_code == 0


def test_what_to_type_next_names_the_build_folder(
    run: Run, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BULKHEAD_BUILD_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    option = "-d 'build folder'"
    said = run("new-system", "mine").output
    assert f"./bulkhead {option} defconfig mine && ./bulkhead {option} build && " in said
    assert Context(root, root / "build").call("run") == "./bulkhead run"


def test_no_command_and_no_folder() -> None:
    alone = CliRunner().invoke(cli, [])
    assert alone.exit_code == 2 and "Commands:" in alone.output
    empty = CliRunner().invoke(cli, ["-d", "", "list"])
    assert empty.exit_code == 2 and "the name of the build folder is empty" in empty.output


def test_guests_are_described_by_their_first_sentence(run: Run) -> None:
    guests = json.loads(run("list", "--format", "json").stdout)["guests"]
    assert {"name": "hello", "description": "the smallest guest."} in guests
    assert all(guest["description"].endswith(".") for guest in guests)


def test_the_longer_name_is_suggested_first(run: Run) -> None:
    run("defconfig", "qemu_virt/hello")
    result = run("config", "set", "PART_1_RAM=5")
    assert "did you mean PART_1_RAM_SIZE?" in str(result.exception)


def test_overlay_of_the_system_counts(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("new-system", "mine")
    (tmp_path / "mine" / "overlay.dts").write_text('&uart1 { status = "disabled"; };\n', encoding="utf-8")
    (tmp_path / "mine" / "system.defconfig").write_text(
        'CONFIG_BOARD="qemu_virt"\nCONFIG_PART_1_ENABLE=y\nCONFIG_OWNER_SERIAL_9040000_PART_1=y\n',
        encoding="utf-8",
    )
    result = run("defconfig", "mine")
    assert result.exit_code == 0 and "BH-DEV-003" in result.stderr
    result = run("check")
    assert result.exit_code == 2 and "overlay.dts:1:" in result.stderr


def test_kconfig_config_is_honoured(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KCONFIG_CONFIG", str(tmp_path / "elsewhere"))
    run("defconfig", "qemu_virt/hello")
    assert (tmp_path / "elsewhere").is_file()
    assert not (tmp_path / "build folder" / ".config").exists()
    assert run("config", "get", "PART_1_NAME").stdout == "hello\n"


def test_menuconfig_without_a_terminal(run: Run) -> None:
    result = run("menuconfig")
    assert code_of(result) == 2
    assert str(result.exception).count("\n") == 0 and "needs a terminal" in str(result.exception)


def test_list(run: Run) -> None:
    found = json.loads(run("list", "--format", "json").stdout)
    assert {"boards", "systems", "guests", "targets"} <= set(found)
    assert "qemu_virt/demo" in {s["name"] for s in found["systems"]}
    assert "hello" in run("list").stdout


def test_explain(run: Run) -> None:
    assert run("explain", "bh-mem-002").stdout.startswith("BH-MEM-002: ")
    assert "BH-CPU-001" in run("explain", "--list").stdout
    assert code_of(run("explain", "BH-MEM-999")) == 2
    assert (
        json.loads(run("explain", "BH-CPU-001", "--format", "json").stdout)["codes"][0]["code"]
        == "BH-CPU-001"
    )


def test_find_system_takes_the_defconfig_file_too(root: Path) -> None:
    folder = root / "boards" / "qemu_virt" / "systems" / "demo"
    for name in (folder, folder / "system.defconfig", os.path.relpath(folder)):
        assert find_system(root, str(name)).board == "qemu_virt"


def test_context_is_what_commands_get(root: Path) -> None:
    assert Context(root=root, build_dir=root / "build").build_dir.name == "build"


def test_new_guest(run: Run, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for cpus, partitions in ((1, 2), (3, 2), (4, 1)):
        assert run("new-guest", f"guest{cpus}", "--smp", str(cpus)).exit_code == 0
        assert run("defconfig", f"guest{cpus}").exit_code == 0
        assert run("check").exit_code == 0
        text = (tmp_path / f"guest{cpus}" / "system.defconfig").read_text()
        assert text.count("_ENABLE=y") == partitions
        assert (tmp_path / f"guest{cpus}" / "guests" / f"guest{cpus}" / "main.c").is_file()
    assert code_of(run("new-guest", "guest1")) == 2
    refused = run("new-guest", "more", "--smp", "5")
    assert code_of(refused) == 2 and "the board has 4 CPUs" in str(refused.exception)
    assert codes(run("new-guest", "other", "--board", "none")) == ["BH-BRD-001"]
