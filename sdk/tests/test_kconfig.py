# SPDX-License-Identifier: Apache-2.0
"""The Kconfig layer: every symbol explained, values with their places, saving without loss."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import kconfiglib
import pytest

from bulkhead.diag import UserError
from bulkhead.elaborate.board import read_board
from bulkhead.kconfig.edit import set_symbol
from bulkhead.kconfig.engine import Engine, open_engine
from bulkhead.kconfig.lines import parse_lines
from bulkhead.kconfig.load import Config, load
from bulkhead.kconfig.slots import SLOTS, need_of
from bulkhead.kconfig.system import DEFCONFIG, system_names
from bulkhead.model.board import Board


@pytest.fixture(scope="module")
def board(root: Path) -> Board:
    return read_board(root, "qemu_virt")


@pytest.fixture(scope="module")
def parsed(root: Path, board: Board, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Every slot and owner, which takes a second to parse."""
    return open_engine(root, board, tmp_path_factory.mktemp("kconfig"))


@pytest.fixture
def engine(parsed: Engine) -> Engine:
    """With nothing set."""
    parsed.unset_values()
    parsed.kept = []
    return parsed


def configure(root: Path, board: Board, folder: Path, text: str) -> Config:
    (folder / "c").write_text(text, encoding="utf-8")
    return load(root, board, folder / "c", folder)


def test_kconfiglib_has_nothing_to_say(engine: Engine) -> None:
    assert engine.warnings == []


def test_every_symbol_and_choice_has_help(engine: Engine) -> None:
    for item in (*engine.unique_defined_syms, *engine.unique_choices):
        assert any(node.help for node in item.nodes), item.name_and_loc


def test_every_slot_comes_from_the_template(engine: Engine) -> None:
    shapes = []
    for n in range(1, SLOTS + 1):
        stem = f"PART_{n}_"
        shapes.append(
            {s.removeprefix(stem) for s in engine.syms if s.startswith(stem) and engine.syms[s].nodes}
        )
    assert all(shape == shapes[0] for shape in shapes)
    assert f"PART_{SLOTS + 1}_ENABLE" not in engine.syms
    assert "OWNER_RTC_9010000_PART_8" in engine.syms


def test_a_device_has_one_owner(engine: Engine) -> None:
    for name in ("PART_1_ENABLE", "PART_2_ENABLE", "OWNER_RTC_9010000_PART_1", "OWNER_RTC_9010000_PART_2"):
        set_symbol(engine, name, "y")
    owners = [
        s.name for s in engine.unique_defined_syms if s.name.startswith("OWNER_RTC") and s.str_value == "y"
    ]
    assert owners == ["OWNER_RTC_9010000_PART_2"]


def test_spans(root: Path, board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = configure(root, board, tmp_path, "CONFIG_PART_1_ENABLE=y\n\nCONFIG_PART_1_RAM_SIZE=0x400000\n")
    assert config.number("PART_1_RAM_SIZE") == 0x40_0000
    assert str(config.span("PART_1_RAM_SIZE")) == "c:3:24"
    default = config.span("PART_1_VCPUS")
    text = Path(default.file).read_text(encoding="utf-8").splitlines()[default.line - 1]
    assert text.split() == ["default", "1"]


@pytest.mark.parametrize("name", ["qemu_virt/bench", "qemu_virt/demo", "qemu_virt/hello"])
def test_shipped_defconfigs_are_minimal(root: Path, board: Board, tmp_path: Path, name: str) -> None:
    board_name, system = name.split("/")
    path = root / "boards" / board_name / "systems" / system / DEFCONFIG
    config = load(root, board, path, tmp_path)
    assert config.diags == ()
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("# ")]
    assert kept == [line for line in config.engine.minimal("").splitlines()]


def test_all_shipped_systems_are_known(root: Path) -> None:
    assert {"qemu_virt/bench", "qemu_virt/demo", "qemu_virt/hello"} <= set(system_names(root))


def test_saving_and_loading_is_the_same(root: Path, board: Board, tmp_path: Path) -> None:
    first = configure(root, board, tmp_path, 'CONFIG_PART_3_ENABLE=y\nCONFIG_PART_3_BOOTARGS="a \\"b\\" c"\n')
    first.engine.write_config(str(tmp_path / "full"))
    again = load(root, board, tmp_path / "full", tmp_path)
    assert again.diags == ()
    assert again.get("PART_3_BOOTARGS") == 'a "b" c'
    (tmp_path / "min").write_text(first.engine.minimal(), encoding="utf-8")
    from_minimal = load(root, board, tmp_path / "min", tmp_path)
    from_minimal.engine.write_config(str(tmp_path / "full2"))
    assert (tmp_path / "full").read_bytes() == (tmp_path / "full2").read_bytes()


def test_owners_of_vanished_devices_survive_saving(root: Path, board: Board, tmp_path: Path) -> None:
    line = "CONFIG_OWNER_CAN_1234_PART_1=y"
    config = configure(root, board, tmp_path, f"CONFIG_PART_1_ENABLE=y\n{line}\n")
    config.engine.write_config(str(tmp_path / "saved"))
    assert line in (tmp_path / "saved").read_text(encoding="utf-8").splitlines()
    assert line in config.engine.minimal().splitlines()


def test_saving_keeps_the_old_file(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / ".config"
    engine.write_config(str(path))
    before = path.read_bytes()
    set_symbol(engine, "PART_1_ENABLE", "y")
    engine.write_config(str(path))
    assert (tmp_path / ".config.old").read_bytes() == before
    assert "No change" in engine.write_config(str(path))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PART_1_RAM_SIZ", "1", "did you mean PART_1_RAM_SIZE?"),
        ("PART_1_NAME", "x", "needs PART_1_ENABLE"),
        ("CONSOLE_PCPU", "9", "range is 0 to 3"),
        ("CONSOLE_PCPU", "0x1", "decimal"),
        ("CONSOLE_PCPU", "-1", "decimal"),
        ("PART_1_ENABLE", "maybe", "y or n"),
        ("LAST_PCPU", "7", "the SDK works it out"),
        ("OPTIMISE_SPEED", "n", "another to y (OPTIMISE_SIZE"),
    ],
)
def test_a_value_that_does_not_take_says_why(engine: Engine, name: str, value: str, says: str) -> None:
    with pytest.raises(UserError, match=says.replace("(", r"\(").replace("?", r"\?")):
        set_symbol(engine, name, value)


def test_lines() -> None:
    text = 'CONFIG_A="x \\" y"\n# CONFIG_B is not set\n# words\n\n CONFIG_C=0x1 \nCONFIG_D\n'
    lines = parse_lines(text, Path("f"))
    assert [(a.name, a.value, a.where.line) for a in lines.assignments] == [
        ("A", 'x " y', 1),
        ("B", "n", 2),
        ("C", "0x1", 5),
    ]
    assert [d.where.line for d in lines.diags] == [6]


def test_damaged_configuration_still_opens(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(b"CONFIG_PART_1_ENABLE=y\nnonsense \xff\xfe\nCONFIG_PART_1_VCPUS=99999999999999999999\n")
    engine.load_config(str(path))
    assert engine.syms["PART_1_ENABLE"].str_value == "y"
    assert isinstance(engine.syms["PART_1_VCPUS"], kconfiglib.Symbol)


@pytest.mark.parametrize("text", ["0x201000", "0X201000", "0x0201000"])
def test_a_hexadecimal_value(root: Path, board: Board, tmp_path: Path, text: str) -> None:
    config = configure(root, board, tmp_path, f"CONFIG_PART_1_ENABLE=y\nCONFIG_PART_1_RAM_SIZE={text}\n")
    assert config.diags == ()
    assert config.number("PART_1_RAM_SIZE") == 0x20_1000


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("4096000", "Write 0x3e8000, or 0x4096000 if it is hexadecimal already."),
        ("3f8000", "Write 0x3f8000."),
        ("2MiB", "Write 0x200000."),
        ("512k", "Write 0x80000."),
        ('"0x200000"', "Write 0x200000, without quotes."),
        ("much", "Correct the value, or delete the line: 0x200000 counts then."),
    ],
)
def test_what_is_not_hexadecimal_is_not_guessed(
    root: Path, board: Board, tmp_path: Path, text: str, help: str
) -> None:
    """Kconfig would take 4096000 for 0x4096000: a size of whole pages, and not the one that was meant."""
    config = configure(root, board, tmp_path, f"CONFIG_PART_1_ENABLE=y\nCONFIG_PART_1_RAM_SIZE={text}\n")
    assert [(d.code, d.help) for d in config.diags] == [("BH-KCFG-003", help)]
    assert config.number("PART_1_RAM_SIZE") == 0x20_0000


def test_one_digit_is_hexadecimal_too(root: Path, board: Board, tmp_path: Path) -> None:
    """BH-MEM-002 advises RAM_BASE=0."""
    config = configure(root, board, tmp_path, "CONFIG_PART_1_ENABLE=y\nCONFIG_PART_1_RAM_BASE=0\n")
    assert not config.diags
    assert config.number("PART_1_RAM_BASE") == 0


def test_a_decimal_value_may_begin_with_zero(root: Path, board: Board, tmp_path: Path) -> None:
    config = configure(root, board, tmp_path, "CONFIG_PART_1_ENABLE=y\nCONFIG_PART_1_RESTART_LIMIT=010\n")
    assert config.number("PART_1_RESTART_LIMIT") == 10


def test_text_of_a_devicetree_means_nothing_to_kconfig(root: Path, board: Board, tmp_path: Path) -> None:
    """Kconfig ends a text at its quote, and carries out what stands in $(...)."""
    touched = tmp_path / "touched"
    evil = f'a"b\n\nconfig EVIL\n\tbool\n$(shell,touch {touched})'
    devices = tuple(replace(d, compatible=(evil, *d.compatible)) for d in board.devices)
    engine = open_engine(root, replace(board, devices=devices), tmp_path, need_of([]))
    assert "EVIL" not in engine.syms and not touched.exists()
    assert "OWNER_RTC_9010000_PART_1" in engine.syms and engine.warnings == []
